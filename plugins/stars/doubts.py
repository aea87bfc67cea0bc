"""Facts on which a star stood and which were withdrawn since: shown to an officer; nothing is taken away by the machine."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import any_, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from core.api import Conflict, DeedFact, Invalid, NotFound, RecordFact, _, audit, session, tenant_id, today
from plugins.stars.models import Star, StarDoubt


def record_gone(record: RecordFact) -> None:
    """A record counts no longer: the stars that stood on it are noted, once each."""
    _note(record.member_id, "record", record.record_id, record.happened_on, record.minutes)


def deed_gone(deed: DeedFact) -> None:
    """A deed counts no longer."""
    if deed.member_id is not None:
        _note(deed.member_id, "deed", deed.deed_id, deed.happened_on, None)


def _note(member_id: uuid.UUID, kind: str, fact_id: uuid.UUID, happened_on: dt.date, minutes: int | None) -> None:
    basis = Star.records if kind == "record" else Star.deeds
    stood = select(literal(tenant_id()), func.gen_random_uuid(), Star.id, literal(kind), literal(fact_id), literal(happened_on),
                   literal(minutes, StarDoubt.minutes.type), literal(today())).where(
        Star.tenant_id == tenant_id(), Star.member_id == member_id, Star.state == "held", literal(fact_id) == any_(basis))
    noted = session().execute(insert(StarDoubt).from_select(
        ["tenant_id", "id", "star_id", "kind", "fact_id", "happened_on", "minutes", "noticed_on"], stood)
        .on_conflict_do_nothing(index_elements=["tenant_id", "star_id", "fact_id"]).returning(StarDoubt.star_id)).scalars().all()
    for star_id in noted:
        audit("stars.doubted", "stars_star", star_id, {"kind": kind, "fact": fact_id})


def settle(doubt_id: uuid.UUID, answer: str, *, by: uuid.UUID | None) -> None:
    """An officer has looked at it and says what came of it. Raises NotFound, Conflict, Invalid."""
    row = session().scalar(select(StarDoubt).where(StarDoubt.tenant_id == tenant_id(), StarDoubt.id == doubt_id).with_for_update()
                           .execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.settled_on is not None:
        raise Conflict(_("这一条已经核对过。"))
    if len(answer.strip()) < 2:
        raise Invalid(_("请写明核对结果，至少两个字。"), {"answer": [_("请填写")]})
    row.settled_on, row.settled_by, row.answer = today(), by, answer.strip()[:300]
    session().flush()
    audit("stars.doubt_settled", "stars_star", row.star_id, {"fact": row.fact_id})
