"""Reads the overview: one organization's figures in a period and the one before, month by month, and those of what stands below it.

A community's and a single unit's are counted at once, so that whoever has just verified a record sees it; all larger ones are read
from what the job has counted.
"""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, or_, select, tuple_

from core.access.actor import GrantFact
from core.extension.figures import Figure, Side
from core.organizations.models import Organization
from core.organizations.tree import OrganizationFact
from core.overview.counting import LEAF, Cells, count, within
from core.overview.models import OverviewFigure, OverviewState
from core.overview.periods import NOW, Period, shifted, starting
from core.registration.coverage import own_unit
from core.tenancy import current_tenant, session
from core.tenancy.scope import tenant_id

BELOW: Mapping[str, tuple[str, ...]] = {"place": ("county", "street", "community"), "unit": ("county", "sector", "unit")}
SIDES_OF: Mapping[str, tuple[Side, ...]] = {"committee": ("place", "unit"), "county": ("place", "unit"), "street": ("place",),
                                            "community": ("place",), "sector": ("unit",), "unit": ("unit",)}
PAGE, TREND = 50, 12
LIVE = 30  # so many units are still counted at once
Numbers = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Board:
    """What is known of one organization: `present` and `former` by key with what holds now in both, `months` the last twelve.

    `counted_at` is when it was counted ahead; None when it was counted just now, or never (`counted` tells which).
    """

    at: OrganizationFact
    side: Side
    period: Period
    present: Numbers
    former: Numbers
    months: Sequence[tuple[dt.date, Numbers]]
    counted_at: dt.datetime | None = None
    counted: bool = True

    def value(self, figure: Figure, *, former: bool = False) -> int:
        """The number in the figure's own unit, such as minutes."""
        return (self.former if former else self.present).get(figure.key, 0)

    def share(self, figure: Figure, *, former: bool = False) -> float | None:
        """The fraction of the figure of which it is a part; None where there is none."""
        return share(figure, self.former if former else self.present)


@dataclass(frozen=True, slots=True)
class Below:
    """One organization below, with its figures in the period."""

    id: uuid.UUID
    name: str
    kind: str
    numbers: Numbers = field(default_factory=dict)


def share(figure: Figure, numbers: Numbers) -> float | None:
    """What part of its whole a figure is, 0 to 1 (and above, where members left); None without a whole."""
    whole = numbers.get(figure.of or "", 0)
    return numbers.get(figure.key, 0) / whole if whole else None


def board(at: OrganizationFact, side: Side, period: Period) -> Board:
    """The figures of one organization; two statements, or a fixed number where they are counted at once."""
    live = _live(at, side)
    months = [shifted(period.until.replace(day=1), -n) for n in range(TREND - 1, -1, -1)]
    if live:
        first = min(months[0], period.former.since).year
        cells = count(side, live, dt.date(first, 1, 1), dt.date(period.until.year, 12, 31))
        found = within([identity for identity, _path in live], cells, at.id)
        counted_at, counted = None, True
    else:
        found, counted_at = _kept(at.id, side, period, months), counted_when()
        counted = counted_at is not None
    return Board(at, side, period, _numbers(found, at.id, period), _numbers(found, at.id, period.former),
                 [(month, found.get((at.id, "month", month), {})) for month in months], counted_at, counted)


def counted_when() -> dt.datetime | None:
    """When the figures were counted last; None before the first time."""
    return session().scalar(select(OverviewState.counted_at).where(OverviewState.tenant_id == tenant_id()))


def below(at: OrganizationFact, side: Side, period: Period, *, after: uuid.UUID | None = None, limit: int = PAGE) -> tuple[list[Below], uuid.UUID | None]:
    """What stands directly below, by name and never by number (R7), a page at a time, and the id from which the next one goes on.

    Two statements, one more from the second page on. Closed ones are left out.
    """
    if at.kind == LEAF["place"]:
        return [], None  # grids and buildings are not counted
    query = select(Organization.id, Organization.name, Organization.kind).where(
        Organization.tenant_id == tenant_id(), Organization.parent_id == at.id, Organization.kind.in_(BELOW[side]), Organization.active,
        own_unit(Organization.id))
    if after is not None:
        start = session().execute(select(Organization.sort_key, Organization.id).where(
            Organization.tenant_id == tenant_id(), Organization.id == after)).one_or_none()
        query = query.where(tuple_(Organization.sort_key, Organization.id) > tuple_(*start)) if start is not None else query
    rows = session().execute(query.order_by(Organization.sort_key, Organization.id).limit(limit + 1)).all()
    page = rows[:limit]
    cells = _cells([row.id for row in page], side, _wanted(period))
    return [Below(row.id, row.name, row.kind, _numbers(cells, row.id, period)) for row in page], page[-1].id if len(rows) > limit else None


def sides(at: OrganizationFact) -> tuple[Side, ...]:
    """By what an organization can be counted; nothing for a grid or a building. A sector authority has units and no communities (R9)."""
    if at.kind == "committee" and current_tenant().kind == "sector":
        return ("unit",)
    return SIDES_OF.get(at.kind, ())


def starts(grants: Sequence[GrantFact]) -> list[GrantFact]:
    """Where an officer's overview may begin: the grants, widest first."""
    return sorted((grant for grant in grants if grant.kind in SIDES_OF), key=lambda grant: (grant.path.count("/"), grant.path))


def _live(at: OrganizationFact, side: Side) -> list[tuple[uuid.UUID, str]]:
    """The community, or the unit with those below it, that is counted at once; nothing where that would be much."""
    if at.kind != LEAF[side]:
        return []
    if side == "place":
        return [(at.id, at.path)]
    rows = session().execute(select(Organization.id, Organization.path).where(
        Organization.tenant_id == tenant_id(), Organization.path.bool_op("^@")(at.path), Organization.kind == "unit").limit(LIVE + 1)).all()
    return [(row.id, row.path) for row in rows] if len(rows) <= LIVE else []


def _wanted(*periods: Period) -> list[tuple[str, dt.date]]:
    """The rows that are read for periods: their own, the year's for the norm, and what holds now."""
    years = {starting("year", period.since) for period in periods}
    return [("now", NOW), *((period.kind, period.since) for period in {*periods, *years})]


def _kept(organization_id: uuid.UUID, side: Side, period: Period, months: Sequence[dt.date]) -> Cells:
    return _cells([organization_id], side, [*_wanted(period, period.former), *(("month", month) for month in months)])


def _cells(ids: Sequence[uuid.UUID], side: Side, wanted: Sequence[tuple[str, dt.date]]) -> Cells:
    parts: list[ColumnElement[bool]] = [(OverviewFigure.kind == kind) & (OverviewFigure.since == day) for kind, day in wanted]
    rows: Any = session().execute(select(OverviewFigure.organization_id, OverviewFigure.kind, OverviewFigure.since, OverviewFigure.figures).where(
        OverviewFigure.tenant_id == tenant_id(), OverviewFigure.organization_id.in_(ids), OverviewFigure.side == side, or_(*parts)))
    return {(row.organization_id, row.kind, row.since): row.figures for row in rows}


def _numbers(cells: Cells, organization_id: uuid.UUID, period: Period) -> Numbers:
    """A period's figures with what holds now, and with the norm of the year in which it lies."""
    year = cells.get((organization_id, "year", starting("year", period.since).since), {})
    norm = {"at_norm": year["at_norm"]} if "at_norm" in year else {}
    return {**cells.get((organization_id, "now", NOW), {}), **cells.get((organization_id, period.kind, period.since), {}), **norm}
