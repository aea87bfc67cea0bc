"""A correcting entry with its reason: one person proposes it, another confirms it; nothing that stands is edited (security rule 12)."""
from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select

from core.api import (
    Actor,
    ApprovalKind,
    ApprovedAct,
    Conflict,
    Invalid,
    _,
    _l,
    audit,
    authorize,
    load_actor,
    member_profiles,
    member_target,
    needs_approval,
    new_id,
    now,
    request_approval,
    session,
    tenant_id,
    today,
    visible_members,
)
from plugins.points import holding, ledger
from plugins.points.calendar import period_of
from plugins.points.models import PointsCorrection

MOST = 1_000_000  # hundredths
KIND, PERMISSION = "points.correction", "points.correct"


def propose(member_id: uuid.UUID, points: int, reason: str, *, by: Actor) -> PointsCorrection:
    """Write down that points (hundredths, either way) are to be entered, and why; where one person is enough, enter them at once.

    The caller has authorized it. Raises Invalid.
    """
    wrong: dict[str, list[str]] = {}
    if not points or abs(points) > MOST:
        wrong["points"] = [_("请填不为 0 的分数，减分填负数")]
    if not 4 <= len(reason.strip()) <= 300:
        wrong["reason"] = [_("请用 4 至 300 个字写明理由")]
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)
    row = PointsCorrection(id=new_id(), member_id=member_id, points=points, reason=reason.strip(), proposed_by=by.account_id, created_at=now())
    session().add(row)
    session().flush()
    audit("points.correction_proposed", "points_correction", row.id, {"points": points})
    if needs_approval(KIND):
        request_approval(KIND, {"correction": row.id, "member": member_id, "points": points}, reason, by=by, target=member_target(member_id),
                         identity=row.id)
    else:
        _enter(row, by.account_id)
    return row


def _carry_out(act: ApprovedAct) -> dict[str, Any]:
    row, asker = _proposed(act.id), load_actor(act.asked_by)
    if row is None or asker is None or (str(row.member_id), row.points) != (act.content["member"], act.content["points"]):
        raise Conflict(_("这项更正与申请时不一致，请退回后重新提出。"))
    authorize(asker, PERMISSION, member_target(row.member_id))
    assert act.decided_by is not None, "it was confirmed"  # noqa: S101 -- the type says so
    _enter(row, act.decided_by)
    return {"entry": row.id}


def _enter(row: PointsCorrection, by: uuid.UUID) -> None:
    row.status, row.decided_by, row.decided_at = "confirmed", by, now()
    session().flush()
    ledger.hold([row.member_id])
    ledger.enter("corrected", "corrected", row.member_id, row.points, period=period_of(today(), holding.for_tenant(today()).document["period"]),
                 happened_on=today(), source="officer", source_id=row.id, rule="人工更正", by=by)
    audit("points.correction_confirmed", "points_correction", row.id, {"points": row.points})


def _ended(act: ApprovedAct) -> None:
    row = _proposed(act.id)
    if row is None:  # it went with its member
        return
    row.status, row.decided_by, row.decided_at = "refused", act.decided_by, now()
    session().flush()
    audit("points.correction_refused", "points_correction", row.id, {"points": row.points})


def _describe(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    member = uuid.UUID(content["member"])
    people = member_profiles()
    name = session().scalar(select(people.c.name).where(people.c.id == member))
    return [(_("党员"), name or _("已不在册")), (_("更正积分"), f"{content['points'] / 100:+g}"),
            (_("怎样入账"), _("原来的记录不改动，另记一笔"))]


def waiting(paths: Sequence[str]) -> Sequence[Row]:
    """What waits for a second person, of members below `paths`, the oldest first."""
    people, of = visible_members(paths), PointsCorrection
    return session().execute(select(of.id, of.member_id, of.points, of.reason, of.proposed_by, of.created_at, people.c.name).join(
        people, people.c.id == of.member_id).where(of.tenant_id == tenant_id(), of.status == "proposed").order_by(of.id).limit(200)).all()


def _proposed(correction_id: uuid.UUID) -> PointsCorrection | None:
    return session().scalar(select(PointsCorrection).where(
        PointsCorrection.tenant_id == tenant_id(), PointsCorrection.id == correction_id, PointsCorrection.status == "proposed")
        .with_for_update().execution_options(populate_existing=True))


APPROVAL = ApprovalKind(KIND, _l("更正积分"), PERMISSION, PERMISSION, _carry_out, _describe, ended=_ended)
