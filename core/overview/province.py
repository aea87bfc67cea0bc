"""What a city lets out to the province: sums of whole counties for a quarter that is over, small ones left out, written once.

Each tenant's own job reads its own figures in its own scope and writes the finished rows; the province's page reads nothing else. Only
quarters go out, never the year or a running quarter: a difference between two tables would tell what each of them leaves out.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import select

from core import audit
from core.extension.settings import effective
from core.extension.settings_registry import register_settings
from core.i18n import _l
from core.jobs.context import JobContext
from core.jobs.registry import handler, periodic
from core.organizations.models import Organization
from core.overview import catalogue
from core.overview.models import OverviewFigure
from core.overview.periods import NOW, Period, starting
from core.overview.reading import counted_when
from core.overview.suppression import hide
from core.tenancy import ProvinceRelease, current_tenant, now, session, today
from core.tenancy.scope import tenant_id

NAMESPACE = "overview"
LATE_DAYS = 15  # for records that are still to be verified when a quarter ends
JOB = "overview.release"
Row = Mapping[str, int]


class OverviewSettings(Schema):
    """Whether anything goes out."""

    province = fields.Boolean(load_default=False, metadata={
        "title": _l("向省级提供汇总数字"), "help": _l("每季度结束 15 天后提供一次：只到县（市、区），少于 5 的数字不提供，不含任何个人信息")})


register_settings(NAMESPACE, OverviewSettings, _l("总览"))


@dataclass(frozen=True, slots=True)
class Group:
    """Columns that hang together: what is shown of a county, and the numbers of which none may be known when it is small."""

    keys: tuple[str, ...]

    def cells(self, row: Row) -> tuple[int, ...]:
        """The columns that count people or deeds, and what is left between the first, which is the whole, and each of the others."""
        counts = [row.get(key, 0) for key in self.keys if key != "minutes"]
        return (*counts, *(counts[0] - part for part in counts[1:]))


MEMBERS, RECORDS = Group(("expected", "reported", "served")), Group(("records", "satisfied", "minutes"))


@dataclass(frozen=True, slots=True)
class Line:
    """One county, or the whole city under the code "": numbers by key, None where one is left out."""

    code: str
    name: str
    values: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The table as it goes out: titles by key, and the lines, the whole first."""

    quarter: Period
    titles: Mapping[str, str]
    lines: Sequence[Line]


def outgoing(quarter: Period) -> Outgoing:
    """The tenant's table for a quarter, as it would go out now: nothing in it is held back from the page that shows it before."""
    figures = [one for one in catalogue.shown("place") if one.figure.key in (*MEMBERS.keys, *RECORDS.keys) or (one.plugin and not one.figure.now)]
    groups = (MEMBERS, RECORDS, *(Group((one.figure.key,)) for one in figures if one.plugin))
    counties = _counties(quarter)
    lines = released(current_tenant().name, [(code, name) for code, name, _row in counties], [row for _code, _name, row in counties], groups,
                     turn=quarter.since.year * 4 + quarter.since.month // 3)
    titles = {one.figure.key: f"{one.figure.title}（{one.figure.unit}）" for one in figures}
    return Outgoing(quarter, titles, lines)


def released(whole: str, names: Sequence[tuple[str, str]], rows: Sequence[Row], groups: Sequence[Group], *, turn: int = 0) -> list[Line]:
    """The lines of a table in which each group's small numbers, and as many others as it takes, are left out.

    `turn` counts the quarters, so that it is not always the same counties that are left out beside the small ones.
    """
    order = [(place + turn) % len(rows) for place in range(len(rows))]
    values: list[dict[str, int | None]] = [{} for _row in rows]
    total: dict[str, int | None] = {}
    for group in groups:
        hidden = hide([group.cells(row) for row in rows], order)
        for place, row in enumerate(rows):
            values[place] |= {key: None if place in hidden.rows else _shown(key, row.get(key, 0)) for key in group.keys}
        total |= {key: None if hidden.total or not rows else _shown(key, sum(row.get(key, 0) for row in rows)) for key in group.keys}
    return [Line("", whole, total), *(Line(code, name, value) for (code, name), value in zip(names, values, strict=True))]


def due_quarter() -> Period:
    """The quarter that goes out now: the last one that has been over for long enough."""
    return starting("quarter", today() - dt.timedelta(days=LATE_DAYS)).former


def release() -> int:
    """Let the quarter out that is due, unless it has gone out already, nothing is counted yet, or the tenant does not want it.

    Answers how many counties went out.
    """
    quarter = due_quarter()
    if not effective(NAMESPACE)["province"] or counted_when() is None or _is_out(quarter):
        return 0
    table = outgoing(quarter)
    session().add_all(ProvinceRelease(
        tenant_number=tenant_id(), quarter=quarter.since, county_code=line.code, county_name=line.name, released_at=now(),
        figures={"titles": dict(table.titles), "values": dict(line.values)}) for line in table.lines)
    audit.record("province.released", "tenant", None, {"quarter": quarter.code, "counties": len(table.lines) - 1})
    return len(table.lines) - 1


def gone_out() -> list[ProvinceRelease]:
    """All that the tenant has let out, the newest quarter first and the whole city before its counties."""
    return list(session().scalars(select(ProvinceRelease).where(ProvinceRelease.tenant_number == tenant_id())
                                  .order_by(ProvinceRelease.quarter.desc(), ProvinceRelease.county_code)))


@handler(JOB, label=_l("向省级提供季度汇总"))
def nightly(_job: JobContext) -> dict[str, Any]:
    """Answers how many counties went out."""
    return {"count": release()}


periodic(JOB, at="04:30")


def _is_out(quarter: Period) -> bool:
    return session().scalar(select(ProvinceRelease.id).where(
        ProvinceRelease.tenant_number == tenant_id(), ProvinceRelease.quarter == quarter.since).limit(1)) is not None


def _counties(quarter: Period) -> list[tuple[str, str, Row]]:
    rows = session().execute(select(Organization.code, Organization.name, OverviewFigure.figures, OverviewFigure.kind)
                             .outerjoin(OverviewFigure, (OverviewFigure.tenant_id == Organization.tenant_id)
                                        & (OverviewFigure.organization_id == Organization.id) & (OverviewFigure.side == "place")
                                        & (((OverviewFigure.kind == "now") & (OverviewFigure.since == NOW))
                                           | ((OverviewFigure.kind == quarter.kind) & (OverviewFigure.since == quarter.since))))
                             .where(Organization.tenant_id == tenant_id(), Organization.kind == "county", Organization.active)
                             .order_by(Organization.code)).all()
    found: dict[str, tuple[str, dict[str, int]]] = {}
    for code, name, figures, _kind in rows:
        found.setdefault(code, (name, {}))[1].update(figures or {})
    return [(code, name, row) for code, (name, row) in found.items()]


def _shown(key: str, number: int) -> int:
    return round(number / 60) if key == "minutes" else number
