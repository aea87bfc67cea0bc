"""Closing a unit, which needs to know of its members: nobody is left behind in a unit that is gone."""
from __future__ import annotations

import uuid

from sqlalchemy import func, select

from core.errors import Conflict
from core.i18n import _
from core.members.models import Member
from core.organizations import units
from core.tenancy import session
from core.tenancy.scope import tenant_id


def member_count(unit_id: uuid.UUID) -> int:
    """How many active members the unit has."""
    return session().execute(select(func.count()).select_from(Member).where(
        Member.tenant_id == tenant_id(), Member.unit_id == unit_id, Member.status == "active")).scalar_one()


def close_unit(unit_id: uuid.UUID, version: int) -> None:
    """Close a unit. Raises Conflict while it has members, and as `units.set_open` does."""
    if count := member_count(unit_id):
        raise Conflict(_("这个单位还有 %(count)s 名在职党员，请先把他们转到其他单位，再停用。", count=count))
    units.set_open(unit_id, version, active=False)
