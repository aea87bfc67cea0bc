"""One request at the community's desk: what is known, what fits, and everything that the officer does for a resident without a phone."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import (
    Conflict,
    Forbidden,
    Invalid,
    _,
    _l,
    acting,
    allowed,
    authorize,
    member_target,
    now,
    organization_names,
    place_target,
    requires,
    session,
    settings,
)
from core.pages import asked, attempt, identity, me, said, version
from plugins.menu import agreeing, contacts, matching, proposing, queries, receipts, requesting, serving, words
from plugins.menu.models import MenuRequest
from plugins.menu.offers import Owner
from plugins.menu.pages import forms
from plugins.menu.pages.doing import GET, POST, WORDS, Route, find_members, provider_words
from plugins.menu.proposing import MOST
from plugins.menu.settings import pairs

QUESTIONS: Mapping[str, tuple[Any, Any]] = {
    "cancel": (_l("确定取消这次约定吗？双方都会看到。"), _l("取消约定")), "close": (_l("确定结束这条点单吗？不能恢复。"), _l("结束点单"))}


@requires("menu.read")
def show(matter_id: uuid.UUID) -> str:
    """A request for an officer within whose reach the community lies."""
    return _page(_reached(matter_id, "menu.read"))


@requires("menu.manage")
def contact(matter_id: uuid.UUID) -> str:
    """How to reach the resident, in whose words the request stands; each look is noted."""
    row = _reached(matter_id, "menu.manage")
    return _page(row, contact=contacts.shown_to(row))


@requires("menu.manage")
def act(matter_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Do what one of the page's forms asks."""
    row, what = _reached(matter_id, "menu.manage"), said("act")
    back = url_for("menu.request", matter_id=matter_id)
    if what == "reissue":
        return _page(row, code=receipts.reissue(row.id, version()))
    if what in QUESTIONS and (question := asked(str(QUESTIONS[what][0]), str(QUESTIONS[what][1]), back)):
        return question
    if what == "propose":
        try:
            with session().begin_nested():
                proposing.propose(row.id, version(), Owner(row.member_id, row.unit_id), forms.read_slots(), side="officer")
        except (Invalid, Conflict) as error:
            return _page(row, error=error), error.status
        return attempt(lambda: None, _("时间已经登记，请转告居民选择。"), back)
    if what == "find":
        return _page(row, found=find_members(said("q")))
    acts = _acts(row)
    if what not in acts:
        return redirect(back, 303)
    return attempt(*acts[what], back)


def _acts(row: MenuRequest) -> dict[str, tuple[Callable[[], object], str]]:
    number = version()
    return {
        "publish": (lambda: requesting.publish(row.id, number, said("title"), said("category")), _("已发布，党员和单位可以接单。")),
        "match": (lambda: requesting.match(row.id, number, _chosen("offer")), _("已推荐，等对方答复。")),
        "take": (lambda: _take(row, number), _("已登记由这名党员接单，请接着登记时间。")),
        "choose": (lambda: agreeing.choose(row.id, number, _chosen("slot"), side="officer", by=me()), _("时间已经约定。")),
        "refuse": (lambda: proposing.refuse(row.id, number, side="officer"), _("已登记，请服务方另提时间。")),
        "wish_change": (lambda: agreeing.wish_change(row.id, number, side="officer"), _("已登记，请服务方另提时间。")),
        "decline": (lambda: proposing.decline(row.id, number, Owner(row.member_id, row.unit_id), side="officer"), _("已登记，点单转给别人。")),
        "cancel": (lambda: agreeing.cancel(row.id, number, side="provider" if said("whose") == "provider" else "resident"), _("约定已取消。")),
        "close": (lambda: requesting.close(row.id, number, "officer"), _("点单已结束。")),
        "served": (lambda: _served(row, number), _("已办结并查验，请打印评价单或上门听取评价。"))}


def _take(row: MenuRequest, version: int) -> None:
    member_id = _chosen("member")
    authorize(acting(), "menu.manage", member_target(member_id))
    proposing.take(row.id, version, member_id)


def _served(row: MenuRequest, version: int) -> None:
    if row.member_id is not None and row.member_id == acting().member_id:
        raise Forbidden  # nobody verifies what he did himself
    serving.served(row.id, version, by=me(), side="officer", minutes=forms.whole("minutes"), verified_by=me())


def _chosen(name: str) -> uuid.UUID:
    if (found := identity(name)) is None:
        raise Conflict(_("请先选择一项。"))
    return found


def _reached(matter_id: uuid.UUID, permission: str) -> MenuRequest:
    row = queries.request(matter_id)
    authorize(acting(), permission, place_target(row.community_id))
    return row


def _page(row: MenuRequest, *, contact: Any = None, code: str | None = None, error: Invalid | Conflict | None = None,
          found: list[Any] | None = None) -> str:
    live, may = agreeing.agreement_of(row.id), allowed(acting(), "menu.manage", place_target(row.community_id))
    waits = row.state in ("new", "open", "waiting")
    events = [{"when": one.at, "title": str(words.STEPS[one.kind]), "who": str(words.SIDES[one.side])} for one in queries.steps(row.id)]
    return render_template(
        "menu/request.html", row=row, live=live, slots=proposing.slots_of(row.id), may=may, contact=contact, code=code, words=words, events=events,
        community=organization_names([row.community_id]).get(row.community_id), provider=provider_words([row])(row), error=error, most=MOST, found=found,
        sent=request.form if error else {}, fits=matching.fits(row) if may and waits else [], over=live is not None and live.begins_at <= now(),
        agreed_minutes=None if live is None else int((live.ends_at - live.begins_at).total_seconds()) // 60,
        categories=list(pairs(settings("menu", row.community_id)["categories"])), **WORDS)


ROUTES: tuple[Route, ...] = (
    ("/requests/<uuid:matter_id>", "request", show, GET), ("/requests/<uuid:matter_id>/contact", "contact", contact, POST),
    ("/requests/<uuid:matter_id>/act", "act", act, POST))
