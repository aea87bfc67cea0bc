"""The unit's register (R20): it closes by itself when a community confirms; a paper receipt brought back is keyed in here (R29)."""
from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from core.access.authorization import Target, allowed, authorize
from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.i18n import _, _l
from core.members import scope
from core.members.reach import grants_for
from core.organizations import tree
from core.organizations.tree import OrganizationFact
from core.registration import certificate_queries, certificates, queries, reporting
from core.registration.queries import MemberState
from core.tenancy import today
from web.forms import form_fields, load_form
from web.pages.report_ins.blueprint import BASES, CLOSED_BY, READ, RECEIPT, identity, pages
from web.queries import with_query
from web.tenant import actor

STATES = {"reported": _l("已报到"), "submitted": _l("待社区确认"), "missing": _l("未报到"), "overdue": _l("逾期未报到")}
MOST_UNITS = 50


class PaperForm(Schema):
    """What stands on the paper receipt."""

    community_id = fields.UUID(required=True, metadata={"title": _l("出具回执的社区"), "widget": "radio"})
    reported_on = fields.Date(required=True, metadata={"title": _l("报到日期"), "help": _l("照回执上的日期填写。")})
    paper_number = fields.String(required=True, validate=validate.Length(1, 40), metadata={
        "title": _l("回执编号"), "help": _l("照回执填写；没有编号的请写“无编号”。"), "autocomplete": "off"})


@pages.page("/report-ins/unit", access=READ)
def unit_register() -> str:
    """Who of the unit has reported in, where, with which receipt, and how the line was closed."""
    unit = _unit()
    if unit is None:
        text = request.args.get("q", "").strip()[:50]
        found = tree.search(actor().paths(READ), kinds=("unit",), text=text, limit=MOST_UNITS)
        return render_template("registration/units.html", rows=found, text=text)
    authorize(actor(), READ, Target((unit.path,)))
    state = request.args.get("state")
    if state and state not in STATES:
        raise NotFound
    page = queries.unit_register(unit.id, state=state, after=identity("after"), before=identity("before"))
    may_key_in = allowed(actor(), RECEIPT, Target((unit.path,)))
    rows = [row._asdict() | {"url": url_for("members.show", member_id=row.member_id)} for row in page.rows]
    tabs = [{"title": title, "url": with_query(state=key, after=None, before=None), "active": key == state}
            for key, title in ((None, _l("全部")), *STATES.items())]
    return render_template("registration/unit.html", unit=unit, rows=rows, page=page, tabs=tabs, states=STATES, closed_by=CLOSED_BY,
                           may_key_in=may_key_in, counts=queries.counts_for_unit(unit.id), may_change=_may_change())


@pages.page("/report-ins/unit/find", access=RECEIPT, methods=("POST",))
def find_paper() -> Response:
    """The member whose certificate's stub came back, by its QR code or number; then the form."""
    try:
        found = certificates.find(request.form.get("scanned", ""))
        authorize(actor(), RECEIPT, Target(scope.target(found.member_id).paths))
    except NotFound:
        raise NotFound(_("没有找到本单位党员的这张报到证。请核对编号，或在下面的名单中点“登记”。")) from None
    return redirect(url_for("registration.paper", member_id=found.member_id, certificate=found.id), 303)


@pages.page("/report-ins/unit/<uuid:member_id>/paper", access=RECEIPT, methods=("GET", "POST"))
def paper(member_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Key in a paper receipt."""
    target = scope.target(member_id)
    authorize(actor(), RECEIPT, Target(target.paths))
    state = queries.member_state(member_id)
    if request.method == "GET":
        return _paper_page(state, _known(state) | {"paper_number": _number(member_id)})
    try:
        data = load_form(PaperForm(), request.form)
        reporting.key_in_paper_receipt(member_id, data["community_id"], _basis(state, data["community_id"]), data["reported_on"],
                                       data["paper_number"], by=actor().account_id)
    except (Invalid, Conflict) as error:
        return _paper_page(state, request.form, error), error.status
    flash(_("回执已登记，台账已关闭。"), "success")
    return redirect(url_for("registration.unit_register", unit=_unit_of(member_id)), 303)


def _known(state: MemberState) -> dict[str, Any]:
    """What the system knows of the report-in that the paper tells of, so that nobody types it again (R5)."""
    current = next((r for r in state.report_ins if r.status in ("confirmed", "submitted")), None)
    if current is not None:
        return {"community_id": current.community_id, "reported_on": current.reported_on}
    only = state.choices[0].community_id if len(state.choices) == 1 else None
    return {"community_id": only, "reported_on": today()}


def _number(member_id: uuid.UUID) -> str:
    """The stub carries the certificate's number, so nobody has to type it again (R5)."""
    shown = identity("certificate")
    row = certificate_queries.certificate(shown).row if shown else None
    return row.number if row is not None and row.member_id == member_id else ""


def _basis(state: MemberState, community_id: uuid.UUID) -> str:
    basis = next((c.basis for c in state.choices if c.community_id == community_id), None)
    if basis is None:
        raise Invalid(_("请选择这名党员的居住地或工作地社区。"), {"community_id": [_("请选择")]})
    return basis


def _paper_page(state: MemberState, values: Any, error: BaodaoError | None = None) -> str:
    choices = [(c.community_id, f"{c.community}（{BASES[c.basis]}）") for c in state.choices]
    rows = form_fields(PaperForm(), values, error.fields if isinstance(error, Invalid) else {}, choices={"community_id": choices})
    return render_template("registration/paper.html", state=state, fields=rows, message=error.message if error else None, bases=BASES)


def _unit() -> OrganizationFact | None:
    if chosen := identity("unit"):
        found = tree.get(chosen)
        if found.kind != "unit":
            raise NotFound
        return found
    grants = [g for g in grants_for(actor(), READ) if g.kind == "unit"]
    return tree.get(grants[0].organization_id) if len(grants) == 1 and not _officer() else None


def _unit_of(member_id: uuid.UUID) -> uuid.UUID | None:
    if len(grants_for(actor(), RECEIPT)) == 1:
        return None
    return next((g.organization_id for g in grants_for(actor(), RECEIPT) if g.path in scope.target(member_id).paths), None)


def _officer() -> bool:
    return any(g.kind != "unit" for g in grants_for(actor(), READ))


def _may_change() -> bool:
    return _officer() or len(grants_for(actor(), READ)) > 1
