"""All that the plugin holds of one member, for the export that the law gives every person."""
from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select

from core.api import MemberData, _, session, tenant_id
from plugins.points import ledger
from plugins.points.fields import number
from plugins.points.models import PointsCard, PointsCorrection, PointsExclusion, PointsItem, PointsRequest

MOST = 100_000


def tables(member_id: uuid.UUID) -> Iterable[MemberData]:
    """A table for each kind of thing of which there is something."""
    found = ((_("奉献积分"), _entries(member_id)), (_("积分：不列入的时间"), _exclusions(member_id)), (_("积分兑换"), _requests(member_id)),
             (_("积分卡"), _cards(member_id)), (_("积分更正"), _corrections(member_id)))
    return [MemberData(title, rows) for title, given in found if (rows := tuple(given))]


def _entries(member_id: uuid.UUID) -> Iterator[dict[str, Any]]:
    for row in ledger.entries(member_id, limit=MOST):
        yield {"date": row.happened_on.isoformat(), "kind": row.kind, "points": number(row.points), "minutes": row.minutes, "rule": row.rule,
               "note": row.note}


def _rows(model: Any, member_id: uuid.UUID, *columns: Any) -> Iterable[Any]:
    return session().execute(select(*columns).where(model.tenant_id == tenant_id(), model.member_id == member_id).order_by(model.id)).all()


def _exclusions(member_id: uuid.UUID) -> Iterator[dict[str, Any]]:
    of = PointsExclusion
    for row in _rows(of, member_id, of.since, of.until, of.reason, of.note, of.effect):
        yield {"since": row.since.isoformat(), "until": row.until.isoformat() if row.until else None, "reason": row.reason, "note": row.note,
               "effect": row.effect}


def _requests(member_id: uuid.UUID) -> Iterator[dict[str, Any]]:
    of = PointsRequest
    query = (select(of.asked_at, of.status, of.cost, of.for_other, PointsItem.title)
             .join(PointsItem, (PointsItem.tenant_id == of.tenant_id) & (PointsItem.id == of.item_id))
             .where(of.tenant_id == tenant_id(), of.member_id == member_id).order_by(of.id))
    for row in session().execute(query):
        yield {"at": row.asked_at.isoformat(), "item": row.title, "points": number(row.cost), "status": row.status, "for_other": row.for_other}


def _cards(member_id: uuid.UUID) -> Iterator[dict[str, Any]]:
    of = PointsCard
    for row in _rows(of, member_id, of.title, of.given_on, of.cost):
        yield {"card": row.title, "date": row.given_on.isoformat(), "points": number(row.cost)}


def _corrections(member_id: uuid.UUID) -> Iterator[dict[str, Any]]:
    of = PointsCorrection
    for row in _rows(of, member_id, of.points, of.reason, of.status, of.created_at):
        yield {"at": row.created_at.isoformat(), "points": number(row.points), "reason": row.reason, "status": row.status}
