"""Adds to the ledger and reads from it: exactly once a record, under the account's lock, and never by editing."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from core.api import JobContext, RecordFact, audit, new_id, now, session, settings, tenant_id
from plugins.points.models import PointsAccount, PointsEntry
from plugins.points.settings import award


def earn(record: RecordFact) -> None:
    """Enter what a record earns. Told twice, it is entered once."""
    due = award(record, settings("points"))
    _enter(record, "earned", due.points, due.rule)


def reverse(record: RecordFact) -> None:
    """Take back what a withdrawn record had earned, by a reversing entry."""
    earned = session().execute(select(PointsEntry.points, PointsEntry.rule).where(
        PointsEntry.tenant_id == tenant_id(), PointsEntry.record_id == record.record_id, PointsEntry.kind == "earned")).one_or_none()
    if earned is not None:
        _enter(record, "reversed", -earned.points, earned.rule)


def _enter(record: RecordFact, kind: str, points: int, rule: str) -> None:
    session().execute(insert(PointsAccount).values(tenant_id=tenant_id(), id=new_id(), member_id=record.member_id, balance=0)
                      .on_conflict_do_nothing(index_elements=["tenant_id", "member_id"]))
    account = session().execute(select(PointsAccount.id, PointsAccount.balance).where(
        PointsAccount.tenant_id == tenant_id(), PointsAccount.member_id == record.member_id).with_for_update()).one()
    entry_id = new_id()
    written = session().execute(insert(PointsEntry).values(
        tenant_id=tenant_id(), id=entry_id, member_id=record.member_id, record_id=record.record_id, kind=kind, points=points,
        minutes=record.minutes, happened_on=record.happened_on, rule=rule, at=now())
        .on_conflict_do_nothing(index_elements=["tenant_id", "record_id", "kind"]).returning(PointsEntry.id)).scalar_one_or_none()
    if written is None:
        return
    session().execute(update(PointsAccount).where(PointsAccount.tenant_id == tenant_id(), PointsAccount.id == account.id)
                      .values(balance=account.balance + points))
    audit(f"points.{kind}", "service_record", record.record_id, {"points": points})


def balance(member_id: uuid.UUID) -> int:
    """A member's points; 0 for somebody who has none."""
    return session().scalar(select(PointsAccount.balance).where(
        PointsAccount.tenant_id == tenant_id(), PointsAccount.member_id == member_id)) or 0


def entries(member_id: uuid.UUID, *, limit: int = 50, before: uuid.UUID | None = None) -> Sequence[Row]:
    """A member's entries as columns, newest first; ids are ordered by time, so they page too."""
    query = select(PointsEntry.id, PointsEntry.kind, PointsEntry.points, PointsEntry.minutes, PointsEntry.happened_on,
                   PointsEntry.rule, PointsEntry.at).where(PointsEntry.tenant_id == tenant_id(), PointsEntry.member_id == member_id)
    if before is not None:
        query = query.where(PointsEntry.id < before)
    return session().execute(query.order_by(PointsEntry.id.desc()).limit(limit)).all()


def erase(member_id: uuid.UUID) -> int:
    """Remove all that is kept of a member; answers the number of rows."""
    counts = [session().execute(delete(table).where(table.tenant_id == tenant_id(), table.member_id == member_id)).rowcount
              for table in (PointsEntry, PointsAccount)]
    return sum(counts)


def check_balances(context: JobContext) -> dict[str, Any]:
    """The nightly comparison of balances with the sum of their entries; a difference is mended and told."""
    sums = (select(PointsEntry.member_id, func.sum(PointsEntry.points).label("points"))
            .where(PointsEntry.tenant_id == tenant_id()).group_by(PointsEntry.member_id).subquery())
    wrong = session().execute(select(PointsAccount.id, sums.c.points).join(sums, sums.c.member_id == PointsAccount.member_id).where(
        PointsAccount.tenant_id == tenant_id(), PointsAccount.balance != sums.c.points)).all()
    for account_id, points in wrong:
        session().execute(update(PointsAccount).where(PointsAccount.tenant_id == tenant_id(), PointsAccount.id == account_id)
                          .values(balance=points))
        audit("points.balance_mended", "points_account", account_id)
    context.progress(1, 1)
    return {"mended": len(wrong)}
