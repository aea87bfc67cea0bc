"""Server-side logins: opening, finding and ending them (security rule 11)."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert

from core import audit
from core.access.actor import Actor
from core.access.models import Account, Login, LoginTry
from core.access.opening import open_login, token_hash
from core.access.passwords import verify_password
from core.access.roles import MEMBER
from core.access.spraying import Source, stop_message
from core.db import new_id
from core.errors import NotFound
from core.i18n import _
from core.privacy import keyring
from core.tenancy import Operator, OperatorFactor, now, session
from core.tenancy.scope import tenant_id

IDLE, ABSOLUTE = dt.timedelta(minutes=30), dt.timedelta(hours=12)
MEMBER_IDLE = dt.timedelta(days=14)
FORGOTTEN = dt.timedelta(days=1)
ANYWHERE = Source()  # no limit by address
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


def sign_in(username: str, password: str, source: Source = ANYWHERE) -> SignIn:
    """Try to open a login. A failure is answered, not raised, so that the scope commits the counted try.

    After five wrong tries the name waits 1, 2, 4 ... up to 900 seconds, whether it is anybody's or not; it is never locked for
    good, and a day without tries is forgotten. A wrong name and a wrong password get the same answer in the same time.
    `source` limits how many names may fail from one address.
    """
    name = username.strip()
    if wait := source.wait():
        return SignIn(None, stop_message(wait), wait)
    account = session().scalar(select(Account).where(Account.tenant_id == tenant_id(), Account.username == name).with_for_update())
    tried = account or _stranger(name)
    if wait := waiting(tried):
        return SignIn(None, wait_message(wait), wait)
    fits = verify_password(account.password_hash if account else None, password)
    if account is None or not fits or not account.active or _is_over(account):
        count_failure(tried)
        audit.record("login.failed", "account", account.id if account else None)
        source.note(name)
        return SignIn(None, _("用户名或密码不对，请重新输入。忘记密码请联系上一级管理员重设。"))
    account.failed_logins, account.locked_until = 0, None
    source.forgive(name)
    audit.record("login.opened", "account", account.id)
    return SignIn(open_login(account.id, device=source.device))


def _is_over(account: Account) -> bool:
    """Whether the password was a temporary one that nobody used in time (ASVS 5.0, 6.4.1)."""
    return account.password_expires_at is not None and account.password_expires_at <= now()


def count_failure(tried: Account | LoginTry | Operator | OperatorFactor) -> None:
    """Note a wrong try; `locked_until` lies in the past as long as there is nothing to wait for."""
    if tried.locked_until is not None and now() - tried.locked_until > FORGOTTEN:
        tried.failed_logins = 0
    tried.failed_logins += 1
    over = tried.failed_logins - _FREE_TRIES
    tried.locked_until = now() + dt.timedelta(seconds=0 if over < 0 else min(2 ** over, _LONGEST_WAIT))


def waiting(tried: Account | LoginTry | OperatorFactor) -> int:
    """The seconds until the next try is looked at; 0 when it may be made now."""
    if tried.locked_until is None or tried.locked_until <= now():
        return 0
    return int((tried.locked_until - now()).total_seconds()) + 1


def wait_message(seconds: int) -> str:
    """What somebody is told who has to wait."""
    return _("尝试次数过多，请等 {seconds} 秒后再试。").format(seconds=seconds)


def password_tries(account_id: uuid.UUID) -> LoginTry:
    """The tries to give an account's old password, under a lock.

    They are counted apart from sign-ins: whoever tries at one of the two doors does not shut the owner out of the other.
    """
    return _tries(_password_values(account_id))


def forget_password_tries(account_id: uuid.UUID) -> None:
    """Begin anew: the old password was right, or is another one now."""
    _forget(_password_values(account_id))


def factor_tries(account_id: uuid.UUID) -> LoginTry:
    """The tries to give an account's second factor, under a lock and counted apart from those above."""
    return _tries(_hashed("second factor", account_id.bytes))


def forget_factor_tries(account_id: uuid.UUID) -> None:
    """Begin anew: the second factor was right, or is another one now."""
    _forget(_hashed("second factor", account_id.bytes))


def slip_tries(username: str) -> LoginTry:
    """The tries to use a slip by this username, whether it is anybody's or not, under a lock."""
    return _tries(_hashed("slip name", username.encode()))


def _forget(values: dict[str, Any]) -> None:
    session().execute(delete(LoginTry).where(LoginTry.tenant_id == tenant_id(), LoginTry.name_hash == values["name_hash"])
                      .execution_options(synchronize_session=False))


def _stranger(name: str) -> LoginTry:
    """The tries by a name that is nobody's, under a lock as an account's would be."""
    return _tries(_hashed("login name", name.encode()))


def _password_values(account_id: uuid.UUID) -> dict[str, Any]:
    return _hashed("old password", account_id.bytes)


def _hashed(purpose: str, text: bytes) -> dict[str, Any]:
    return {"tenant_id": tenant_id(), "name_hash": keyring.for_tenant(tenant_id()).fingerprint(purpose, text)}


def _tries(values: dict[str, Any]) -> LoginTry:
    session().execute(insert(LoginTry).values(id=new_id(), failed_logins=0, **values).on_conflict_do_update(
        index_elements=["tenant_id", "name_hash"], set_={"name_hash": values["name_hash"]}))
    return session().scalars(select(LoginTry).filter_by(**values).execution_options(populate_existing=True)).one()


def end_login(token: str) -> None:
    """Sign out: the token is worth nothing from this moment on."""
    account_id = session().execute(delete(Login).where(Login.tenant_id == tenant_id(), Login.token_hash == token_hash(token))
                                   .returning(Login.account_id).execution_options(synchronize_session=False)).scalar()
    if account_id is not None:
        audit.record("login.closed", "account", account_id)


def end_logins(account_id: uuid.UUID, keep: str | None = None) -> int:
    """End every login of an account, after a change of password, of roles, or when it is switched off; answers how many.

    `keep` is the token of the one login that goes on.
    """
    query = delete(Login).where(Login.tenant_id == tenant_id(), Login.account_id == account_id)
    if keep is not None:
        query = query.where(Login.token_hash != token_hash(keep))
    ended = session().execute(query.returning(Login.id).execution_options(synchronize_session=False))
    return len(ended.all())


def live_logins(actor: Actor) -> Sequence[Row]:
    """Where the account is signed in, the newest first: id, created_at, seen_at, device; without those that have expired."""
    rows = session().execute(
        select(Login.id, Login.account_id, Login.created_at, Login.seen_at, Login.device)
        .where(Login.tenant_id == tenant_id(), Login.account_id == actor.account_id, Login.seen_at > now() - MEMBER_IDLE)
        .order_by(Login.created_at.desc(), Login.id.desc()).limit(100)).all()
    return [r for r in rows if not has_expired(LoginFact(r.id, r.account_id, r.created_at, r.seen_at), actor)]


def end_one(account_id: uuid.UUID, login_id: uuid.UUID) -> None:
    """End one login of an account. Raises NotFound."""
    gone = session().execute(delete(Login).where(Login.tenant_id == tenant_id(), Login.account_id == account_id, Login.id == login_id)
                             .returning(Login.id).execution_options(synchronize_session=False)).scalar()
    if gone is None:
        raise NotFound
    audit.record("login.closed", "account", account_id)
