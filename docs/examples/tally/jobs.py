"""What is done by night."""
from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import delete, select

from core.api import JobContext, session, settings, today
from tally.models import TallyEntry

BATCH = 1_000


def clear(job: JobContext) -> dict[str, Any]:
    """Remove what was withdrawn and is old enough, a thousand rows at a time; answers how many."""
    before = today() - dt.timedelta(days=settings("tally")["keep_days"])
    old = select(TallyEntry.id).where(~TallyEntry.counts, TallyEntry.day < before).limit(BATCH)
    cleared = job.state["cleared"] if job.state else 0
    while ids := session().scalars(old).all():
        session().execute(delete(TallyEntry).where(TallyEntry.id.in_(ids)))
        cleared += len(ids)
        job.checkpoint({"cleared": cleared}, done=cleared)
    return {"cleared": cleared}
