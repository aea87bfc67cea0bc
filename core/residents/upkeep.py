"""Forgets by night what the doors for residents need no longer: old tries, dead codes, redeemed tickets."""
from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import delete

from core.i18n import _l
from core.jobs.context import JobContext
from core.jobs.registry import handler, periodic
from core.residents.models import FormTicket, ResidentCode, ResidentTry
from core.residents.throttle import LONGEST
from core.residents.tickets import KEPT
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

USED = dt.timedelta(days=30)  # how long a code that was used is kept


@handler("residents.clean", label=_l("清理过期的一次性码和表单"))
def clean(_context: JobContext) -> dict[str, Any]:
    """Answers how many of each were forgotten."""
    return {"tries": _forget(ResidentTry, ResidentTry.since <= now() - LONGEST),
            "codes": _forget(ResidentCode, (ResidentCode.expires_at <= now()) | (ResidentCode.used_at <= now() - USED)),
            "tickets": _forget(FormTicket, FormTicket.used_at <= now() - KEPT)}


def _forget(model: Any, which: Any) -> int:
    return len(session().execute(delete(model).where(model.tenant_id == tenant_id(), which).returning(model.id)).all())


periodic("residents.clean", at="03:25")
