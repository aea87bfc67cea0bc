"""A correcting entry with its reason: one person proposes it, another confirms it; nothing that stands is edited (security rule 12)."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from core.api import Conflict, Forbidden, Invalid, NotFound, _, audit, new_id, now, session, tenant_id, today, visible_members
from plugins.points import holding, ledger
from plugins.points.calendar import period_of
from plugins.points.models import PointsCorrection

MOST = 1_000_000  # hundredths


def propose(member_id: uuid.UUID, points: int, reason: str, *, by: uuid.UUID) -> uuid.UUID:
    """Write down that points (hundredths, either way) are to be entered, and why. The caller has authorized it. Raises Invalid."""
    wrong: dict[str, list[str]] = {}
    if not points or abs(points) > MOST:
        wrong["points"] = [_("请填不为 0 的分数，减分填负数")]
    if not 4 <= len(reason.strip()) <= 300:
        wrong["reason"] = [_("请用 4 至 300 个字写明理由")]
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)
    row = PointsCorrection(id=new_id(), member_id=member_id, points=points, reason=reason.strip(), proposed_by=by, created_at=now())
    session().add(row)
    session().flush()
    audit("points.correction_proposed", "points_correction", row.id, {"points": points})
    return row.id


def decide(correction_id: uuid.UUID, *, confirm: bool, by: uuid.UUID) -> None:
    """Let a second person confirm or refuse it. Raises NotFound, Conflict, Forbidden for whoever proposed it."""
    row = session().scalar(select(PointsCorrection).where(PointsCorrection.tenant_id == tenant_id(), PointsCorrection.id == correction_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.status != "proposed":
        raise Conflict(_("这项更正已经处理过，请刷新页面查看最新状态。"))
    if confirm and row.proposed_by == by:
        raise Forbidden(_("自己提出的更正要由另一人确认。"))
    row.status, row.decided_by, row.decided_at = "confirmed" if confirm else "refused", by, now()
    session().flush()
    if confirm:
        ledger.hold([row.member_id])
        ledger.enter("corrected", "corrected", row.member_id, row.points, period=period_of(today(), holding.for_tenant(today()).document["period"]),
                     happened_on=today(), source="officer", source_id=row.id, rule="人工更正", note=row.reason, by=by)
    audit("points.correction_confirmed" if confirm else "points.correction_refused", "points_correction", row.id, {"points": row.points})


def waiting(paths: Sequence[str]) -> Sequence[Row[Any]]:
    """What waits for a second person, of members below `paths`, the oldest first."""
    people, of = visible_members(paths), PointsCorrection
    return session().execute(select(of.id, of.member_id, of.points, of.reason, of.proposed_by, of.created_at, people.c.name).join(
        people, people.c.id == of.member_id).where(of.tenant_id == tenant_id(), of.status == "proposed").order_by(of.id).limit(200)).all()


def member_of(correction_id: uuid.UUID) -> uuid.UUID:
    """Whose points a correction concerns. Raises NotFound."""
    found = session().scalar(select(PointsCorrection.member_id).where(PointsCorrection.tenant_id == tenant_id(), PointsCorrection.id == correction_id))
    if found is None:
        raise NotFound
    return found
