"""How many pledges a member has made in public and how many of them were kept, as numbers for other plugins."""
from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Select, func, select

from core.api import session, tenant_id
from plugins.pledges.models import Pledge

_KEPT = ("kept", "kept_late")


def _values(*which: Any) -> Select[Any]:
    return (select(Pledge.member_id, func.count().label("value"))
            .where(Pledge.tenant_id == tenant_id(), Pledge.member_id.is_not(None), Pledge.published_on.is_not(None), *which).group_by(Pledge.member_id))


def all_made() -> Select[Any]:
    """Public pledges by member, those that ended included."""
    return _values()


def all_kept() -> Select[Any]:
    """Those of them that were kept, late ones included."""
    return _values(Pledge.state.in_(_KEPT))


def made(member_id: uuid.UUID) -> int:
    """One member's."""
    return _one(all_made(), member_id)


def kept(member_id: uuid.UUID) -> int:
    """One member's that were kept."""
    return _one(all_kept(), member_id)


def _one(query: Select[Any], member_id: uuid.UUID) -> int:
    row = session().execute(query.where(Pledge.member_id == member_id)).one_or_none()
    return 0 if row is None else int(row.value)
