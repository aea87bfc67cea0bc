"""Counts ahead for every organization and keeps it, so that a city's page reads some dozen rows however many records there are."""
from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from sqlalchemy import Row, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from core.db import new_id
from core.extension.figures import Side
from core.organizations.models import Organization
from core.overview.counting import LEAF, Cells, count, merge
from core.overview.models import SIDES, OverviewFigure, OverviewState
from core.overview.periods import NOW
from core.registration.coverage import own_unit
from core.service.models import ServiceRecord
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id

AT_ONCE = 300  # communities or units; a plugin's part stays far below a second
_WRITTEN = 1_000


def recount(years: int = 2, told: Callable[[int, int], None] = lambda _done, _all: None) -> dict[str, int]:
    """Count this year and those before it, `years` in all (0: since the first record), and write what stands otherwise.

    Answers how many places were counted and how many rows differed from what was kept. `told` hears how far it is.
    """
    state = _locked()
    first = today().year - years + 1 if years else _first_year()
    since, until = dt.date(first, 1, 1), dt.date(today().year, 12, 31)
    tree: Any = session().execute(select(Organization.id, Organization.kind, Organization.path, own_unit(Organization.id).label("own")).where(
        Organization.tenant_id == tenant_id()).order_by(Organization.path)).all()
    leaves = {side: [row for row in tree if row.kind == LEAF[side] and row.own] for side in SIDES}  # guests' units are counted at home (R9)
    changed, done, total = 0, 0, sum(map(len, leaves.values()))
    for side in SIDES:
        changed += _keep(side, [row.id for row in tree if row.kind == LEAF[side] and not row.own], {}, since)
        above = _above(side, tree)
        sums: Cells = defaultdict(dict)
        for chunk in _chunks(leaves[side]):
            cells = count(cast("Side", side), [(row.id, row.path) for row in chunk], since, until)
            changed += _keep(side, [row.id for row in chunk if row.path not in above], cells, since)
            _add_up(sums, cells, {row.id: row.path for row in chunk}, above)
            done += len(chunk)
            told(done, total)
        changed += _keep(side, above.values(), sums, since)
    state.counted_at, state.changed = now(), changed
    return {"places": total, "changed": changed}


def _chunks(rows: list[Row[Any]]) -> Iterable[tuple[Row[Any], ...]]:
    return (tuple(rows[start:start + AT_ONCE]) for start in range(0, len(rows), AT_ONCE))


def _above(side: str, tree: Iterable[Row[Any]]) -> dict[str, uuid.UUID]:
    """By path, the organizations that are made of others: all above the leaves, and units that have units below them."""
    rows = list(tree)
    parents = {row.path.rstrip("/").rpartition("/")[0] + "/" for row in rows if row.kind == LEAF[side]}
    return {row.path: row.id for row in rows if row.kind in ("committee", "county", "street", "sector") or
            (row.kind == LEAF[side] and row.path in parents)}


def _add_up(sums: Cells, cells: Cells, paths: Mapping[uuid.UUID, str], above: Mapping[str, uuid.UUID]) -> None:
    lines = {identity: [above[p] for p in _prefixes(path) if p in above] for identity, path in paths.items()}
    for (place, kind, day), figures in cells.items():
        for higher in lines[place]:
            merge(sums[higher, kind, day], figures)


def _prefixes(path: str) -> list[str]:
    parts = path.rstrip("/").split("/")
    return ["/".join(parts[:n]) + "/" for n in range(1, len(parts) + 1)]


def _keep(side: str, places: Iterable[uuid.UUID], cells: Cells, since: dt.date) -> int:
    """Make the rows of some organizations from `since` on say what was counted; answers how many said something else."""
    ids = set(places)
    kept = {(row.organization_id, row.kind, row.since): row for row in session().execute(select(
        OverviewFigure.id, OverviewFigure.organization_id, OverviewFigure.kind, OverviewFigure.since, OverviewFigure.figures).where(
        OverviewFigure.tenant_id == tenant_id(), OverviewFigure.side == side, OverviewFigure.organization_id.in_(ids),
        (OverviewFigure.since >= since) | (OverviewFigure.since == NOW)))}
    wanted = {key: figures for key, figures in cells.items() if key[0] in ids and any(figures.values())}
    gone = [row.id for key, row in kept.items() if key not in wanted]
    new = [key for key, figures in wanted.items() if key not in kept or kept[key].figures != figures]
    if gone:
        session().execute(delete(OverviewFigure).where(OverviewFigure.tenant_id == tenant_id(), OverviewFigure.id.in_(gone)))
    for part in (new[start:start + _WRITTEN] for start in range(0, len(new), _WRITTEN)):
        statement = insert(OverviewFigure).values([
            {"tenant_id": tenant_id(), "id": new_id(), "organization_id": place, "side": side, "kind": kind, "since": day,
             "figures": wanted[place, kind, day]} for place, kind, day in part])
        session().execute(statement.on_conflict_do_update(
            index_elements=["tenant_id", "organization_id", "side", "kind", "since"], set_={"figures": statement.excluded.figures}))
    return len(gone) + len(new)


def _locked() -> OverviewState:
    """The tenant's row, locked until the end: two that count at once would write the same rows."""
    session().execute(insert(OverviewState).values(tenant_id=tenant_id(), id=new_id(), changed=0).on_conflict_do_nothing())
    return session().scalars(select(OverviewState).where(OverviewState.tenant_id == tenant_id()).with_for_update()).one()


def _first_year() -> int:
    first = session().scalar(select(func.min(ServiceRecord.happened_on)).where(ServiceRecord.tenant_id == tenant_id()))
    return min(first.year if first else today().year, today().year)
