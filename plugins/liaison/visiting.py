"""Visits to a liaison community (R92): written down by the community, the cadre or an officer, put right, and joined to a service record."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import func, select

from core.api import Conflict, Invalid, NotFound, _, audit, now, record_facts, session, tenant_id, today
from plugins.liaison import pointing
from plugins.liaison.models import LiaisonCadre, LiaisonPoint, LiaisonVisit


@dataclass(frozen=True, slots=True)
class VisitInput:
    """When the cadre came, for what, and what was found."""

    visited_on: dt.date
    kind: str
    findings: str


def enter(visit_id: uuid.UUID, point_id: uuid.UUID, given: VisitInput, *, side: str, by: uuid.UUID | None) -> uuid.UUID:
    """Write a visit down; sent twice under one id it is one. Raises Conflict, Invalid, NotFound."""
    point = pointing.locked(point_id)
    known = session().scalar(select(LiaisonVisit.point_id).where(LiaisonVisit.tenant_id == tenant_id(), LiaisonVisit.id == visit_id))
    if known is not None:
        if known != point_id:
            raise Conflict(_("页面已经过期，请刷新后重新填写。"))
        return visit_id
    _checked(point, given)
    session().add(LiaisonVisit(id=visit_id, point_id=point.id, community_id=point.community_id, visited_on=given.visited_on, kind=given.kind,
                               findings=given.findings, side=side, entered_by=by, created_at=now()))
    session().flush()
    _count(point)
    audit("liaison.visited", "liaison_visit", visit_id, {"kind": given.kind})
    return visit_id


def change(visit_id: uuid.UUID, version: int, given: VisitInput) -> None:
    """Put a visit right. Raises Conflict, Invalid, NotFound."""
    row, point = _both(visit_id, version)
    _checked(point, given)
    row.visited_on, row.kind, row.findings, row.version = given.visited_on, given.kind, given.findings, row.version + 1
    session().flush()
    _count(point)
    audit("liaison.visit_corrected", "liaison_visit", row.id)


def join(visit_id: uuid.UUID, version: int, record_id: uuid.UUID | None) -> None:
    """Join a visit to the cadre's service record of that community, or take that back with None; nothing is typed twice.

    Raises Conflict, NotFound for a record that is not the cadre's, does not count or is of another community.
    """
    row, point = _both(visit_id, version)
    if record_id is not None and record_id not in {one[0] for one in candidates(point.id)}:
        raise NotFound
    row.record_id, row.version = record_id, row.version + 1
    session().flush()
    audit("liaison.visit_joined", "liaison_visit", row.id, {"joined": record_id is not None})


def candidates(point_id: uuid.UUID) -> list[tuple[uuid.UUID, dt.date, str, int]]:
    """The cadre's latest service records that count in the point's community: id, day, kind, minutes."""
    records = record_facts()
    rows = session().execute(
        select(records.c.record_id, records.c.happened_on, records.c.kind, records.c.minutes)
        .join(LiaisonPoint, LiaisonPoint.community_id == records.c.community_id)
        .join(LiaisonCadre, (LiaisonCadre.tenant_id == LiaisonPoint.tenant_id) & (LiaisonCadre.id == LiaisonPoint.cadre_id)
              & (LiaisonCadre.member_id == records.c.member_id))
        .where(LiaisonPoint.tenant_id == tenant_id(), LiaisonPoint.id == point_id)
        .order_by(records.c.happened_on.desc(), records.c.record_id.desc()).limit(20))
    return [tuple(row) for row in rows]


def _both(visit_id: uuid.UUID, version: int) -> tuple[LiaisonVisit, LiaisonPoint]:
    point_id = session().scalar(select(LiaisonVisit.point_id).where(LiaisonVisit.tenant_id == tenant_id(), LiaisonVisit.id == visit_id))
    if point_id is None:
        raise NotFound
    point = pointing.locked(point_id)  # the point first, always: two who write visits of it wait for each other
    row = session().scalars(select(LiaisonVisit).where(LiaisonVisit.tenant_id == tenant_id(), LiaisonVisit.id == visit_id)
                            .with_for_update().execution_options(populate_existing=True)).one()
    if row.version != version:
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    return row, point


def _checked(point: LiaisonPoint, given: VisitInput) -> None:
    if given.visited_on > today():
        raise Invalid(_("日期还没有到，请在去过以后再登记。"), {"visited_on": [_("晚于今天")]})
    if given.visited_on < point.since or (point.until is not None and given.visited_on > point.until):
        raise Invalid(_("这一天不在联系的时间内，请核对日期。"), {"visited_on": [_("请重新选择")]})


def _count(point: LiaisonPoint) -> None:
    latest = session().scalar(select(func.max(LiaisonVisit.visited_on)).where(LiaisonVisit.tenant_id == tenant_id(),
                                                                             LiaisonVisit.point_id == point.id))
    point.visited_on, point.counted_from = latest, latest or point.since
    session().flush()
