"""The community's list of claims: what goes on by deadline, who waits, what has ended."""
from __future__ import annotations

import uuid
from collections.abc import Sequence

from flask import redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.access.models import Account
from core.audit.queries import EntryFilter, entries
from core.errors import BaodaoError
from core.i18n import _, _l
from core.members.queries import MemberRow
from core.members.reach import grants_for
from core.service.claims.queries import ALL, VIEWS, ClaimFilter, ClaimRow, claim_row, claims_under, names_under, of_communities, records_of
from core.service.claims.register import STATES, source_title, who
from core.service.claims.rights import ENTER, READ, authorize_read
from core.tenancy import session
from core.tenancy.scope import tenant_id
from web.pages.claims.blueprint import pages
from web.pages.claims.showing import STEPS, TONES, after, in_address, matter_link, narrowed, recipient, service_fields, shown, sources
from web.pages.records.words import STATES as RECORD_STATES
from web.panels import plugin_panels
from web.tenant import actor

TABS = {"held": _l("进行中"), "waiting": _l("候补"), "ended": _l("已结束")}


@pages.page("/work/", access=READ)
def work() -> str:
    """One list by state."""
    return _list(narrowed(request.args))


@pages.page("/work/search", access=READ, methods=("POST",))
def search_work() -> str | Response:
    """The same for a member's name; without one the filter goes back to the address."""
    wanted = narrowed(request.form, typed=True)
    return _list(wanted) if wanted.name else redirect(url_for("claims.work", view=_view(), **in_address(wanted)), 303)


@pages.page("/work/<uuid:claim_id>", access=READ)
def show(claim_id: uuid.UUID) -> str:
    """One claim, with what came of it and what can be done to it."""
    return detail(claim_id)


def detail(claim_id: uuid.UUID, error: BaodaoError | None = None, found: Sequence[MemberRow] | None = None) -> str:
    """The page of one claim for officers and liaisons; `found`: members who may join a unit's claim."""
    may = authorize_read(actor(), claim_id)
    row = claim_row(claim_id)
    errors = getattr(error, "fields", {})
    values = request.form if error is not None and "record_id" in request.form else None
    return render_template(
        "claims/show.html", row=row, who=who(row, names_under([claim_id]).get(claim_id, ())), under=_under(row), found=found,
        joining=request.form.get("text", "").strip(), home=_home(), source=source_title(row.source),
        state=STATES[row.state], tone=TONES[row.state], recipient=recipient(row), link=matter_link(row, "show"),
        records=records_of(claim_id), states=RECORD_STATES, events=_events(claim_id), may=may and actor().can(ENTER), errors=errors,
        message=error.message if error else None, fields=service_fields(row, values, errors), reason=request.form.get("reason", ""),
        panels=plugin_panels("claim_panels", claim_id=claim_id, own=False))


def _under(row: ClaimRow) -> list[dict[str, object]]:
    """Who serves under a unit's claim, each with the page of the own claim."""
    if row.member_id is not None:
        return []
    return [{"member": one.member, "unit": one.unit, "state": one.state, "state_title": STATES[one.state], "tone": TONES[one.state],
             "url": url_for("claims.show", claim_id=one.id)} for one in claims_under(row.id)]


def _home() -> tuple[str, str]:
    """The list from which the claim was opened: a liaison has the register only."""
    places = any(grant.kind not in ("unit", "sector") for grant in grants_for(actor(), READ))
    return (_("认领办理"), url_for("claims.work")) if places else (_("工作台账"), url_for("claims.register"))


def _list(wanted: ClaimFilter) -> str:
    view = _view()
    page = of_communities(grants_for(actor(), READ), view, wanted, after=after())
    tabs = [{"key": key, "title": title, "active": key == view, "url": url_for("claims.work", view=key, **in_address(wanted))}
            for key, title in TABS.items()]
    return render_template("claims/work.html", rows=shown(page.rows, "work"), page=page, tabs=tabs, view=view, wanted=wanted,
                           narrow=wanted != ALL, sources=sources(), action=url_for("claims.search_work"),
                           clear_url=url_for("claims.work", view=view))


def _view() -> str:
    chosen = request.values.get("tab") or request.values.get("view")
    return chosen if chosen in VIEWS else "held"


def _events(claim_id: uuid.UUID) -> list[dict[str, object]]:
    found = [e for e in entries(EntryFilter(object_type="claim", object_id=claim_id)) if e.action in STEPS]
    people = {e.actor_id for e in found if e.actor_kind == "account" and e.actor_id is not None}
    names = dict(session().execute(select(Account.id, Account.display_name).where(Account.tenant_id == tenant_id(), Account.id.in_(people))).all())
    return [{"when": e.at, "title": STEPS[e.action][0], "tone": STEPS[e.action][1], "who": names.get(e.actor_id) if e.actor_id else None}
            for e in found]
