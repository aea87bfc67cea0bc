"""Certificates that nobody takes in go back by themselves, and what they said of a person goes with them (PIPL article 19)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import Row, select

from core import audit
from core.errors import Conflict, Invalid
from core.exchange import arrivals
from core.exchange.models import ExchangeIncoming
from core.extension.settings import effective
from core.i18n import _, _l
from core.jobs import JobContext, handler, periodic
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

log = structlog.get_logger("baodao.exchange")
KIND, A_NIGHT = "exchange.expire", 500


@handler(KIND, label=_l("退回逾期未办的外地介绍信"))
def clean(_job: JobContext) -> dict[str, Any]:
    """Return certificates that have waited longer than the tenant's days, with a sentence to the sender; a move's records go with its own."""
    days = effective("exchange")["waiting_days"]
    done = {"certificates": 0, "records": 0}
    if not days:
        return done
    said = _("超过 %(days)s 天没有办理，系统已退回并删除内容。仍要来的，请重新开具介绍信。", days=days)
    for row in _waiting(days):
        try:
            with session().begin_nested():
                done["records"] += arrivals.turn_away(row.id, row.version, said, by=None)
            done["certificates"] += 1
        except (Conflict, Invalid) as error:
            log.warning("a certificate that nobody took in was passed over", tenant=tenant_id(), incoming=str(row.id), error=type(error).__name__)
    if any(done.values()):
        audit.record("exchange.expired", "tenant", None, done)
    return done


def days_left(received_at: dt.datetime) -> int | None:
    """In how many days a certificate that waits goes back by itself, 0: with the next nightly job; None where none does."""
    days = effective("exchange")["waiting_days"]
    return max(0, (received_at + dt.timedelta(days=days) - now()).days + 1) if days else None


def _waiting(days: int) -> Sequence[Row]:
    """Locked, so that no desk takes one in meanwhile; what a desk has in hand at this moment is left to it."""
    return session().execute(select(ExchangeIncoming.id, ExchangeIncoming.version).where(
        ExchangeIncoming.tenant_id == tenant_id(), ExchangeIncoming.kind == "certificate", ExchangeIncoming.state.in_(("held", "waiting")),
        ExchangeIncoming.received_at < now() - dt.timedelta(days=days)).order_by(ExchangeIncoming.id).limit(A_NIGHT)
        .with_for_update(skip_locked=True)).all()


periodic(KIND, at="02:40")
