"""Daily upkeep of the door: logins that have ended by themselves, and tries that are forgotten."""
from __future__ import annotations

from typing import Any

from sqlalchemy import delete, or_

from core.access.factor_models import PasswordSlip, SpentChallenge
from core.access.logins import FORGOTTEN, MEMBER_IDLE
from core.access.models import AddressTry, Login, LoginTry
from core.access.openid import attempts
from core.access.spraying import WINDOW
from core.i18n import _l
from core.jobs import JobContext, handler, periodic
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

CLEAN = "logins.clean"


@handler(CLEAN, label=_l("清理已结束的登录"))
def clean(_context: JobContext) -> dict[str, Any]:
    """Remove what nobody can use any more; only ids, times and hashes are in it."""
    logins = delete(Login).where(Login.tenant_id == tenant_id(), Login.seen_at <= now() - MEMBER_IDLE).returning(Login.id)
    tries = delete(LoginTry).where(LoginTry.tenant_id == tenant_id(), or_(
        LoginTry.locked_until <= now() - FORGOTTEN, LoginTry.failed_logins == 0)).returning(LoginTry.id)
    addresses = delete(AddressTry).where(AddressTry.tenant_id == tenant_id(), AddressTry.at <= now() - WINDOW).returning(AddressTry.id)
    slips = delete(PasswordSlip).where(PasswordSlip.tenant_id == tenant_id(), PasswordSlip.expires_at <= now()).returning(PasswordSlip.id)
    spent = delete(SpentChallenge).where(SpentChallenge.tenant_id == tenant_id(), SpentChallenge.at <= now() - FORGOTTEN).returning(SpentChallenge.id)
    attempts.clean()
    queries = (("logins", logins), ("tries", tries), ("addresses", addresses), ("slips", slips), ("challenges", spent))
    return {name: len(session().execute(query).all()) for name, query in queries}


periodic(CLEAN, at="03:30")
