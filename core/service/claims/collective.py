"""A unit's claim with several of its members 集体认领 (R23): the unit holds the place, members serve under it."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select

from core.errors import Conflict, Invalid, NotFound
from core.i18n import _
from core.members.models import Member
from core.organizations.models import Organization
from core.service.claims.claiming import Claimed, add, check_due, locked, open_and_locked
from core.service.claims.models import LIVE, Claim, Matter
from core.tenancy import session
from core.tenancy.scope import tenant_id


def claim_for_unit(matter_id: uuid.UUID, unit_id: uuid.UUID, member_ids: Sequence[uuid.UUID], *, by: uuid.UUID | None,
                   due_on: dt.date | None = None) -> Claimed:
    """Take a place for a unit and let its members serve under it; the caller has authorized it for the unit.

    A unit that has one already keeps it, and those named who are not in it yet join. While it waits, so do its members.
    Raises Conflict when the matter is not for units or all places are taken, Invalid for somebody who is not of the unit or its sub-units.
    """
    matter = open_and_locked(matter_id)
    if not matter.collective:
        raise Conflict(_("这件事由个人认领，不能集体认领。"))
    found = session().scalars(select(Claim).where(Claim.tenant_id == tenant_id(), Claim.matter_id == matter_id, Claim.unit_id == unit_id,
                                                  Claim.member_id.is_(None), Claim.state.in_(LIVE))).one_or_none()
    if found is None:
        check_due(matter, due_on)
        made = add(matter, member_id=None, unit_id=unit_id, due_on=due_on, by=by)
        found = session().get_one(Claim, (tenant_id(), made.id))
    _add_members(matter, found, unit_id, member_ids, by)
    return Claimed(found.id, found.state == "held")


def join(claim_id: uuid.UUID, member_ids: Sequence[uuid.UUID], *, by: uuid.UUID | None) -> None:
    """Let further members of the unit serve under its claim. Raises Conflict, Invalid, NotFound."""
    row, matter = locked(claim_id)
    if row.member_id is not None or row.unit_id is None:
        raise Conflict(_("这不是集体认领。"))
    _add_members(matter, row, row.unit_id, member_ids, by)


def _add_members(matter: Matter, parent: Claim, unit_id: uuid.UUID, member_ids: Sequence[uuid.UUID], by: uuid.UUID | None) -> None:
    wanted = sorted(set(member_ids) - _serving(matter.id))
    units = dict(session().execute(
        select(Member.id, Member.unit_id).join(Organization, (Organization.tenant_id == Member.tenant_id) & (Organization.id == Member.unit_id))
        .where(Member.tenant_id == tenant_id(), Member.id.in_(wanted), Member.status == "active",
               Organization.path.bool_op("^@")(_path(unit_id)))).all())
    if len(units) < len(wanted):
        raise Invalid(_("只能选择本单位在册的党员。"), {"members": [_("请重新选择")]})
    for member_id in wanted:
        add(matter, member_id=member_id, unit_id=units[member_id], due_on=parent.due_on, by=by, parent=parent)


def _serving(matter_id: uuid.UUID) -> set[uuid.UUID]:
    found = session().scalars(select(Claim.member_id).where(Claim.tenant_id == tenant_id(), Claim.matter_id == matter_id,
                                                            Claim.state.in_(LIVE), Claim.member_id.is_not(None)))
    return {member_id for member_id in found if member_id is not None}


def _path(unit_id: uuid.UUID) -> str:
    path = session().scalar(select(Organization.path).where(Organization.tenant_id == tenant_id(), Organization.id == unit_id,
                                                            Organization.kind == "unit"))
    if path is None:
        raise NotFound
    return path
