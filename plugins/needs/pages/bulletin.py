"""The demand bulletin (D6): gathered, edited and published by an officer; the list of those there were; withdrawing one."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Response as FileResponse, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import _, acting, allowed, new_id, place_target, requires, settings, today
from core.pages import Route, after, following, me, needed_identity, version
from plugins.needs import bulletins, papers
from plugins.needs.models import Bulletin
from plugins.needs.pages.doing import chosen_community, needed_community, pdf, reached_community, said, tried
from plugins.needs.pages.fields import Form
from plugins.needs.pages.work import community_name


@requires("needs.read")
def index() -> str | Response:
    """A community's bulletins, and what the next one would say."""
    community = chosen_community("needs.read")
    return redirect(url_for("needs.places", then="bulletins"), 303) if community is None else _page(community, Form())


@requires("needs.manage")
def publish() -> Response | tuple[str, int]:
    """Publish what is ticked, as it stands in the fields."""
    community, bulletin_id = needed_community("needs.manage"), needed_identity("bulletin_id")
    chosen = [one for text in request.form.getlist("need")[:bulletins.MOST] if (one := _identity(text)) is not None]
    summaries = {one: said(f"summary-{one}") for one in chosen}
    if error := tried(lambda: bulletins.publish(community.id, said("title"), said("introduction"), summaries, by=me(), bulletin_id=bulletin_id)):
        return _page(community, Form(request.form, error.fields, error.message)), error.status
    flash(_("公告已发布，请打印张贴，或把网址发到群里。"), "success")
    return redirect(url_for("needs.bulletin", bulletin_id=bulletin_id), 303)


@requires("needs.read")
def show(bulletin_id: uuid.UUID) -> str:
    """One bulletin."""
    return _one(_reached(bulletin_id, "needs.read"), Form())


@requires("needs.read")
def paper(bulletin_id: uuid.UUID) -> FileResponse:
    """The bulletin for the board."""
    row = _reached(bulletin_id, "needs.read")
    return pdf(papers.bulletin(row, community_name(row.community_id), bulletins.items(bulletin_id)))


@requires("needs.manage")
def withdraw(bulletin_id: uuid.UUID) -> Response | tuple[str, int]:
    """Take it back, with the reason that everybody reads."""
    row = _reached(bulletin_id, "needs.manage")
    if error := tried(lambda: bulletins.withdraw(bulletin_id, version(), said("reason"))):
        return _one(row, Form(request.form, error.fields, error.message)), error.status
    flash(_("公告已撤回，其中的需求可以放进下一期。"), "success")
    return redirect(url_for("needs.bulletin", bulletin_id=bulletin_id), 303)


def _page(community: Any, form: Form) -> str:
    found = bulletins.of_community(community.id, after())
    manages = allowed(acting(), "needs.manage", place_target(community.id))
    ticked = request.form.getlist("need") if form.values else None
    lines = [{"id": row.id, "category": row.category, "on": ticked is None or str(row.id) in ticked,
              "field": form.field(f"summary-{row.id}", _("第 %(number)s 条", number=number), default=row.summary, maxlength=bulletins.LONGEST_SUMMARY)}
             for number, row in enumerate(bulletins.candidates(community.id) if manages else [], 1)]
    fields = {
        "bulletin_id": form.field("bulletin_id", "", "hidden", new_id()),
        "title": form.field("title", _("标题"), default=bulletins.usual_title(community.name, today()), required=True,
                            maxlength=bulletins.LONGEST_TITLE),
        "introduction": form.field("introduction", _("说明（可不填）"), "textarea", maxlength=bulletins.LONGEST_INTRODUCTION, rows=2,
                                   help=_("如：欢迎在职党员和居民认领。"))}
    rows = [{"number": bulletins.number_of(row), "title": row.title, "published_on": row.published_on, "state": row.state,
             "url": url_for("needs.bulletin", bulletin_id=row.id)} for row in found[:bulletins.PAGE]]
    return render_template("needs/bulletins.html", community=community, rows=rows, lines=lines, fields=fields, form=form, manages=manages,
                           items_error=form.errors.get("items"), since=bulletins.days_since(community.id),
                           every=settings("needs", community.id)["bulletin_days"],
                           following=following(found, bulletins.PAGE))


def _one(row: Bulletin, form: Form) -> str:
    reason = form.field("reason", _("撤回的原因"), "textarea", required=True, maxlength=bulletins.LONGEST_INTRODUCTION, rows=2,
                        help=_("群众打开公告会看到这个原因。"))
    return render_template("needs/bulletin.html", row=row, number=bulletins.number_of(row), community=community_name(row.community_id),
                           items=bulletins.items(row.id), form=form, reason=reason, address=papers.address("bulletin", bulletin_id=row.id),
                           manages=allowed(acting(), "needs.manage", place_target(row.community_id)))


def _reached(bulletin_id: uuid.UUID, permission: str) -> Bulletin:
    row = bulletins.get(bulletin_id)
    reached_community(row.community_id, permission)
    return row


def _identity(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


ROUTES: tuple[Route, ...] = (
    ("/bulletins/", "bulletins", index, "GET"), ("/bulletins/", "publish", publish, "POST"), ("/bulletins/<uuid:bulletin_id>", "bulletin", show, "GET"),
    ("/bulletins/<uuid:bulletin_id>/pdf", "bulletin_pdf", paper, "GET"), ("/bulletins/<uuid:bulletin_id>/withdraw", "withdraw_bulletin", withdraw, "POST"))
