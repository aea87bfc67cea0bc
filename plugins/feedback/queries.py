"""Reads packs, lines and threads: columns only, keyset paging on an index, a fixed number of queries."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, func, inspect, select, tuple_

from core.api import NotFound, acting, column_in_reach, organization_names, place_rows, session, tenant_id
from plugins.feedback.models import COUNTS, OUT, STATES, FeedbackLine, FeedbackMessage, FeedbackPack, FeedbackRun

PAGE = 50
MOST = 1000
TABS = ("all", *STATES)
UNIT_TABS = ("open", "answered", "archived")
UNIT_OPEN = ("sent", "read")
COLUMNS = (FeedbackPack.id, FeedbackPack.community_id, FeedbackPack.unit_id, FeedbackPack.sender, FeedbackPack.period, FeedbackPack.revision,
           FeedbackPack.state, FeedbackPack.members, FeedbackPack.reported, FeedbackPack.number, FeedbackPack.sent_on, FeedbackPack.channel,
           FeedbackPack.answered_on, FeedbackPack.version, FeedbackPack.sort_key, *(getattr(FeedbackPack, name) for name in COUNTS))


def listed(tab: str, period: str, unit: str = "", after: uuid.UUID | None = None) -> Sequence[Row]:
    """A page of the packs of the officer's communities in the order of their units, and one row more where there is a next page."""
    query = _of_communities(tab, period, unit)
    if after is not None and (place := _place(after)) is not None:
        query = query.where(tuple_(FeedbackPack.sort_key, FeedbackPack.id) > tuple_(*place))
    return session().execute(query.limit(PAGE + 1)).all()


def all_listed(tab: str, period: str) -> Any:
    """The whole list, for a workbook."""
    return session().execute(_of_communities(tab, period, "").execution_options(yield_per=MOST))


def counts(period: str) -> dict[str, int]:
    """How many packs of a period stand at each state, within the officer's communities."""
    rows = session().execute(select(FeedbackPack.state, func.count()).where(
        FeedbackPack.tenant_id == tenant_id(), FeedbackPack.period == period, column_in_reach(FeedbackPack.community_id, "feedback.read"))
        .group_by(FeedbackPack.state)).all()
    return dict.fromkeys(STATES, 0) | {row[0]: row[1] for row in rows}


def _of_communities(tab: str, period: str, unit: str) -> Select:
    query = select(*COLUMNS).where(FeedbackPack.tenant_id == tenant_id(), FeedbackPack.period == period,
                                   column_in_reach(FeedbackPack.community_id, "feedback.read"))
    if tab != "all":
        query = query.where(FeedbackPack.state == tab)
    if unit:
        units = place_rows("unit")
        query = query.where(FeedbackPack.unit_id.in_(select(units.c.id).where(func.strpos(units.c.name, unit) > 0)))
    return query.order_by(FeedbackPack.sort_key, FeedbackPack.id)


def _place(after: uuid.UUID) -> Any:
    return session().execute(select(FeedbackPack.sort_key, FeedbackPack.id).where(
        FeedbackPack.tenant_id == tenant_id(), FeedbackPack.id == after,
        column_in_reach(FeedbackPack.community_id, "feedback.read"))).one_or_none()


def of_units(tab: str, after: uuid.UUID | None = None) -> Sequence[Row]:
    """A page of what has come to the liaison's units, the newest first; in the tab of what is open the oldest first."""
    states = UNIT_OPEN if tab == "open" else (tab,)
    query = select(*COLUMNS).where(FeedbackPack.tenant_id == tenant_id(), FeedbackPack.state.in_(states), _to_units())
    forward = tab == "open"
    if after is not None and (place := session().execute(select(FeedbackPack.sent_on, FeedbackPack.id).where(
            FeedbackPack.tenant_id == tenant_id(), FeedbackPack.id == after, FeedbackPack.state.in_(OUT), _to_units())).one_or_none()):
        here, there = tuple_(FeedbackPack.sent_on, FeedbackPack.id), tuple_(*place)
        query = query.where(here > there if forward else here < there)
    order = (FeedbackPack.sent_on, FeedbackPack.id) if forward else (FeedbackPack.sent_on.desc(), FeedbackPack.id.desc())
    return session().execute(query.order_by(*order).limit(PAGE + 1)).all()


def unit_counts() -> dict[str, int]:
    """How many wait for the liaison's units, and how many words they have not read; 1000 at most each."""
    packs = select(FeedbackPack.id).where(FeedbackPack.tenant_id == tenant_id(), FeedbackPack.state.in_(UNIT_OPEN), _to_units())
    words = select(FeedbackMessage.id).where(FeedbackMessage.tenant_id == tenant_id(), FeedbackMessage.side == "community",
                                             FeedbackMessage.read_on.is_(None), column_in_reach(FeedbackMessage.unit_id, "feedback.answer"))
    row = session().execute(select(_bounded(packs).label("open"), _bounded(words).label("words"))).one()
    return dict(row._mapping)


def _to_units() -> Any:
    return column_in_reach(FeedbackPack.unit_id, "feedback.answer")


def _bounded(query: Select) -> Any:
    return select(func.count()).select_from(query.limit(MOST).subquery()).scalar_subquery()


def one(pack_id: uuid.UUID) -> FeedbackPack:
    """A pack with all that its page and its letter show. Raises NotFound."""
    row = session().scalars(select(FeedbackPack).where(FeedbackPack.tenant_id == tenant_id(), FeedbackPack.id == pack_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def several(pack_ids: Sequence[uuid.UUID]) -> list[FeedbackPack]:
    """Packs in the order given; one that is not there is left out."""
    found = {row.id: row for row in session().scalars(select(FeedbackPack).where(
        FeedbackPack.tenant_id == tenant_id(), FeedbackPack.id.in_(list(pack_ids))))}
    return [found[identity] for identity in pack_ids if identity in found]


def lines_of(pack_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Row]]:
    """The lines of packs, each pack's in the order of names; one query."""
    found: dict[uuid.UUID, list[Row]] = {identity: [] for identity in pack_ids}
    shown = [column for column in inspect(FeedbackLine).columns if column.key not in ("tenant_id", "sort_key")]
    for row in session().execute(select(*(getattr(FeedbackLine, column.key) for column in shown)).where(
            FeedbackLine.tenant_id == tenant_id(), FeedbackLine.pack_id.in_(list(pack_ids))).order_by(FeedbackLine.sort_key, FeedbackLine.id)):
        found[row.pack_id].append(row)
    return found


def packs_of_pair(community_id: uuid.UUID, unit_id: uuid.UUID, *, out_only: bool) -> Sequence[Row]:
    """The pair's packs, the newest first; for the unit only those that are out."""
    query = select(*COLUMNS, FeedbackPack.made_on).where(
        FeedbackPack.tenant_id == tenant_id(), FeedbackPack.community_id == community_id, FeedbackPack.unit_id == unit_id)
    return session().execute((query.where(FeedbackPack.state.in_(OUT)) if out_only else query)
                             .order_by(FeedbackPack.begins_on.desc(), FeedbackPack.revision.desc()).limit(PAGE)).all()


def messages(community_id: uuid.UUID, unit_id: uuid.UUID, after: uuid.UUID | None = None) -> Sequence[Row]:
    """The pair's words, the newest first, one more than a page."""
    query = select(*_MESSAGE).where(FeedbackMessage.tenant_id == tenant_id(), FeedbackMessage.community_id == community_id,
                                    FeedbackMessage.unit_id == unit_id)
    if after is not None:
        place = select(FeedbackMessage.created_at, FeedbackMessage.id).where(
            FeedbackMessage.tenant_id == tenant_id(), FeedbackMessage.id == after).subquery()
        query = query.join(place, tuple_(FeedbackMessage.created_at, FeedbackMessage.id) < tuple_(place.c.created_at, place.c.id))
    return session().execute(query.order_by(FeedbackMessage.created_at.desc(), FeedbackMessage.id.desc()).limit(PAGE + 1)).all()


_MESSAGE = tuple(getattr(FeedbackMessage, name) for name in (
    "id", "community_id", "unit_id", "sender", "pack_id", "member_id", "side", "kind", "body", "channel", "written_on", "read_on"))


def from_outside(unit_id: uuid.UUID) -> Sequence[Row]:
    """The words of other tenants' communities to a unit, the newest first."""
    return session().execute(select(*_MESSAGE).where(
        FeedbackMessage.tenant_id == tenant_id(), FeedbackMessage.unit_id == unit_id, FeedbackMessage.community_id.is_(None),
        FeedbackMessage.pack_id.is_(None)).order_by(FeedbackMessage.created_at.desc(), FeedbackMessage.id.desc()).limit(PAGE)).all()


def of_pack(pack_id: uuid.UUID) -> Sequence[Row]:
    """What was answered to a pack."""
    return session().execute(select(*_MESSAGE).where(FeedbackMessage.tenant_id == tenant_id(), FeedbackMessage.pack_id == pack_id)
                             .order_by(FeedbackMessage.created_at)).all()


def unread(side: str) -> Sequence[Row]:
    """Pairs with words that the acting side has not read yet, the oldest first: community_id, unit_id, sender, words."""
    of, permission = FeedbackMessage, "feedback.manage" if side == "community" else "feedback.answer"
    if not acting().can(permission):
        return []
    reach = column_in_reach(of.community_id if side == "community" else of.unit_id, permission)
    return session().execute(select(of.community_id, of.unit_id, of.sender, func.count().label("words")).where(
        of.tenant_id == tenant_id(), of.read_on.is_(None), of.side != side, of.kind != "answer", reach)
        .group_by(of.community_id, of.unit_id, of.sender).order_by(func.min(of.created_at)).limit(PAGE)).all()


def own(member_id: uuid.UUID, after: uuid.UUID | None = None) -> Sequence[Row]:
    """A member's own lines in packs that are out, the newest first; a line that a correction stands for is left out."""
    newer = select(FeedbackPack.replaces_id).where(FeedbackPack.tenant_id == tenant_id(), FeedbackPack.state.in_(OUT),
                                                   FeedbackPack.replaces_id.is_not(None))
    query = (select(FeedbackLine.id, *(getattr(FeedbackLine, name) for name in COUNTS), FeedbackLine.parts, FeedbackLine.remark,
                    FeedbackLine.report_state, FeedbackLine.reported_on, FeedbackPack.community_id, FeedbackPack.sender, FeedbackPack.unit_id,
                    FeedbackPack.period, FeedbackPack.parts.label("titles"), FeedbackPack.norm, FeedbackPack.sent_on, FeedbackPack.state,
                    FeedbackPack.begins_on)
             .join(FeedbackPack, (FeedbackPack.tenant_id == FeedbackLine.tenant_id) & (FeedbackPack.id == FeedbackLine.pack_id))
             .where(FeedbackLine.tenant_id == tenant_id(), FeedbackLine.member_id == member_id, FeedbackPack.state.in_(OUT),
                    FeedbackPack.id.not_in(newer)))
    if after is not None and (place := session().execute(select(FeedbackPack.begins_on, FeedbackLine.id).join(
            FeedbackPack, (FeedbackPack.tenant_id == FeedbackLine.tenant_id) & (FeedbackPack.id == FeedbackLine.pack_id)).where(
            FeedbackLine.tenant_id == tenant_id(), FeedbackLine.id == after, FeedbackLine.member_id == member_id)).one_or_none()):
        query = query.where(tuple_(FeedbackPack.begins_on, FeedbackLine.id) < tuple_(*place))
    return session().execute(query.order_by(FeedbackPack.begins_on.desc(), FeedbackLine.id.desc()).limit(PAGE + 1)).all()


def runs(limit: int = 5) -> Sequence[Row]:
    """The latest presses within the officer's reach."""
    return session().execute(select(FeedbackRun.id, FeedbackRun.organization_id, FeedbackRun.period, FeedbackRun.again, FeedbackRun.job_id,
                                    FeedbackRun.started_at)
                             .where(FeedbackRun.tenant_id == tenant_id(), column_in_reach(FeedbackRun.organization_id, "feedback.run"))
                             .order_by(FeedbackRun.started_at.desc(), FeedbackRun.id.desc()).limit(limit)).all()


def one_run(run_id: uuid.UUID) -> FeedbackRun:
    """A press. Raises NotFound."""
    row = session().scalars(select(FeedbackRun).where(FeedbackRun.tenant_id == tenant_id(), FeedbackRun.id == run_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def names(rows: Sequence[Any]) -> dict[uuid.UUID, str]:
    """The names of the communities and units of rows; one query."""
    return organization_names({row.community_id for row in rows} | {row.unit_id for row in rows})


def own_communities() -> list[tuple[uuid.UUID, str]]:
    """The communities that the acting officer looks after by a grant over one."""
    return [(grant.organization_id, grant.name) for grant in acting().grants if grant.kind == "community"]

