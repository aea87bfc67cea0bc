"""One member: masked facts, history, what plugins add, and the full numbers for a reason."""
from __future__ import annotations

import uuid
from typing import Any

import structlog
from flask import render_template, request
from markupsafe import Markup

from core.access.authorization import allowed, authorize
from core.errors import Invalid
from core.extension.dispatch import collect
from core.i18n import _, _l
from core.members.export import CATEGORIES, SEXES
from core.members.queries import MemberView, history, member_view
from core.members.reveal import REASONS, reveal
from web.pages.members.blueprint import pages
from web.tenant import actor

log = structlog.get_logger("web")
KINDS = {"unit": _l("所在单位"), "residence": _l("居住社区"), "workplace": _l("工作地社区")}


def find(member_id: uuid.UUID, permission: str) -> MemberView:
    """A member whom the actor may see; out of reach is as good as absent. Raises NotFound, Forbidden."""
    found = member_view(member_id)
    authorize(actor(), permission, found.target)
    return found


@pages.page("/<uuid:member_id>", access="members.read")
def show(member_id: uuid.UUID) -> str:
    """The member's page."""
    return render(find(member_id, "members.read"))


@pages.page("/<uuid:member_id>/reveal", access="members.reveal", methods=("POST",))
def reveal_member(member_id: uuid.UUID) -> str | tuple[str, int]:
    """The same page with the full numbers, once; it is written to the log."""
    found = find(member_id, "members.read")
    try:
        clear = reveal(actor(), member_id, request.form.get("reason", ""))
    except Invalid as error:
        return render(found, message=error.message), 422
    return render(found, clear=clear)


def render(member: MemberView, clear: dict[str, str] | None = None, message: str | None = None) -> str:
    """The page of one member, with what the actor may do there."""
    events = [{"when": row.valid_from, "title": f"{KINDS[row.kind]}：{row.organization}",
               "text": _("至 %(day)s", day=row.valid_to.isoformat()) if row.valid_to else _("现在"),
               "tone": "neutral" if row.valid_to else "good"} for row in history(member.id)]
    may = {code: allowed(actor(), code, member.target) for code in ("members.write", "members.reveal")}
    return render_template("members/show.html", member=member, clear=clear, message=message, events=events, may=may,
                           reasons=REASONS.items(), sexes=SEXES, categories=CATEGORIES, panels=panels(member.id))


def panels(member_id: uuid.UUID) -> list[tuple[str, Markup]]:
    """Title and markup of the parts that plugins add; one whose template fails is left out and logged."""
    found = sorted(collect("member_panels", member_id=member_id), key=lambda p: p.order)
    return [(panel.title, markup) for panel in found if (markup := _markup(panel)) is not None]


def _markup(panel: Any) -> Markup | None:
    try:
        return Markup(render_template(panel.template, **panel.context))  # noqa: S704 - a template's output, escaped by Jinja
    except Exception:
        log.exception("panel failed", template=panel.template)
        return None
