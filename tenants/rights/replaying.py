"""What a restored backup has brought back is erased again: the list is read from the restored moment on, and the operators' log says so."""
from __future__ import annotations

import datetime as dt

from core import audit
from core.audit import erasures
from core.residents import erased
from core.tenancy import unscoped
from tenants.rights import erasing, residents


def register() -> None:
    """Say how each kind of erasure is done again."""
    erasures.on(erasing.KIND, erasing.again)
    erasures.on(residents.KIND, residents.again)
    erasures.on(erased.KIND, residents.columns_again)


def erase_again(since: dt.datetime, backup: str | None) -> tuple[int, list[erasures.Erasure]]:
    """Erase all that was erased after `since`, and note the restore of `backup`; answers how many, and those that are left."""
    register()
    done, left = erasures.replay(since)
    with unscoped():
        audit.record_operator("backup.restored", "installation", None, {
            "name": backup, "at": since.isoformat(), "erased_again": done, "not_erased": len(left)})
    return done, left
