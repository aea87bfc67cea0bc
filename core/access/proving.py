"""Asks the owner of a login once more who it is, before the account itself is changed: whoever sits at an open login is not always the owner."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select

from core.access.accounts import prove_password
from core.access.actor import Actor
from core.access.models import Account, Login
from core.errors import Invalid
from core.i18n import _
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

FRESH = dt.timedelta(minutes=10)


def has_password(account_id: uuid.UUID) -> bool:
    """Whether the account has a password to ask for; one that signs in through another house has none."""
    return session().scalar(select(Account.password_hash.is_not(None)).where(Account.tenant_id == tenant_id(), Account.id == account_id)) is True


def prove(actor: Actor, password: str) -> None:
    """Raise Invalid or TooMany unless the password is right, or the account has none and this login was opened just now.

    The caller commits then too, or the try would not be counted (ASVS 5.0, 7.5.1).
    """
    if has_password(actor.account_id):
        prove_password(actor.account_id, password)
        return
    if not is_fresh(actor):
        raise Invalid(_("为了确认是您本人，请退出后重新登录，再来办理。"))


def is_fresh(actor: Actor) -> bool:
    """Whether the login was opened just now, so that whoever holds it has proved a moment ago who it is."""
    opened = session().scalar(select(Login.created_at).where(Login.tenant_id == tenant_id(), Login.id == actor.login_id))
    return opened is not None and now() - opened <= FRESH
