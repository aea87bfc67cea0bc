"""Rounds: a scheme is computed at a cut-off day for all members by one statement, and whoever has reached a level becomes a case."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from core.api import (
    Conflict,
    Invalid,
    JobContext,
    NotFound,
    PackVersion,
    _,
    audit,
    enqueue,
    new_id,
    now,
    pack_version,
    packs_in_force,
    session,
    tenant_id,
    today,
)
from plugins.stars import documents
from plugins.stars.evaluating import KIND, standings
from plugins.stars.models import LIVE, StarCase, StarEvent, StarRound

JOB = "stars.compute"
ONE_LIVE: dict[str, Any] = {"index_elements": ["tenant_id", "scheme", "member_id"], "index_where": StarCase.state.in_(LIVE)}


def open_round(pack: PackVersion, cut_off: dt.date, *, by: uuid.UUID | None) -> uuid.UUID:
    """Begin a round and let a worker compute it; answers its id. Raises Invalid for a day to come, Conflict when it exists."""
    if cut_off > today():
        raise Invalid(_("截止日还没有到，不能评定。"), {"cut_off": [_("不能晚于今天")]})
    if pack.effective_from is None:
        raise Conflict(_("这套规则还没有发布。"))
    round_id = _insert(pack, cut_off, "computing", by)
    if round_id is None:
        raise Conflict(_("这个截止日的批次已经有了，请打开那一批查看。"))
    job = enqueue(JOB, {"round": round_id})
    session().execute(update(StarRound).where(StarRound.tenant_id == tenant_id(), StarRound.id == round_id).values(job_id=job))
    audit("stars.round_opened", "stars_round", round_id, {"scheme": pack.name, "version": pack.version, "cut_off": cut_off.isoformat()})
    return round_id


def round_for(pack: PackVersion, cut_off: dt.date, *, by: uuid.UUID | None) -> uuid.UUID:
    """The round of a version and day, made when need be without computing everybody: for one person's application."""
    if (made := _insert(pack, cut_off, "open", by)) is not None:
        return made
    return session().execute(select(StarRound.id).where(
        StarRound.tenant_id == tenant_id(), StarRound.pack_id == pack.id, StarRound.cut_off == cut_off)).scalar_one()


def _insert(pack: PackVersion, cut_off: dt.date, state: str, by: uuid.UUID | None) -> uuid.UUID | None:
    return session().execute(insert(StarRound).values(
        tenant_id=tenant_id(), id=new_id(), scheme=pack.name, pack_id=pack.id, organization_id=pack.organization_id, cut_off=cut_off,
        state=state, opened_by=by, opened_at=now()).on_conflict_do_nothing(index_elements=["tenant_id", "pack_id", "cut_off"])
        .returning(StarRound.id)).scalar_one_or_none()


def run(context: JobContext) -> dict[str, Any]:
    """The job that computes a round."""
    return {"count": compute(uuid.UUID(context.payload["round"]))}


def compute(round_id: uuid.UUID) -> int:
    """Find everybody who may be given a level; answers how many are new. Candidates nobody has acted for yet are found anew."""
    one = session().scalar(select(StarRound).where(StarRound.tenant_id == tenant_id(), StarRound.id == round_id).with_for_update()
                           .execution_options(populate_existing=True))
    if one is None:
        raise NotFound
    pack = pack_version(one.pack_id)
    _clear_candidates(one)
    found = _insert_cases(one, pack)
    one.state, one.computed_at = "open", now()
    session().flush()
    audit("stars.round_computed", "stars_round", round_id, {"count": found})
    return found


def _clear_candidates(one: StarRound) -> None:
    """Take this round's untouched candidates away, and close those of earlier rounds of the scheme: they are found again or not."""
    untouched = (StarCase.tenant_id == tenant_id(), StarCase.state == "candidate", StarCase.scheme == one.scheme)
    session().execute(delete(StarCase).where(*untouched, StarCase.round_id == one.id))
    same = select(StarRound.id).where(StarRound.tenant_id == tenant_id(), StarRound.scheme == one.scheme, StarRound.cut_off <= one.cut_off,
                                      StarRound.organization_id.is_not_distinct_from(one.organization_id))
    closed = session().execute(update(StarCase).where(*untouched, StarCase.round_id.in_(same)).values(
        state="closed", version=StarCase.version + 1, changed_at=now()).returning(StarCase.id)).scalars().all()
    if closed:
        session().execute(insert(StarEvent), [{"tenant_id": tenant_id(), "id": new_id(), "case_id": i, "kind": "closed", "at": now()}
                                              for i in closed])


def _insert_cases(one: StarRound, pack: PackVersion) -> int:
    standing = standings(pack, one.cut_off)
    automatic = pack.document["entry"] == "automatic"
    columns = {"tenant_id": literal(tenant_id()), "id": func.gen_random_uuid(), "round_id": literal(one.id), "scheme": literal(one.scheme),
               "pack_id": literal(one.pack_id), "member_id": standing.c.member_id, "cut_off": literal(one.cut_off), "held": standing.c.held,
               "level": standing.c.due, "explanation": standing.c.explanation, "state": literal("pending" if automatic else "candidate"),
               "step": literal(0), "step_level": _first_step(pack, standing.c.due) if automatic else literal(None, StarCase.step_level.type),
               "version": literal(1), "changed_at": literal(now())}
    made = session().execute(insert(StarCase).from_select(
        list(columns), select(*columns.values()).where(standing.c.due > 0)).on_conflict_do_nothing(**ONE_LIVE)
        .returning(StarCase.id)).scalars().all()
    found = select(literal(tenant_id()), func.gen_random_uuid(), StarCase.id, literal("found"), literal(now())).where(
        StarCase.tenant_id == tenant_id(), StarCase.round_id == one.id, ~select(StarEvent.id).where(
            StarEvent.tenant_id == StarCase.tenant_id, StarEvent.case_id == StarCase.id).exists())
    session().execute(insert(StarEvent).from_select(["tenant_id", "id", "case_id", "kind", "at"], found))
    return len(made)


def _first_step(pack: PackVersion, due: ColumnElement[int]) -> ColumnElement[str]:
    return case({level["number"]: documents.steps(pack.document, level["number"])[0] for level in pack.document["levels"]}, value=due)


def nightly(_context: JobContext) -> dict[str, Any]:
    """Open what is due: the latest cut-off day of each scheme, and on the first of a month the month before, where it is rolling."""
    opened = 0
    for pack in packs_in_force(KIND, today()):
        cut_off = _due(pack)
        if cut_off is not None and pack.effective_from is not None and cut_off >= pack.effective_from and not _is_there(pack, cut_off):
            open_round(pack, cut_off, by=None)
            opened += 1
    return {"count": opened}


def _due(pack: PackVersion) -> dt.date | None:
    if pack.document["cycle"] == "dates":
        return documents.cut_off_on(pack.document, today() - dt.timedelta(days=1))
    return today() - dt.timedelta(days=1) if today().day == 1 else None


def _is_there(pack: PackVersion, cut_off: dt.date) -> bool:
    return session().execute(select(StarRound.id).where(
        StarRound.tenant_id == tenant_id(), StarRound.scheme == pack.name, StarRound.cut_off == cut_off,
        StarRound.organization_id.is_not_distinct_from(pack.organization_id))).first() is not None
