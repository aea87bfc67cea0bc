"""Cards, badges and titles for enough points: given by an officer once in a period, at the cost of the points where the pack says so."""
from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import Row, select

from core.api import Conflict, NotFound, _, audit, new_id, session, tenant_id, today
from plugins.points import exclusions, holding, ledger, spending
from plugins.points.calendar import period_of
from plugins.points.fields import hundredths, shown
from plugins.points.models import PointsCard


def give(member_id: uuid.UUID, card_key: str, *, by: uuid.UUID | None) -> uuid.UUID:
    """Give a card; the caller has authorized it. Raises NotFound, Conflict with what stands in the way."""
    held = holding.for_tenant(today())
    card = next((c for c in held.document["cards"] if c["key"] == card_key), None)
    if card is None:
        raise NotFound
    balance, period = ledger.hold([member_id])[member_id], period_of(today(), held.document["period"])
    threshold = hundredths(card["threshold"])
    has = balance if card["deduct"] else ledger.in_period(member_id, period)
    if reason := exclusions.in_force(member_id, today(), "both", "spending"):
        raise Conflict(_("目前不能发放：%(reason)s。", reason=reason))
    if has < threshold:
        raise Conflict(_("积分不够：现有 %(have)s 分，需要 %(need)s 分。", have=shown(has), need=shown(threshold)))
    if any(row.card_key == card_key and row.period == period for row in of_member(member_id)):
        raise Conflict(_("本期已经发过“%(card)s”。", card=card["title"]))
    row = PointsCard(id=new_id(), member_id=member_id, card_key=card_key, title=card["title"], period=period,
                     cost=threshold if card["deduct"] else 0, given_on=today(), given_by=by)
    session().add(row)
    session().flush()
    if row.cost:
        spending.spend(member_id, balance, row.cost, kind="card", contra="cards", source="card", source_id=row.id, words=f"发放{card['title']}")
    audit("points.card_given", "points_card", row.id, {"card": card_key, "points": row.cost})
    return row.id


def of_member(member_id: uuid.UUID) -> Sequence[Row]:
    """A member's cards, the latest first."""
    of = PointsCard
    return session().execute(select(of.id, of.card_key, of.title, of.period, of.cost, of.given_on).where(
        of.tenant_id == tenant_id(), of.member_id == member_id).order_by(of.id.desc())).all()
