"""Who holds which star: one member's stars, the highest level as a measure, and the erasure of all that is kept of a member."""
from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import Row, Select, delete, func, select, update

from core.api import session, tenant_id
from plugins.stars.models import Star, StarCase, StarDoubt, StarReview

COLUMNS = (Star.id, Star.scheme, Star.pack_id, Star.level, Star.number, Star.state, Star.granted_on, Star.cut_off, Star.valid_until,
           Star.ended_on, Star.ended_reason)


def level(member_id: uuid.UUID) -> int:
    """The highest level that a member holds in any scheme; 0 for none."""
    return session().scalar(select(func.max(Star.level)).where(
        Star.tenant_id == tenant_id(), Star.member_id == member_id, Star.state == "held")) or 0


def levels() -> Select:
    """The same for everybody who holds one: member_id, value."""
    return (select(Star.member_id, func.max(Star.level).label("value")).where(Star.tenant_id == tenant_id(), Star.state == "held")
            .group_by(Star.member_id))


def stars_of(member_id: uuid.UUID) -> Sequence[Row]:
    """All stars that a member was ever given, the newest first."""
    return session().execute(select(*COLUMNS).where(Star.tenant_id == tenant_id(), Star.member_id == member_id)
                             .order_by(Star.granted_on.desc(), Star.id.desc())).all()


def erase(member_id: uuid.UUID) -> int:
    """Remove the cases with what hangs on them; stars stay, as they are counted, without the words beside them. Answers the number of rows."""
    mine = select(Star.id).where(Star.tenant_id == tenant_id(), Star.member_id == member_id)
    for table, words in ((StarReview, {"reason": None}), (StarDoubt, {"answer": None})):
        session().execute(update(table).where(table.tenant_id == tenant_id(), table.star_id.in_(mine)).values(**words))
    stars = session().execute(update(Star).where(Star.tenant_id == tenant_id(), Star.member_id == member_id)
                              .values(ended_reason=None).returning(Star.id)).all()
    cases = session().execute(delete(StarCase).where(StarCase.tenant_id == tenant_id(), StarCase.member_id == member_id)
                              .returning(StarCase.id)).all()
    return len(stars) + len(cases)
