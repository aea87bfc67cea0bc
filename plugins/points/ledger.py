"""Adds to the ledger: exactly once an event, under the account's lock, never by editing; and reads balances and entries.

What an event enters is not noted in the audit log once more: the event itself stands there in the same transaction (a record that
counts, a deed that is approved), and the entry, which nobody can edit, names it. What people do to points is noted by those who do it.
"""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.dialects.postgresql import insert

from core.api import DeedFact, RecordFact, hot_rows, new_id, new_ids, now, session, tenant_id
from plugins.points import holding, writing
from plugins.points.calendar import period_of
from plugins.points.holding import Held
from plugins.points.models import PointsAccount, PointsCorrection, PointsEntry

_RECORD = ("record_id", "member_id", "unit_id", "community_id", "kind", "minutes", "happened_on", "counted_on", "evaluation", "recipient_kind",
           "recipient_group", "hours_source", "collective", "outside_hours", "waived")
_DEED = ("deed_id", "member_id", "unit_id", "kind", "level", "quantity", "happened_on", "approved_on")
WITHDRAWN = {"record": "服务撤回", "deed": "事项撤回"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an entry rests on: a record or a deed of a member, where and when."""

    source: str
    id: uuid.UUID
    member_id: uuid.UUID
    place_id: uuid.UUID | None
    happened_on: dt.date


def earn(record: RecordFact) -> None:
    """Enter what a record earns. Told twice, it is entered once; told after its withdrawal, not at all."""
    evidence = Evidence("record", record.record_id, record.member_id, record.community_id, record.happened_on)
    _earn(evidence, {name: getattr(record, name) for name in _RECORD})


def earn_deed(deed: DeedFact) -> None:
    """Enter what a member's deed brings, or takes off."""
    if deed.member_id is not None:
        _earn(Evidence("deed", deed.deed_id, deed.member_id, deed.unit_id, deed.happened_on), {n: getattr(deed, n) for n in _DEED})


def _earn(evidence: Evidence, values: Mapping[str, Any]) -> None:
    held = holding.held_by(evidence.place_id, evidence.happened_on)
    if held is None:
        return
    hold([evidence.member_id])
    run("told", held, lambda: writing.told(held, evidence.source), [evidence.member_id], of=evidence.source, **values)


def reverse(evidence: Evidence) -> None:
    """Take back what a withdrawn record or deed had brought, by reversing entries.

    One of 0 points is entered for what had brought nothing yet: should the news that it counts come late, it is void.
    """
    hold([evidence.member_id])
    known = session().execute(select(PointsEntry.pack_id).where(
        PointsEntry.tenant_id == tenant_id(), PointsEntry.source_id == evidence.id).limit(1)).first()
    if known is None:
        _void(evidence)
        return
    held = holding.plain(evidence.place_id) if known.pack_id is None else holding.of_pack(known.pack_id, evidence.happened_on)
    run("reversing", held, lambda: writing.reversing(held), [evidence.member_id], source_id=evidence.id)


def gone(source_id: uuid.UUID) -> bool:
    """Whether it was told that a record or deed counts no longer: should the news that it counts come late, it is void."""
    return session().scalar(select(PointsEntry.id).where(
        PointsEntry.tenant_id == tenant_id(), PointsEntry.source_id == source_id, PointsEntry.kind == "reversed").limit(1)) is not None


def _void(evidence: Evidence) -> None:
    held = holding.held_by(evidence.place_id, evidence.happened_on) or holding.plain()
    enter("reversed", "earned", evidence.member_id, 0, period=period_of(evidence.happened_on, held.document["period"]),
          happened_on=evidence.happened_on, source=evidence.source, source_id=evidence.id, rule=WITHDRAWN[evidence.source])


def hold(members: Iterable[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Lock the members' accounts until the transaction ends, made where need be; answers their balances."""
    wanted = sorted(set(members))
    held = {row.member_id: row.balance for row in hot_rows(("points.lock", tenant_id()), writing.lock, members=wanted)}
    if missing := [one for one in wanted if one not in held]:
        held |= {row.member_id: row.balance for row in hot_rows(("points.open", tenant_id()), writing.opened, members=missing)}
    return held


def enter(kind: str, contra: str, member_id: uuid.UUID, points: int, **columns: Any) -> uuid.UUID:
    """One entry that no rule makes, and the balance with it; the caller holds the account. Answers its id."""
    row = {"tenant_id": tenant_id(), "id": new_id(), "member_id": member_id, "kind": kind, "contra": contra, "points": points, "raw": 0,
           "given": 0, "minutes": 0, "percent": 100, "rule_key": "", "at": now(), **columns}
    written = insert(PointsEntry).values(row).on_conflict_do_nothing().returning(
        PointsEntry.member_id, PointsEntry.unit_id, PointsEntry.points).cte("written")
    session().execute(writing.moved(written))
    identity: uuid.UUID = row["id"]
    return identity


@dataclass(frozen=True, slots=True)
class Done:
    """How many entries were written, and their sum in hundredths."""

    entries: int = 0
    points: int = 0


def run(what: str, held: Held, build: Callable[[], Select], members: Iterable[uuid.UUID], *, of: Hashable = "", count: int = 4,
        **values: Any) -> Done:
    """Send a statement of plugins.points.writing, which is built once for each pack."""
    found = hot_rows(("points", what, of, tenant_id(), held.key, held.place), build, ids=new_ids(count), at=now(),
                     members=list(members), **values)
    return Done(found[0].entries, int(found[0].points)) if found else Done()


def balance(member_id: uuid.UUID) -> int:
    """A member's balance in hundredths; 0 for somebody who has none."""
    return session().scalar(select(PointsAccount.balance).where(
        PointsAccount.tenant_id == tenant_id(), PointsAccount.member_id == member_id)) or 0


def in_period(member_id: uuid.UUID, period: dt.date) -> int:
    """What a member has earned in one period, in hundredths, with the base and corrections, whatever was spent of it."""
    return session().scalar(select(func.coalesce(func.sum(PointsEntry.points), 0)).where(
        PointsEntry.tenant_id == tenant_id(), PointsEntry.member_id == member_id, PointsEntry.period == period,
        PointsEntry.contra.in_(("earned", "base", "corrected")))) or 0


def entries(member_id: uuid.UUID, *, limit: int = 50, before: uuid.UUID | None = None) -> Sequence[Row]:
    """A member's entries as columns, newest first; ids are ordered by time, so they page too. Points in hundredths.

    `note` is why a correction was made, as long as that is known: it goes with the person.
    """
    of, why = PointsEntry, PointsCorrection
    query = select(of.id, of.kind, of.points, of.raw, of.given, of.minutes, of.percent, of.period, of.happened_on, of.source, of.source_id,
                   of.pack_id, of.rule_key, of.rule, why.reason.label("note"), of.at).outerjoin(
        why, (why.tenant_id == of.tenant_id) & (why.id == of.source_id)).where(of.tenant_id == tenant_id(), of.member_id == member_id)
    if before is not None:
        query = query.where(of.id < before)
    return session().execute(query.order_by(of.id.desc()).limit(limit)).all()
