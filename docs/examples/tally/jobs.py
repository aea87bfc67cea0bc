"""What is done by night."""
from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import delete, select

from core.api import JobContext, session, settings, tenant_id, today

from .models import TallyEntry

BATCH = 1_000


def clear(job: JobContext) -> dict[str, Any]:
    """Remove the traces of withdrawn records that are old enough, a thousand at a time; answers how many."""
    before = today() - dt.timedelta(days=settings("tally")["keep_days"])
    old = select(TallyEntry.id).where(TallyEntry.tenant_id == tenant_id(), ~TallyEntry.counts, TallyEntry.told_on < before)
    cleared = job.state["cleared"] if job.state else 0
    while ids := session().scalars(old.limit(BATCH)).all():
        session().execute(delete(TallyEntry).where(TallyEntry.tenant_id == tenant_id(), TallyEntry.id.in_(ids)))
        cleared += len(ids)
        job.checkpoint({"cleared": cleared}, done=cleared)
    return {"cleared": cleared}
