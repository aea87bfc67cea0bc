"""Assigns a liaison community to a leading cadre by the criterion (R91), puts right what was written, and ends it."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from core.api import Conflict, Invalid, NotFound, _, audit, new_id, now, organization, session, settings, tenant_id, today
from plugins.liaison import cadres
from plugins.liaison.figures import figures
from plugins.liaison.models import LiaisonPoint

EARLIEST, AHEAD = dt.date(2000, 1, 1), dt.timedelta(days=366)


@dataclass(frozen=True, slots=True)
class PointInput:
    """Who looks after which community, from when until when (None: until it is ended), and why that one."""

    cadre_id: uuid.UUID
    community_id: uuid.UUID
    since: dt.date
    reasons: Sequence[str]
    until: dt.date | None = None
    note: str | None = None


def assign(given: PointInput, *, by: uuid.UUID | None) -> uuid.UUID:
    """Make it the cadre's liaison community, with the figures of today; the same pair for the same days sent twice is one.

    Raises Conflict for a cadre out of office or days that overlap, Invalid without a reason of the tenant's list, NotFound.
    """
    if organization(given.community_id).kind != "community":
        raise NotFound
    cadre = cadres.locked(given.cadre_id)
    reasons = _reasons(given.reasons)
    if not EARLIEST <= given.since <= today() + AHEAD:
        raise Invalid(_("开始日期不对，请核对年份。"), {"since": [_("请重新选择")]})
    _ordered(given.since, given.until)
    for row in session().scalars(select(LiaisonPoint).where(
            LiaisonPoint.tenant_id == tenant_id(), LiaisonPoint.cadre_id == given.cadre_id, LiaisonPoint.community_id == given.community_id,
            or_(LiaisonPoint.until.is_(None), LiaisonPoint.until >= given.since))):
        if (row.since, row.until) == (given.since, given.until):
            return row.id
        if given.until is None or row.since <= given.until:
            raise Conflict(_("这个社区在这段时间已经是其联系点，不用再登记。"))
    if not cadre.active:
        raise Conflict(_("这名领导干部已不再担任职务，请先改为“在任”。"))
    made = LiaisonPoint(id=new_id(), cadre_id=given.cadre_id, community_id=given.community_id, since=given.since, until=given.until,
                        reasons=reasons, note=given.note, figures=figures(given.community_id), counted_from=given.since, made_by=by,
                        created_at=now())
    session().add(made)
    session().flush()
    audit("liaison.assigned", "liaison_point", made.id, {"reasons": len(reasons)})
    return made.id


def correct(point_id: uuid.UUID, version: int, reasons: Sequence[str], note: str | None) -> None:
    """Put the reasons right; what is no longer in the tenant's list may stay. Raises Conflict, Invalid, NotFound."""
    row = locked(point_id, version)
    row.reasons, row.note = _reasons(reasons, row.reasons), note
    _changed(row)
    audit("liaison.corrected", "liaison_point", row.id)


def end(point_id: uuid.UUID, version: int, until: dt.date, reason: str) -> None:
    """End it on a day, which may lie ahead; open issues stay and are coordinated to their end. Raises Conflict, Invalid, NotFound."""
    row = locked(point_id, version)
    if row.until is not None and row.until < today():
        raise Conflict(_("这个联系点已经结束，请刷新页面。"))
    _ordered(row.since, until)
    row.until, row.end_reason = until, reason
    _changed(row)
    audit("liaison.ended", "liaison_point", row.id)


def locked(point_id: uuid.UUID, version: int | None = None) -> LiaisonPoint:
    """A point under a row lock. Raises NotFound; Conflict when it changed since `version`."""
    row = session().scalars(select(LiaisonPoint).where(LiaisonPoint.tenant_id == tenant_id(), LiaisonPoint.id == point_id)
                            .with_for_update().execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    return row


def _reasons(given: Sequence[str], known: Sequence[str] = ()) -> list[str]:
    allowed = {*settings("liaison")["criteria"], *known}
    found = [one for one in dict.fromkeys(given) if one in allowed]
    if not found:
        raise Invalid(_("请至少选择一条理由：为什么选这个社区。"), {"reasons": [_("请选择")]})
    return found


def _ordered(since: dt.date, until: dt.date | None) -> None:
    if until is not None and until < since:
        raise Invalid(_("结束日期不能早于开始日期。"), {"until": [_("请重新选择")]})


def _changed(row: LiaisonPoint) -> None:
    row.version += 1
    session().flush()
