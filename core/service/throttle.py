"""Slows down whoever tries evaluation codes, and forgets by night the codes that can no longer be used."""
from __future__ import annotations

from typing import Any

from sqlalchemy import delete

import core.residents.upkeep  # noqa: F401  tries are forgotten there
from core.i18n import _, _l
from core.jobs.context import JobContext
from core.jobs.registry import handler, periodic
from core.residents import throttle
from core.residents.throttle import TRIES, WINDOW
from core.service.models import EvaluationCode
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

PURPOSE = "evaluation"


def admit(address: str) -> None:
    """Count a try of a client before its code is looked at. Raises TooMany after ten wrong ones in a quarter of an hour."""
    throttle.admit(PURPOSE, address, most=TRIES, window=WINDOW, message=lambda minutes: _(
        "输错的次数太多，请等 %(minutes)s 分钟后再试，或把填好的纸质评价单交给社区。", minutes=minutes))


def forgive(address: str) -> None:
    """Take one try back: its code was right. The earlier wrong ones go on counting."""
    throttle.forgive(PURPOSE, address)


@handler("evaluation.clean", label=_l("清理过期的评价码"))
def clean(_context: JobContext) -> dict[str, Any]:
    """Forget codes that can no longer be used."""
    codes = session().execute(delete(EvaluationCode).where(
        EvaluationCode.tenant_id == tenant_id(), EvaluationCode.expires_at <= now()).returning(EvaluationCode.id)).all()
    return {"codes": len(codes)}


periodic("evaluation.clean", at="03:20")
