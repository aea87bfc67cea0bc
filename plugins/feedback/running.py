"""One press for all pairs below a place: a job that goes from community to community, to be taken up again at any of them."""
from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from core.api import JobContext, audit, enqueue, new_id, now, organization, place_rows, session, tenant_id
from plugins.feedback import making
from plugins.feedback.models import UNSIGNED, FeedbackPack, FeedbackRun
from plugins.feedback.periods import Period, parse

KIND = "feedback.make"
BATCH = 50  # communities a transaction


def begin(organization_id: uuid.UUID, period: Period, *, again: bool, by: uuid.UUID | None) -> uuid.UUID:
    """Write the press and its job; answers the press. `again`: what nobody has signed yet is made anew. Raises NotFound."""
    place = organization(organization_id)
    row = FeedbackRun(id=new_id(), organization_id=place.id, period=period.key, again=again, started_by=by, started_at=now())
    row.job_id = enqueue(KIND, {"run": str(row.id), "organization": str(place.id), "period": period.key, "again": again})
    session().add(row)
    session().flush()
    audit("feedback.run_begun", "feedback_run", row.id, {"period": period.key, "again": again})
    return row.id


def run(context: JobContext) -> dict[str, Any]:
    """The job. A batch of communities and its checkpoint are one transaction; a pair that has its pack already is left as it is."""
    period, again = parse(context.payload["period"]), bool(context.payload["again"])
    path = organization(uuid.UUID(context.payload["organization"])).path
    total = len(_communities(path, ""))
    state = dict(context.state or {"after": "", "communities": 0, "packs": 0})
    while batch := _communities(path, state["after"], BATCH):
        places = [community_id for community_id, _path in batch]
        if again:
            _anew(places, period)
        state["packs"] += making.make(places, period)
        state |= {"after": batch[-1][1], "communities": state["communities"] + len(batch)}
        context.checkpoint(state, done=state["communities"], total=total)
    audit("feedback.run_ended", "feedback_run", uuid.UUID(context.payload["run"]), {"communities": state["communities"], "packs": state["packs"]})
    return {"communities": state["communities"], "packs": state["packs"]}


def _anew(places: list[uuid.UUID], period: Period) -> None:
    for pack_id in session().scalars(select(FeedbackPack.id).where(
            FeedbackPack.tenant_id == tenant_id(), FeedbackPack.community_id.in_(places), FeedbackPack.period == period.key,
            FeedbackPack.state.in_(UNSIGNED)).order_by(FeedbackPack.id)).all():
        making.make_anew(pack_id)


def _communities(path: str, after: str, limit: int | None = None) -> list[tuple[uuid.UUID, str]]:
    """Communities below a path in the order of their paths, after one of them."""
    places = place_rows("community")
    query = select(places.c.id, places.c.path).where(places.c.path.bool_op("^@")(path), places.c.path > after).order_by(places.c.path)
    return [(row.id, row.path) for row in session().execute(query.limit(limit))]
