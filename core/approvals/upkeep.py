"""The hourly job that closes requests which nobody has answered in time."""
from __future__ import annotations

import datetime as dt
from typing import Any

from core.approvals.deciding import expire
from core.i18n import _l
from core.jobs import JobContext, handler, periodic

EXPIRE = "approvals.expire"


@handler(EXPIRE, label=_l("关闭过期的两人办理申请"))
def close(_job: JobContext) -> dict[str, Any]:
    """Close them, a batch at a time."""
    return {"count": expire()}


periodic(EXPIRE, every=dt.timedelta(hours=1))
