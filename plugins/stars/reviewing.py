"""The yearly review: proposes what is to become of each star; nothing changes until an officer confirms it."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert

from core.api import (
    Conflict,
    Invalid,
    JobContext,
    NotFound,
    PackVersion,
    _,
    audit,
    new_id,
    pack_version,
    packs_in_force,
    session,
    tenant_id,
    today,
)
from plugins.stars import documents, granting
from plugins.stars.evaluating import KIND, standings
from plugins.stars.models import Star, StarReview

DECISIONS = ("keep", "lower", "lapse")


def propose(pack: PackVersion, due_on: dt.date) -> int:
    """Look at every star of a scheme that is due on a day, by one statement; answers how many new proposals there are.

    Due at the yearly day: a star given before that year began; at any day: one whose validity has ended.
    """
    review = pack.document["review"]
    standing = standings(pack, due_on)
    yearly = and_(literal(review["after"] != "stay"), Star.granted_on < dt.date(due_on.year, 1, 1))
    columns = {"tenant_id": literal(tenant_id()), "id": func.gen_random_uuid(), "star_id": Star.id, "pack_id": literal(pack.id),
               "due_on": literal(due_on), "proposal": _proposal(pack, standing.c.keeps), "explanation": standing.c.explanation}
    query = (select(*columns.values()).select_from(Star).join(standing, standing.c.member_id == Star.member_id)
             .where(Star.tenant_id == tenant_id(), Star.scheme == pack.name, Star.state == "held",
                    or_(yearly, Star.valid_until <= due_on)))
    made = session().execute(insert(StarReview).from_select(list(columns), query).on_conflict_do_nothing(
        index_elements=["tenant_id", "star_id", "due_on"]).returning(StarReview.id)).scalars().all()
    if made:
        audit("stars.review_proposed", "rule_pack", pack.id, {"count": len(made), "due_on": due_on.isoformat()})
    return len(made)


def _proposal(pack: PackVersion, keeps: ColumnElement[bool]) -> ColumnElement[str]:
    lowest = min(level["number"] for level in pack.document["levels"])
    if pack.document["review"]["after"] != "lower":
        return case((keeps, "keep"), else_="lapse")
    return case((keeps, "keep"), (Star.level > lowest, "lower"), else_="lapse")


def nightly(_context: JobContext) -> dict[str, Any]:
    """The job that looks whether a review is due: at the yearly day, and for stars whose validity ended."""
    made = 0
    for pack in packs_in_force(KIND, today()):
        review = pack.document["review"]
        if review["after"] != "stay":
            due_on = max(day for year in (today().year - 1, today().year) if (day := documents.on_day(review["on"], year)) < today())
            if pack.effective_from is not None and due_on >= pack.effective_from:
                made += propose(pack, due_on)
        made += sum(propose(pack, day) for day in _ended_validity(pack))
    return {"count": made}


def _ended_validity(pack: PackVersion) -> Iterator[dt.date]:
    """The days on which stars of the scheme ceased to be valid, of those that no review has looked at."""
    looked = select(StarReview.id).where(StarReview.tenant_id == tenant_id(), StarReview.star_id == Star.id,
                                         StarReview.due_on >= Star.valid_until).exists()
    found = session().scalars(select(Star.valid_until).distinct().where(
        Star.tenant_id == tenant_id(), Star.scheme == pack.name, Star.state == "held", Star.valid_until < today(), ~looked)
        .order_by(Star.valid_until)).all()
    return (day for day in found if day is not None)


def decide(review_id: uuid.UUID, decision: str, reason: str, *, by: uuid.UUID | None) -> None:
    """Confirm a proposal, or decide otherwise with a reason. Raises NotFound, Conflict, Invalid."""
    row = session().scalar(select(StarReview).where(StarReview.tenant_id == tenant_id(), StarReview.id == review_id).with_for_update()
                           .execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.decision is not None:
        raise Conflict(_("这一项已经处理过，请刷新页面查看。"))
    if decision not in DECISIONS:
        raise Invalid(_("请选择保留、降级或终止。"), {"decision": [_("请选择")]})
    if decision != row.proposal and len(reason.strip()) < 2:
        raise Invalid(_("与系统建议不同的，请写明理由。"), {"reason": [_("请填写理由")]})
    star = granting.locked(row.star_id)
    if star.state != "held":
        raise Conflict(_("这个星级已经不再持有，不必复核。"))
    row.decision, row.reason, row.decided_by, row.decided_on = decision, reason.strip()[:300] or None, by, today()
    session().flush()
    _apply(row, star, by)
    audit("stars.reviewed", "stars_star", row.star_id, {"decision": decision, "proposal": row.proposal})


def _apply(row: StarReview, star: Star, by: uuid.UUID | None) -> None:
    pack = pack_version(row.pack_id)
    if row.decision == "keep":
        if star.valid_until is not None:
            star.valid_until = granting.valid_until(pack.document, max(star.valid_until, row.due_on) + dt.timedelta(days=1))
        return
    below = max((level["number"] for level in pack.document["levels"] if level["number"] < star.level), default=0)
    lowered = row.decision == "lower" and below > 0
    granting.end(star, "lowered" if lowered else "lapsed", row.reason, by=by)
    if lowered:
        session().add(Star(id=new_id(), member_id=star.member_id, scheme=star.scheme, pack_id=pack.id, level=below, number=granting.draw(1)[0],
                           cut_off=row.due_on, granted_on=today(), granted_by=by, valid_until=granting.valid_until(pack.document, today()),
                           explanation=row.explanation, records=star.records, deeds=star.deeds))
        session().flush()
