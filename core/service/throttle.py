"""Slows down whoever tries evaluation codes: counted in PostgreSQL, so that the limit holds in every process and without Redis."""
from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import case, delete, update
from sqlalchemy.dialects.postgresql import insert

from core.db import new_id
from core.errors import TooMany
from core.i18n import _, _l
from core.jobs.context import JobContext
from core.jobs.registry import handler, periodic
from core.privacy import keyring
from core.privacy.addresses import network
from core.service.models import EvaluationCode, EvaluationTry
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

TRIES = 10
WINDOW = dt.timedelta(minutes=15)


def admit(address: str) -> None:
    """Count a try of a client before its code is looked at. Raises TooMany after ten wrong ones in a quarter of an hour.

    The count's row stays locked until the transaction ends, so that tries at the same moment count one after another.
    """
    old = EvaluationTry.since <= now() - WINDOW
    counted = insert(EvaluationTry).values(tenant_id=tenant_id(), id=new_id(), client=_client(address), since=now(), tries=1)
    row = session().execute(counted.on_conflict_do_update(index_elements=["tenant_id", "client"], set_={
        "tries": case((old, 1), else_=EvaluationTry.tries + 1), "since": case((old, now()), else_=EvaluationTry.since),
    }).returning(EvaluationTry.tries, EvaluationTry.since)).one()
    if row.tries > TRIES:
        wait = int((row.since + WINDOW - now()).total_seconds()) + 1
        raise TooMany(_("输错的次数太多，请等 %(minutes)s 分钟后再试，或把填好的纸质评价单交给社区。", minutes=-(-wait // 60)), wait)


def forgive(address: str) -> None:
    """Take one try back: its code was right. The earlier wrong ones go on counting."""
    session().execute(update(EvaluationTry).where(
        EvaluationTry.tenant_id == tenant_id(), EvaluationTry.client == _client(address), EvaluationTry.tries > 0)
        .values(tries=EvaluationTry.tries - 1))


@handler("evaluation.clean", label=_l("清理过期的评价码"))
def clean(_context: JobContext) -> dict[str, Any]:
    """Forget tries whose window is over, and codes that can no longer be used."""
    tries = session().execute(delete(EvaluationTry).where(
        EvaluationTry.tenant_id == tenant_id(), EvaluationTry.since <= now() - WINDOW).returning(EvaluationTry.id)).all()
    codes = session().execute(delete(EvaluationCode).where(
        EvaluationCode.tenant_id == tenant_id(), EvaluationCode.expires_at <= now()).returning(EvaluationCode.id)).all()
    return {"tries": len(tries), "codes": len(codes)}


periodic("evaluation.clean", at="03:20")


def _client(address: str) -> bytes:
    return keyring.for_tenant(tenant_id()).fingerprint("evaluation client", network(address))
