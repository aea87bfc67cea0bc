"""Carries what waits from tenant to tenant of this installation: one scope after the other, so that two tenants are never in one transaction.

A round is interrupted anywhere without harm: what was handed over and not yet noted is handed over again, and taken once.
"""
from __future__ import annotations

import structlog
from sqlalchemy import exists, select

from core.audit import set_actor
from core.errors import BaodaoError
from core.exchange import answers, arrivals, feedback, gathering, inbox, outbox, partners  # their kinds are known  # noqa: F401
from core.exchange.models import ExchangePartner
from core.exchange.outbox import Mail, Outcome
from core.exchange.partners import Notice
from core.i18n import _
from core.jobs import registry
from core.jobs.running import active_tenants
from core.tenancy import session, tenant_scope
from core.tenancy.scope import tenant_id

log = structlog.get_logger("baodao.exchange")


def go_round() -> int:
    """One round through all tenants; answers how many envelopes were carried. A tenant's trouble is logged and passed over."""
    carried = 0
    for tenant in active_tenants():
        try:
            carried += serve(tenant)
        except Exception as error:  # noqa: BLE001  one tenant's trouble is not the others'
            log.warning("post office passed a tenant over", tenant=tenant, error=type(error).__name__)
    return carried


def serve(tenant: int) -> int:
    """Fetch what one tenant has laid out, and carry it. To be called outside any scope."""
    with tenant_scope(tenant), set_actor("system"):
        if not session().scalar(select(exists().where(ExchangePartner.tenant_id == tenant_id()))):
            return 0
        gathering.gather()
        notices = partners.notices()
    for notice in notices:
        _tell(tenant, notice)
    with tenant_scope(tenant):
        mail = outbox.due(local=True)
    for one in mail:
        outcome = hand_over(one)
        with tenant_scope(tenant), set_actor("system"):
            outbox.settle(one.id, outcome)
    return len(mail)


def hand_over(one: Mail) -> Outcome:
    """Put an envelope into its receiver's hands, in the receiver's own scope."""
    if one.tenant is None:
        return Outcome("later", _("对方暂停使用，系统将自动重试。"))
    try:
        with tenant_scope(one.tenant), set_actor("system"):
            return inbox.take(one.text)
    except BaodaoError as error:
        return Outcome("refused", error.message)
    except Exception as error:  # noqa: BLE001  a database that is busy; the round comes again
        log.warning("an envelope was not handed over", tenant=one.tenant, error=type(error).__name__)
        return Outcome("later", _("暂时送不到，系统将自动重试。"))


def _tell(tenant: int, notice: Notice) -> None:
    with tenant_scope(notice.tenant), set_actor("system"):
        partners.hear(notice)
    with tenant_scope(tenant):
        partners.heard(notice.partner_id, notice.mark)


registry.routine(go_round)
