"""One member: masked facts, history, what plugins add, and the full numbers for a reason."""
from __future__ import annotations

import uuid
from typing import Any

import structlog
from flask import render_template, request, url_for
from markupsafe import Markup

from core.access.authorization import Target, allowed, authorize
from core.errors import Invalid
from core.i18n import LazyString, _, _l
from core.members.export import CATEGORIES, SEXES
from core.members.queries import MemberView, history, member_view
from core.members.reveal import REASONS, reveal
from core.organizations import tree
from core.registration import certificate_queries
from core.registration.queries import member_state
from tenants.importing.correcting import PERMISSION as CORRECT
from web.pages.members.blueprint import pages
from web.pages.report_ins.blueprint import BASES, READ as REGISTRATION, STATUSES
from web.panels import plugin_panels
from web.rendering import date_zh
from web.tenant import actor

log = structlog.get_logger("web")
KINDS = {"unit": _l("所在单位"), "residence": _l("居住社区"), "workplace": _l("工作地社区")}
ISSUE = "certificates.issue"
ENTERED = {"new": _l("已登记。"), "restored": _l("此人曾离开名册，现已恢复，历史记录保留。"),
           "same": _l("这名党员已在名册中，内容与您填写的相同，没有重复登记。")}


def find(member_id: uuid.UUID, permission: str) -> MemberView:
    """A member whom the actor may see; out of reach is as good as absent. Raises NotFound, Forbidden."""
    found = member_view(member_id)
    authorize(actor(), permission, found.target)
    return found


@pages.page("/<uuid:member_id>", access="members.read")
def show(member_id: uuid.UUID) -> str:
    """The member's page; `entered` is how somebody has just come in, and lets the page say what follows."""
    return render(find(member_id, "members.read"), entered=ENTERED.get(request.args.get("entered", "")))


@pages.page("/<uuid:member_id>/reveal", access="members.reveal", methods=("POST",))
def reveal_member(member_id: uuid.UUID) -> str | tuple[str, int]:
    """The same page with the full numbers, once; it is written to the log."""
    found = find(member_id, "members.read")
    try:
        clear = reveal(actor(), member_id, request.form.get("reason", ""))
    except Invalid as error:
        return render(found, message=error.message), 422
    return render(found, clear=clear)


def render(member: MemberView, clear: dict[str, str] | None = None, message: str | None = None,
           entered: LazyString | None = None) -> str:
    """The page of one member, with what the actor may do there."""
    events = [{"when": row.valid_from, "title": f"{KINDS[row.kind]}：{row.organization}",
               "text": _("至 %(day)s", day=date_zh(row.valid_to)) if row.valid_to else _("现在"),
               "tone": "neutral" if row.valid_to else "good"} for row in history(member.id)]
    may = {code: allowed(actor(), code, member.target) for code in (
        "members.write", "members.reveal", "certificates.read", "privacy.enter")}
    # These are the unit's side's: whom a community ties to the actor is corrected, and gets a certificate, where the unit stands.
    may |= {code: allowed(actor(), code, unit_side(member)) for code in (CORRECT, ISSUE, "exchange.send")}
    return render_template("members/show.html", member=member, clear=clear, message=message, events=events, may=may, entered=entered,
                           reasons=REASONS.items(), sexes=SEXES, categories=CATEGORIES, panels=panels(member.id),
                           standing=_standing(member), certificate=certificate_queries.valid_of(member.id), bases=BASES, statuses=STATUSES)


def unit_side(member: MemberView) -> Target:
    """Where a member's basic facts are kept: with the unit, as for an import, not with the communities."""
    return Target((member.unit.path,)) if member.unit else member.target


def _standing(member: MemberView) -> dict[str, Any] | None:
    """Where the member stands with reporting in; `url` is there for what the actor may open. None for who has left."""
    if member.status != "active":
        return None
    state = member_state(member.id)
    unit = (member.unit.path,) if member.unit else ()

    def reach(path: str | None) -> bool:
        return allowed(actor(), REGISTRATION, Target((*unit, path) if path else unit))

    ties = {choice.community: choice.path for choice in state.choices}
    return {
        "duties": [duty._asdict() | {"url": url_for("obligations.show", obligation_id=duty.id) if reach(ties.get(duty.community)) else None}
                   for duty in state.duties],
        "report_ins": [one._asdict() | {"url": url_for("registration.show", report_in_id=one.id)
                                        if reach(tree.get(one.community_id).path) else None} for one in state.report_ins]}


def panels(member_id: uuid.UUID) -> list[tuple[str, Markup]]:
    """Title and markup of the parts that plugins add."""
    return plugin_panels("member_panels", member_id=member_id)
