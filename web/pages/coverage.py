"""Coverage (R3): figures and chart of one organization and what stands below it, by unit or by place, down to the single list."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import render_template, request, send_file, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from core import audit
from core.access.actor import GrantFact
from core.access.authorization import Target, authorize
from core.documents.spreadsheet import Column, Sheet, Watermark, write_workbook
from core.errors import NotFound
from core.i18n import _, _l
from core.members.reach import grants_for
from core.organizations import tree
from core.organizations.settings import ENCOURAGED, REQUIRED, SCOPE_TITLES, encouraged_types, required_types
from core.organizations.tree import OrganizationFact
from core.registration import coverage
from core.registration.coverage import CoverageRow
from core.tenancy import now
from core.tenancy.clock import LOCAL
from web.forms import form_fields
from web.navigation import NavigationItem, register
from web.routing import Pages
from web.tenant import actor

READ = "coverage.read"
NEXT_LEVEL = {"committee": "county", "county": "street", "street": "community", "community": "community"}
BY_UNIT_ONLY, BY_PLACE_ONLY = ("sector", "unit"), ("street",)
MANY, MOST_BARS = 12, 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

pages = Pages("coverage", __name__, url_prefix="/coverage")
register("figures", _l("统计"), NavigationItem(_l("报到率"), "coverage.index", "chart-bar", permission=READ, order=10, tab=4), order=50)


class ChoiceForm(Schema):
    """How the figures are to be counted."""

    by = fields.String(validate=validate.OneOf(("place", "unit")), metadata={
        "title": _l("统计方式"), "choices": (("place", _l("按地区")), ("unit", _l("按单位")))})
    basis = fields.String(validate=validate.OneOf(("residence", "workplace")), metadata={
        "title": _l("归属"), "choices": (("residence", _l("居住地")), ("workplace", _l("工作地")))})
    types = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(list(SCOPE_TITLES)),
                          metadata={"title": _l("参加范围"), "choices": tuple(SCOPE_TITLES.items())})


@dataclass(frozen=True, slots=True)
class Choice:
    """What is looked at: one organization, by which count, of which unit types."""

    at: OrganizationFact
    by: str
    basis: str
    types: str | None

    @property
    def unit_types(self) -> tuple[str, ...]:
        """The unit types that the choice of scope means; empty for all."""
        return {REQUIRED: required_types, ENCOURAGED: encouraged_types}[self.types]() if self.types else ()

    def link(self, row: CoverageRow) -> str | None:
        """Where a row leads: to the level below, or to the list behind the figure."""
        if row.kind == "unit" and self.at.kind == "community":
            return None  # the register is the unit's and its superiors'
        if row.kind == "unit":
            return url_for("registration.unit_register", unit=row.organization_id)
        if row.kind == "community" and self.at.kind == "community":
            return url_for("registration.index", community=row.organization_id, status="confirmed")
        if row.kind == "community":
            return url_for("coverage.index", at=row.organization_id, basis=self.basis, types=self.types)
        return url_for("coverage.index", at=row.organization_id, by=self.by, basis=self.basis, types=self.types)


@pages.page("/", access=READ)
def index() -> str:
    """The figures."""
    choice = _choice()
    rows = _rows(choice)
    expected, reported = sum(r.expected for r in rows), sum(r.reported for r in rows)
    shown = [{"name": r.name, "expected": r.expected, "reported": r.reported, "missing": r.expected - r.reported, "rate": r.rate,
              "url": choice.link(r)} for r in rows]
    values = {"by": choice.by, "basis": choice.basis, "types": choice.types}
    wanted = [f for f in ChoiceForm().fields if (f != "by" or len(_ways(choice.at)) > 1) and (f != "basis" or choice.by == "place" or choice.at.kind == "community")]
    return render_template("coverage/index.html", choice=choice, rows=shown, expected=expected, reported=reported, trail=_trail(choice),
                           rate=reported / expected if expected else None, chart_data=_chart(rows), grants=_grants(),
                           fields=form_fields(ChoiceForm(), values, only=wanted, as_filter=True))


@pages.page("/export.xlsx", access=READ, methods=("POST",))
def export() -> Response:
    """The same figures as a workbook."""
    choice = _choice()
    rows = _rows(choice)
    columns = [Column("name", _("名称"), 32), Column("expected", _("应报到人数"), 12, "integer"),
               Column("reported", _("已报到人数"), 12, "integer"), Column("rate", _("报到率（%）"), 12, "decimal")]
    data = [(r.name, r.expected, r.reported, None if r.rate is None else round(100 * r.rate, 1)) for r in rows]
    target = BytesIO()
    write_workbook(target, [Sheet(_("报到率"), columns, data)],
                   Watermark(actor().display_name, now().astimezone(LOCAL), _("报到率统计：%(name)s", name=choice.at.name)))
    audit.record("coverage.exported", "organization", choice.at.id, {"rows": len(rows)})
    target.seek(0)
    return send_file(target, XLSX, as_attachment=True, download_name=_("报到率.xlsx"))


def _rows(choice: Choice) -> list[CoverageRow]:
    paths, types = (choice.at.path,), choice.unit_types
    if choice.by == "unit":
        if choice.at.kind == "community":
            return coverage.by_unit_of_residents(choice.at.id, basis=choice.basis, unit_types=types)
        if choice.at.kind == "committee":
            return coverage.by_leader(paths, unit_types=types)
        return coverage.by_unit(paths, unit_types=types)
    rows = coverage.by_place(paths, NEXT_LEVEL[choice.at.kind], basis=choice.basis, unit_types=types)
    return sorted(rows, key=lambda row: not row.expected)  # places where nobody is expected come last


def _choice() -> Choice:
    at = _at()
    ways = _ways(at)
    by, basis, types = (request.values.get(name) for name in ("by", "basis", "types"))
    return Choice(at, by if by in ways else ways[0], basis if basis in ("residence", "workplace") else "residence",
                  types if types in SCOPE_TITLES else None)


def _ways(at: OrganizationFact) -> tuple[str, ...]:
    if at.kind in BY_UNIT_ONLY:
        return ("unit",)
    if at.kind == "community":
        return ("unit", "place")  # its own figure is a single line; whose members have yet to come says more
    return ("place",) if at.kind in BY_PLACE_ONLY else ("place", "unit")


def _at() -> OrganizationFact:
    chosen: uuid.UUID | None = request.values.get("at", type=uuid.UUID)
    at = tree.get(chosen or _grants()[0].organization_id)
    authorize(actor(), READ, Target((at.path,)))
    if at.kind not in (*NEXT_LEVEL, *BY_UNIT_ONLY):
        raise NotFound
    return at


def _grants() -> tuple[GrantFact, ...]:
    return grants_for(actor(), READ)


def _trail(choice: Choice) -> list[tuple[str, str | None]]:
    """The way down to the organization, beginning where the actor's reach begins."""
    above = [row for row in tree.ancestors(choice.at.path) if any(row.path.startswith(g.path) for g in _grants())]
    return [(row.name, url_for("coverage.index", at=row.id, by=choice.by, basis=choice.basis, types=choice.types)
             if row.id != choice.at.id else None) for row in above]


def _chart(rows: Sequence[CoverageRow]) -> dict[str, Any] | None:
    counted = [r for r in rows if r.expected]
    if not 1 <= len(counted) <= MOST_BARS:
        return None
    return {"kind": "rows" if len(counted) > MANY else "bar", "unit": "%", "categories": [r.name for r in counted],
            "series": [{"name": _("报到率"), "values": [round(100 * (r.rate or 0), 1) for r in counted]}]}
