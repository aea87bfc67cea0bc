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
    """Enter what a record earns. Told twice, it is entered once; told after its withdrawal, not at all."""
    held = _locked_account(record.member_id)
    if _entry_of(record, "reversed") is not None:
        return
    due = award(record, settings("points", record.community_id))
    _enter(held, record, "earned", due.points, due.rule)


def reverse(record: RecordFact) -> None:
    """Take back what a withdrawn record had earned, by a reversing entry.

    One of 0 points is entered for a record that had earned nothing yet: should the news that it counts come late, it is void.
    """
    held = _locked_account(record.member_id)
    earned = _entry_of(record, "earned")
    _enter(held, record, "reversed", -earned.points if earned else 0, earned.rule if earned else "服务撤回")


def _locked_account(member_id: uuid.UUID) -> Row[Any]:
    """The member's account, made when need be; its row stays locked, so that the entries of a member are made one after another."""
    session().execute(insert(PointsAccount).values(tenant_id=tenant_id(), id=new_id(), member_id=member_id, balance=0)
                      .on_conflict_do_nothing(index_elements=["tenant_id", "member_id"]))
    return session().execute(select(PointsAccount.id, PointsAccount.balance).where(
        PointsAccount.tenant_id == tenant_id(), PointsAccount.member_id == member_id).with_for_update()).one()


def _entry_of(record: RecordFact, kind: str) -> Row[Any] | None:
    return session().execute(select(PointsEntry.points, PointsEntry.rule).where(
        PointsEntry.tenant_id == tenant_id(), PointsEntry.record_id == record.record_id, PointsEntry.kind == kind)).first()


def _enter(account: Row[Any], record: RecordFact, kind: str, points: int, rule: str) -> None:
    written = session().execute(insert(PointsEntry).values(
        tenant_id=tenant_id(), id=new_id(), member_id=record.member_id, record_id=record.record_id, kind=kind, points=points,
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


def entries(member_id: uuid.UUID, *, limit: int = 50, before: uuid.UUID | None = None) -> Sequence[Row[Any]]:
    """A member's entries as columns, newest first; ids are ordered by time, so they page too."""
    query = select(PointsEntry.id, PointsEntry.kind, PointsEntry.points, PointsEntry.minutes, PointsEntry.happened_on,
                   PointsEntry.rule, PointsEntry.at).where(PointsEntry.tenant_id == tenant_id(), PointsEntry.member_id == member_id)
    if before is not None:
        query = query.where(PointsEntry.id < before)
    return session().execute(query.order_by(PointsEntry.id.desc()).limit(limit)).all()


def erase(member_id: uuid.UUID) -> int:
    """Remove all that is kept of a member; answers the number of rows."""
    return sum(len(session().execute(delete(table).where(table.tenant_id == tenant_id(), table.member_id == member_id)
                                     .returning(table.id)).all()) for table in (PointsEntry, PointsAccount))


def check_balances(context: JobContext) -> dict[str, Any]:
    """The nightly comparison of balances with the sum of their entries; a difference is mended and told."""
    suspects = session().execute(
        select(PointsAccount.member_id)
        .outerjoin(PointsEntry, (PointsEntry.tenant_id == PointsAccount.tenant_id) & (PointsEntry.member_id == PointsAccount.member_id))
        .where(PointsAccount.tenant_id == tenant_id()).group_by(PointsAccount.member_id, PointsAccount.balance)
        .having(PointsAccount.balance != func.coalesce(func.sum(PointsEntry.points), 0)).order_by(PointsAccount.member_id)).scalars().all()
    mended = 0
    for member_id in suspects:
        context.progress(mended, len(suspects))
        mended += _mend(member_id)
    return {"mended": mended}


def _mend(member_id: uuid.UUID) -> bool:
    held = _locked_account(member_id)  # summed once more under the lock: an entry may have come meanwhile
    due = session().scalar(select(func.coalesce(func.sum(PointsEntry.points), 0)).where(
        PointsEntry.tenant_id == tenant_id(), PointsEntry.member_id == member_id))
    if due == held.balance:
        return False
    session().execute(update(PointsAccount).where(PointsAccount.tenant_id == tenant_id(), PointsAccount.id == held.id).values(balance=due))
    audit("points.balance_mended", "points_account", held.id, {"before": held.balance, "after": due})
    return True
