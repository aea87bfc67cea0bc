"""The one place where a login of an account begins, whichever factors were met before: a password, a code, a passkey, another house's word."""
from __future__ import annotations

import hashlib
import secrets
import uuid

from sqlalchemy import ColumnElement, delete, exists, or_, select, update

from core.access.actor import FULL, HALF, PASSWORD
from core.access.factor_models import Passkey, RecoveryCode, SecondFactor
from core.access.models import AccessToken, Account, Login
from core.tenancy import now, session
from core.tenancy.scope import tenant_id


def token_hash(token: str) -> bytes:
    """SHA-256 of a token with 256 random bits; a slow hash would add nothing to such a token."""
    return hashlib.sha256(token.encode()).digest()


def open_login(account_id: uuid.UUID, *, second_factor: bool = False, device: str = "", instead_of: uuid.UUID | None = None) -> str:
    """A new login's token (256 random bits); only its hash is stored.

    `second_factor`: it was met too. Without it an account that has one gets half a login, which opens the page of the second step and no
    other. `device` is a code of `web.devices`. `instead_of` is the login that ends with this step up (security rule 11).
    """
    if instead_of is not None:
        session().execute(delete(Login).where(Login.tenant_id == tenant_id(), Login.id == instead_of, Login.account_id == account_id)
                          .execution_options(synchronize_session=False))
    token = secrets.token_urlsafe(32)
    stage = FULL if second_factor else HALF if has_factor(account_id) else PASSWORD
    session().add(Login(account_id=account_id, token_hash=token_hash(token), created_at=now(), seen_at=now(), stage=stage, device=device[:40]))
    return token


def has_factor(account_id: uuid.UUID) -> bool:
    """Whether the account has set up one-time codes or a passkey."""
    return bool(session().scalar(select(with_factor(account_id))))


def after_removal(account_id: uuid.UUID) -> None:
    """When the last factor has gone, recovery codes go too, and no login or API token counts as opened with one any more."""
    session().flush()
    if has_factor(account_id):
        return
    whose = {"tenant_id": tenant_id(), "account_id": account_id}
    for statement in (delete(RecoveryCode).filter_by(**whose), update(AccessToken).filter_by(**whose).values(second_factor=False),
                      update(Login).filter_by(**whose).where(Login.stage == FULL).values(stage=PASSWORD)):
        session().execute(statement.execution_options(synchronize_session=False))


def with_factor(account: uuid.UUID | None = None) -> ColumnElement[bool]:
    """The same as a column, of one account or of the statement's own."""
    whose = Account.id if account is None else account
    return or_(*(exists().where(table.tenant_id == tenant_id(), table.account_id == whose, *more).correlate(Account)
                 for table, more in ((SecondFactor, (SecondFactor.secret.is_not(None),)), (Passkey, ()))))
