"""Gives stars: once for a case, with a running number and the facts on which it stands; ends them, never rewriting one."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from dateutil.relativedelta import relativedelta
from sqlalchemy import ARRAY, Subquery, Uuid, cast, func, select, update
from sqlalchemy.dialects.postgresql import array, insert

from core.api import (
    Conflict,
    Invalid,
    JobContext,
    NotFound,
    _,
    audit,
    deed_facts,
    new_id,
    now,
    pack_version,
    record_facts,
    session,
    tenant_id,
    today,
)
from plugins.stars.documents import Document
from plugins.stars.evaluating import still_due
from plugins.stars.models import Star, StarCase, StarEvent, StarNotice, StarObjection, StarSeries
from plugins.stars.sources import counts_for

READY = ("approved", "published")


def grant(case_ids: Sequence[uuid.UUID], *, by: uuid.UUID | None) -> list[uuid.UUID]:
    """Give the stars of these cases; answers the new stars' ids.

    Passed over are cases that are not ready, that have a star already, and whose records no longer suffice: an officer looks at those.
    """
    rows = session().scalars(select(StarCase).where(StarCase.tenant_id == tenant_id(), StarCase.id.in_(case_ids), StarCase.state.in_(READY))
                             .order_by(StarCase.id).with_for_update().execution_options(populate_existing=True)).all()
    if not (rows := _standing_still(rows)):
        return []
    _supersede(rows)
    numbers = iter(draw(len(rows)))
    made = [_star(row, next(numbers), by) for row in rows]
    session().add_all(made)
    for row, star in zip(rows, made, strict=True):
        row.state, row.step_level, row.changed_at = "granted", None, now()
        row.version += 1
        session().add(StarEvent(case_id=row.id, kind="granted", by=by, at=now()))
        audit("stars.granted", "stars_star", star.id, {"case": row.id, "level": row.level, "number": star.number})
    session().flush()
    for pack_id in {row.pack_id for row in rows}:
        _keep_basis([star for star in made if star.pack_id == pack_id], pack_version(pack_id).document)
    return [star.id for star in made]


def grant_due(notice_id: uuid.UUID | None = None, *, by: uuid.UUID | None) -> int:
    """Give the stars whose notice is over and against which no objection is open; answers how many."""
    disputed = select(StarObjection.case_id).where(StarObjection.tenant_id == tenant_id(), StarObjection.state == "open",
                                                   StarObjection.kind == "objection")
    query = (select(StarCase.id).join(StarNotice, (StarNotice.tenant_id == StarCase.tenant_id) & (StarNotice.id == StarCase.notice_id))
             .where(StarCase.tenant_id == tenant_id(), StarCase.state == "published", StarNotice.until < today(),
                    StarCase.id.not_in(disputed)))
    if notice_id is not None:
        query = query.where(StarNotice.id == notice_id)
    return len(grant(session().scalars(query).all(), by=by))


def nightly(_context: JobContext) -> dict[str, Any]:
    """The job that grants what is due."""
    return {"count": grant_due(by=None)}


def revoke(star_id: uuid.UUID, reason: str, *, by: uuid.UUID | None) -> None:
    """An officer takes a star away, with a reason. Raises NotFound, Conflict, Invalid."""
    star = locked(star_id)
    if star.state != "held":
        raise Conflict(_("这个星级已经不再持有。"))
    if len(reason.strip()) < 4:
        raise Invalid(_("请写明撤销的理由，至少四个字。"), {"reason": [_("请填写理由")]})
    end(star, "revoked", reason.strip()[:300], by=by)


def locked(star_id: uuid.UUID) -> Star:
    """The star under a row lock. Raises NotFound."""
    row = session().scalar(select(Star).where(Star.tenant_id == tenant_id(), Star.id == star_id).with_for_update()
                           .execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row


def end(star: Star, state: str, reason: str | None, *, by: uuid.UUID | None) -> None:
    """Let a star end; the row stays as it was."""
    star.state, star.ended_on, star.ended_reason = state, today(), reason
    session().flush()
    audit(f"stars.{state}", "stars_star", star.id, {"level": star.level, "by": by})


def valid_until(document: Document, on: dt.date) -> dt.date | None:
    """The last day of a star given on a day."""
    months = document["review"]["valid_months"]
    return on + relativedelta(months=months) - dt.timedelta(days=1) if months else None


def draw(count: int) -> list[str]:
    """The next running numbers of this year, one after another; the lock is held until the transaction ends."""
    year = today().year
    row = insert(StarSeries).values(tenant_id=tenant_id(), id=new_id(), year=year, last_serial=count)
    last = session().execute(row.on_conflict_do_update(index_elements=["tenant_id", "year"], set_={
        "last_serial": StarSeries.last_serial + count}).returning(StarSeries.last_serial)).scalar_one()
    return [f"XJ-{year}-{serial:06d}" for serial in range(last - count + 1, last + 1)]


def _standing_still(rows: Sequence[StarCase]) -> list[StarCase]:
    """The cases of which the facts still hold, each version and cut-off day judged by one statement."""
    groups: dict[tuple[uuid.UUID, dt.date], list[StarCase]] = {}
    for row in rows:
        groups.setdefault((row.pack_id, row.cut_off), []).append(row)
    kept = []
    for (pack_id, cut_off), group in groups.items():
        due = still_due(pack_version(pack_id), cut_off, [row.member_id for row in group])
        kept += [row for row in group if due.get(row.member_id, 0) >= row.level]
    return kept


def _star(row: StarCase, number: str, by: uuid.UUID | None) -> Star:
    return Star(id=new_id(), member_id=row.member_id, scheme=row.scheme, pack_id=row.pack_id, case_id=row.id, level=row.level, number=number,
                cut_off=row.cut_off, granted_on=today(), granted_by=by, valid_until=valid_until(pack_version(row.pack_id).document, today()),
                explanation=row.explanation)


def _supersede(rows: Sequence[StarCase]) -> None:
    """The star that is held gives way to the higher one."""
    for row in rows:
        session().execute(update(Star).where(Star.tenant_id == tenant_id(), Star.scheme == row.scheme, Star.member_id == row.member_id,
                                             Star.state == "held", Star.level < row.level)
                          .values(state="superseded", ended_on=today()))


def _keep_basis(stars: Sequence[Star], document: Document) -> None:
    """Note the records and deeds on which the stars stand, in one statement."""
    records, deeds = record_facts(), deed_facts()
    session().execute(update(Star).where(Star.tenant_id == tenant_id(), Star.id.in_([star.id for star in stars])).values(
        records=_ids(records, records.c.record_id, counts_for(document, records)), deeds=_ids(deeds, deeds.c.deed_id))
        .execution_options(synchronize_session=False))


def _ids(facts: Subquery, column: Any, *conditions: Any) -> Any:
    found = (select(func.array_agg(column)).where(facts.c.member_id == Star.member_id, facts.c.happened_on <= Star.cut_off, *conditions)
             .correlate(Star).scalar_subquery())
    return func.coalesce(found, cast(array([], type_=Uuid), ARRAY(Uuid)))
