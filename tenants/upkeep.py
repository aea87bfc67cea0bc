"""Daily upkeep of a tenant's rows that have served their time."""
from __future__ import annotations

from typing import Any

from core.documents import storage
from core.i18n import _l
from core.jobs import JobContext, handler, periodic

PURGE = "files.purge"


@handler(PURGE, label=_l("清理过期文件"))
def purge_files(_job: JobContext) -> dict[str, Any]:
    """Delete uploads and results whose time is over."""
    return {"count": storage.purge()}


periodic(PURGE, at="03:10")
