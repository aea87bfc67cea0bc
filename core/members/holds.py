"""Legal holds: a member's data is only stored, neither erased on request nor by retention, until somebody lifts it (PIPL 47)."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core import audit
from core.access.actor import GrantFact
from core.db import new_id
from core.errors import Invalid
from core.i18n import _
from core.members.models import Member
from core.members.reach import within_reach
from core.members.rights_models import HOLDS, LegalHold
from core.tenancy import session
from core.tenancy.scope import tenant_id

MOST = 200


class HoldRow(NamedTuple):
    """A member whose data is only stored, since when and why."""

    member_id: uuid.UUID
    member: str
    reason: str
    since: dt.date


def hold(member_id: uuid.UUID, reason: str, since: dt.date, *, by: uuid.UUID | None) -> None:
    """Let the data only be stored; twice is once. Raises Invalid for an unknown reason."""
    if reason not in HOLDS:
        raise Invalid(_("请选择暂停处理的原因。"), {"reason": [_("请选择")]})
    made = session().execute(insert(LegalHold).values(tenant_id=tenant_id(), id=new_id(), member_id=member_id, reason=reason, since=since,
                                                      entered_by=by).on_conflict_do_nothing().returning(LegalHold.id)).all()
    if made:
        audit.record("member.held", "member", member_id, {"reason": reason})


def lift(member_id: uuid.UUID) -> None:
    """Let the data be processed again; nothing happens where there is no hold."""
    if session().execute(delete(LegalHold).where(LegalHold.tenant_id == tenant_id(), LegalHold.member_id == member_id)
                         .returning(LegalHold.id)).all():
        audit.record("member.hold_lifted", "member", member_id)


def is_held(member_id: uuid.UUID) -> bool:
    """Whether a hold stands."""
    return session().scalar(select(LegalHold.id).where(LegalHold.tenant_id == tenant_id(), LegalHold.member_id == member_id)) is not None


def held(grants: tuple[GrantFact, ...]) -> list[HoldRow]:
    """Holds on members within reach, by name."""
    rows = session().execute(
        select(LegalHold.member_id, Member.name, LegalHold.reason, LegalHold.since)
        .join(Member, (Member.tenant_id == LegalHold.tenant_id) & (Member.id == LegalHold.member_id))
        .where(LegalHold.tenant_id == tenant_id(), within_reach(grants)).order_by(Member.sort_key, Member.id).limit(MOST))
    return [HoldRow(*row) for row in rows]
