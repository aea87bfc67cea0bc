"""The job that counts the overview's figures, every hour and whenever somebody asks for it."""
from __future__ import annotations

import datetime as dt
from typing import Any

from core.i18n import _l
from core.jobs.context import JobContext
from core.jobs.registry import handler, periodic
from core.overview.keeping import recount

COUNT = "overview.count"


@handler(COUNT, label=_l("统计总览数字"))
def count_figures(job: JobContext) -> dict[str, Any]:
    """Answers how many places were counted and how many rows stood otherwise."""
    return dict(recount(told=job.progress))


periodic(COUNT, every=dt.timedelta(hours=1))
