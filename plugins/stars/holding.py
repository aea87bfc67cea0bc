"""Who holds which star: one member's stars, the highest level as a measure, and the erasure of all that is kept of a member."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, delete, func, select

from core.api import session, tenant_id
from plugins.stars.models import Star, StarCase

COLUMNS = (Star.id, Star.scheme, Star.pack_id, Star.level, Star.number, Star.state, Star.granted_on, Star.cut_off, Star.valid_until,
           Star.ended_on, Star.ended_reason)


def level(member_id: uuid.UUID) -> int:
    """The highest level that a member holds in any scheme; 0 for none."""
    return session().scalar(select(func.max(Star.level)).where(
        Star.tenant_id == tenant_id(), Star.member_id == member_id, Star.state == "held")) or 0


def levels() -> Select[Any]:
    """The same for everybody who holds one: member_id, value."""
    return (select(Star.member_id, func.max(Star.level).label("value")).where(Star.tenant_id == tenant_id(), Star.state == "held")
            .group_by(Star.member_id))


def stars_of(member_id: uuid.UUID) -> Sequence[Row[Any]]:
    """All stars that a member was ever given, the newest first."""
    return session().execute(select(*COLUMNS).where(Star.tenant_id == tenant_id(), Star.member_id == member_id)
                             .order_by(Star.granted_on.desc(), Star.id.desc())).all()


def erase(member_id: uuid.UUID) -> int:
    """Remove all that is kept of a member; answers the number of cases and stars. What hangs on them goes with them."""
    return sum(len(session().execute(delete(table).where(table.tenant_id == tenant_id(), table.member_id == member_id)
                                     .returning(table.id)).all()) for table in (Star, StarCase))
