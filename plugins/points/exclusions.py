"""Who is left out for a time, by a deed or by an officer, with a reason; what was done in that time brings nothing while it stands."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Row, func, or_, select

from core.api import Conflict, Invalid, NotFound, _, audit, new_id, now, session, tenant_id
from plugins.points import holding, ledger, writing
from plugins.points.models import PointsEntry, PointsExclusion
from plugins.points.shared import OF_FACTS


@dataclass(frozen=True, slots=True)
class ExclusionInput:
    """What an officer writes down: the pack's case, from which day, to which (None: until lifted), and why in words."""

    reason_key: str
    since: dt.date
    until: dt.date | None
    note: str


def exclude(member_id: uuid.UUID, given: ExclusionInput, *, by: uuid.UUID | None) -> uuid.UUID:
    """Leave a member out from a day on; what was done in that time is reckoned anew. The caller has authorized it. Raises Invalid."""
    cases = {case["key"]: case for case in holding.for_tenant(given.since).document["exclusions"]}
    wrong: dict[str, list[str]] = {}
    if given.reason_key not in cases:
        wrong["reason_key"] = [_("请从列表中选择")]
    if given.until is not None and given.until < given.since:
        wrong["until"] = [_("不能早于开始日期")]
    if not 2 <= len(given.note.strip()) <= 300:
        wrong["note"] = [_("请用 2 至 300 个字写明依据")]
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)
    return _leave_out(member_id, cases[given.reason_key], (given.since, given.until), note=given.note.strip(), entered_by=by)


def caused(member_id: uuid.UUID, case: Mapping[str, Any], days: tuple[dt.date, dt.date | None], deed_id: uuid.UUID) -> None:
    """Leave a member out by a deed, as the pack has it that holds for the deed; told twice, once."""
    if session().scalar(select(PointsExclusion.id).where(PointsExclusion.tenant_id == tenant_id(), PointsExclusion.deed_id == deed_id)) is None:
        _leave_out(member_id, case, days, note="", deed_id=deed_id)


def _leave_out(member_id: uuid.UUID, case: Mapping[str, Any], days: tuple[dt.date, dt.date | None], **more: Any) -> uuid.UUID:
    row = PointsExclusion(id=new_id(), member_id=member_id, since=days[0], until=days[1], effect=case["effect"], reason_key=case["key"],
                          reason=case["title"], created_at=now(), **more)
    ledger.hold([member_id])
    session().add(row)
    session().flush()
    audit("points.excluded", "points_exclusion", row.id, {"case": case["key"]})
    _settle(member_id, row.since, row.until, "不列入积分")
    return row.id


def lift(exclusion_id: uuid.UUID, version: int, until: dt.date, *, by: uuid.UUID | None) -> None:
    """Let an exclusion end with a day. Raises NotFound, Conflict, Invalid for a day before it began."""
    row = session().scalar(select(PointsExclusion).where(PointsExclusion.tenant_id == tenant_id(), PointsExclusion.id == exclusion_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.version != version:
        raise Conflict(_("刚被别人改过。请刷新页面，核对后再提交。"))
    if until < row.since - dt.timedelta(days=1):
        raise Invalid(_("解除日期早于开始日期。"), {"until": [_("不能早于开始日期")]})
    ledger.hold([row.member_id])
    row.until, row.lifted_by, row.version = until, by, row.version + 1
    session().flush()
    audit("points.readmitted", "points_exclusion", row.id)
    _settle(row.member_id, row.since, None, "恢复积分")


def undo(deed_id: uuid.UUID) -> None:
    """Take back the exclusion that a withdrawn deed had caused."""
    row = session().scalar(select(PointsExclusion).where(PointsExclusion.tenant_id == tenant_id(), PointsExclusion.deed_id == deed_id))
    if row is not None:
        lift(row.id, row.version, row.since - dt.timedelta(days=1), by=None)


def of_member(member_id: uuid.UUID) -> Sequence[Row]:
    """A member's exclusions, the latest first."""
    of = PointsExclusion
    return session().execute(select(of.id, of.since, of.until, of.effect, of.reason, of.note, of.version).where(
        of.tenant_id == tenant_id(), of.member_id == member_id).order_by(of.since.desc(), of.id.desc())).all()


def in_force(member_id: uuid.UUID, day: dt.date, *effects: str) -> str | None:
    """Why a member is left out on a day, in words; None when not."""
    of = PointsExclusion
    return session().scalar(select(of.reason).where(
        of.tenant_id == tenant_id(), of.member_id == member_id, of.effect.in_(effects), of.since <= day,
        or_(of.until.is_(None), of.until >= day)).limit(1))


def _settle(member_id: uuid.UUID, since: dt.date, until: dt.date | None, words: str) -> None:
    """Reckon anew the periods and schemes of which the member has entries in that time."""
    of = PointsEntry
    window = [of.happened_on >= since, *([of.happened_on <= until] if until else [])]
    found = session().execute(select(of.pack_id, of.period, func.max(of.happened_on).label("day")).where(
        of.tenant_id == tenant_id(), of.member_id == member_id, of.contra == OF_FACTS, *window).group_by(of.pack_id, of.period)).all()
    for row in found:
        held = holding.plain() if row.pack_id is None else holding.of_pack(row.pack_id, row.day)
        ledger.run("settling", held, partial(writing.settling, held), [member_id], member_id=member_id, period=row.period, day=row.day, words=words)
