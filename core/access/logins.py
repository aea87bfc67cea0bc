"""Server-side logins: opening, finding and ending them (security rule 11)."""
from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update

from core import audit
from core.access.actor import Actor
from core.access.models import Account, Login
from core.access.passwords import verify_password
from core.access.roles import MEMBER
from core.i18n import _
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

IDLE, ABSOLUTE = dt.timedelta(minutes=30), dt.timedelta(hours=12)
MEMBER_IDLE = dt.timedelta(days=14)
_FREE_TRIES, _LONGEST_WAIT = 5, 15 * 60


@dataclass(frozen=True, slots=True)
class SignIn:
    """The answer to a try: a token, or a sentence for the person and the seconds to wait."""

    token: str | None
    message: str = ""
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class LoginFact:
    """A live login: its row and its account."""

    id: uuid.UUID
    account_id: uuid.UUID
    created_at: dt.datetime
    seen_at: dt.datetime


def has_expired(login: LoginFact, actor: Actor) -> bool:
    """Whether an officer's login was idle for 30 minutes or is 12 hours old; a member's lives 14 idle days."""
    if actor.roles() <= {MEMBER}:
        return False
    return now() - login.seen_at > IDLE or now() - login.created_at > ABSOLUTE


def token_hash(token: str) -> bytes:
    """SHA-256 of a token with 256 random bits; a slow hash would add nothing to such a token."""
    return hashlib.sha256(token.encode()).digest()


def sign_in(username: str, password: str) -> SignIn:
    """Try to open a login. A failure is answered, not raised, so that the scope commits the counted try.

    After five wrong tries the account waits 1, 2, 4 ... up to 900 seconds; it is never locked for good. A wrong name and a
    wrong password get the same answer in the same time.
    """
    account = session().scalar(select(Account).where(Account.tenant_id == tenant_id(), Account.username == username.strip())
                               .with_for_update())
    if account is not None and account.locked_until is not None and account.locked_until > now():
        wait = int((account.locked_until - now()).total_seconds()) + 1
        return SignIn(None, _("尝试次数过多，请等 {seconds} 秒后再试。").format(seconds=wait), wait)
    fits = verify_password(account.password_hash if account else None, password)
    if account is None or not fits or not account.active:
        if account is not None:
            _count_failure(account)
        return SignIn(None, _("用户名或密码不对，请重新输入。忘记密码请联系上一级管理员重设。"))
    account.failed_logins, account.locked_until = 0, None
    audit.record("login.opened", "account", account.id)
    return SignIn(open_login(account.id))


def _count_failure(account: Account) -> None:
    account.failed_logins += 1
    if account.failed_logins >= _FREE_TRIES:
        wait = min(2 ** (account.failed_logins - _FREE_TRIES), _LONGEST_WAIT)
        account.locked_until = now() + dt.timedelta(seconds=wait)
    audit.record("login.failed", "account", account.id)


def open_login(account_id: uuid.UUID) -> str:
    """A new login's token (256 random bits); only its hash is stored."""
    token = secrets.token_urlsafe(32)
    session().add(Login(account_id=account_id, token_hash=token_hash(token), created_at=now(), seen_at=now()))
    return token


def find_login(token: str, idle: dt.timedelta = MEMBER_IDLE) -> LoginFact | None:
    """The live login of this token in this tenant, or None. Touches `seen_at` at most once a minute."""
    row = session().execute(
        select(Login.id, Login.account_id, Login.created_at, Login.seen_at)
        .where(Login.tenant_id == tenant_id(), Login.token_hash == token_hash(token), Login.seen_at > now() - idle)).one_or_none()
    if row is None:
        return None
    if now() - row.seen_at > dt.timedelta(minutes=1):
        session().execute(update(Login).where(Login.tenant_id == tenant_id(), Login.id == row.id).values(seen_at=now()))
    return LoginFact(row.id, row.account_id, row.created_at, row.seen_at)


def end_login(token: str) -> None:
    """Sign out: the token is worth nothing from this moment on."""
    session().execute(delete(Login).where(Login.tenant_id == tenant_id(), Login.token_hash == token_hash(token)))


def end_logins(account_id: uuid.UUID, keep: str | None = None) -> int:
    """End every login of an account, after a change of password, of roles, or when it is switched off; answers how many.

    `keep` is the token of the one login that goes on.
    """
    query = delete(Login).where(Login.tenant_id == tenant_id(), Login.account_id == account_id)
    if keep is not None:
        query = query.where(Login.token_hash != token_hash(keep))
    ended = session().execute(query.returning(Login.id).execution_options(synchronize_session=False))
    return len(ended.all())


def count_logins(account_id: uuid.UUID) -> int:
    """How many logins of an account are alive."""
    query = select(func.count()).select_from(Login).where(
        Login.tenant_id == tenant_id(), Login.account_id == account_id, Login.seen_at > now() - MEMBER_IDLE)
    return session().scalar(query) or 0
