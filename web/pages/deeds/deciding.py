"""The list of deeds within one's reach, one deed, and the decision on it."""
from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.access.authorization import allowed, authorize
from core.errors import Conflict, Invalid
from core.i18n import _
from core.members.reach import grants_for
from core.rules import deeds
from core.rules.deed_queries import PAGE, DeedRow, deed_view, deeds_within
from core.rules.deeds import may_approve, target_of
from tenants import directory
from web.pages.deeds.blueprint import APPROVE, ENTER, READ, STATES, known_kinds, pages, shown
from web.tenant import actor

LONGEST = 50  # of what is looked for


@pages.page("/", access=READ)
def index() -> str:
    """By state, those that wait first."""
    return _list("")


@pages.page("/search", access=READ, methods=("POST",))
def search() -> str | Response:
    """The same for the beginning of a member's name; by form, since a name has no place in an address."""
    text = request.form.get("q", "").strip()[:LONGEST]
    kept: dict[str, Any] = {name: request.form.get(name) or None for name in ("status", "kind")}
    return _list(text) if text else redirect(url_for("deeds.index", **kept), 303)


def _list(text: str) -> str:
    kinds = known_kinds()
    status = request.values.get("status", "declared")
    status = status if status in STATES else "declared"
    kind = request.values.get("kind") if request.values.get("kind") in kinds else None
    rows = deeds_within(grants_for(actor(), READ), status, kind=kind, text=text, after=request.values.get("after", type=uuid.UUID), limit=PAGE + 1)
    tabs = [{"title": title, "url": url_for("deeds.index", status=key, kind=kind), "active": key == status} for key, title in STATES.items()]
    return render_template("deeds/index.html", rows=[shown(r, kinds) | {"url": url_for("deeds.show", deed_id=r.id)} for r in rows[:PAGE]],
                           tabs=tabs, status=status, kind=kind, kinds=kinds, text=text, may_enter=actor().can(ENTER) and bool(kinds),
                           following=rows[PAGE - 1].id if len(rows) > PAGE else None)


@pages.page("/<uuid:deed_id>", access=READ)
def show(deed_id: uuid.UUID) -> str:
    """One deed, with what may be done with it."""
    return _page(_readable(deed_id))


@pages.page("/<uuid:deed_id>", access=APPROVE, methods=("POST",))
def decide(deed_id: uuid.UUID) -> Response | tuple[str, int]:
    """Approve, refuse or withdraw it."""
    deed = _readable(deed_id)
    authorize(actor(), APPROVE, target_of(deed.member_id, deed.unit_id))
    version, act, reason = request.form.get("version", -1, type=int), request.form.get("act"), request.form.get("reason", "")
    try:
        if act == "approve":
            deeds.approve(deed_id, version, by=actor())
        elif act == "refuse":
            deeds.refuse(deed_id, version, reason, by=actor())
        else:
            deeds.withdraw(deed_id, version, reason, by=actor())
    except (Invalid, Conflict) as error:
        return _page(deed_view(deed_id), error), error.status
    flash(_("已办理。"), "success")
    return redirect(url_for("deeds.show", deed_id=deed_id), 303)


def _readable(deed_id: uuid.UUID) -> DeedRow:
    known_kinds()
    deed = deed_view(deed_id)
    authorize(actor(), READ, target_of(deed.member_id, deed.unit_id))
    return deed


def _page(deed: DeedRow, error: Invalid | Conflict | None = None) -> str:
    people = directory.display_names([deed.entered_by, deed.decided_by])
    whose = target_of(deed.member_id, deed.unit_id)
    decides = allowed(actor(), APPROVE, whose) and may_approve(actor(), deed.kind, whose)
    own = deed.member_id is not None and deed.member_id == actor().member_id
    return render_template("deeds/show.html", deed=shown(deed, known_kinds()), people=people, may_decide=decides and not own, error=error)
