"""Operators: the people who run the installation, with logins of their own outside every tenant."""
from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, select

from core import audit
from core.access import operator_factors
from core.access.actor import FULL, HALF, PASSWORD
from core.access.logins import ABSOLUTE, IDLE, SignIn, count_failure
from core.access.opening import token_hash
from core.access.passwords import hash_password, verify_password
from core.errors import Conflict, NotFound
from core.i18n import _
from core.tenancy import Operator, OperatorLogin, now, session


@dataclass(frozen=True, slots=True)
class OperatorFact:
    """A signed-in operator."""

    id: uuid.UUID
    username: str
    stage: str = PASSWORD


def create_operator(username: str, password: str) -> uuid.UUID:
    """A new operator; call it in `unscoped()`. Raises Conflict when the username is taken, Invalid for a weak password."""
    if session().scalar(select(Operator.id).where(Operator.username == username)):
        raise Conflict(_("这个用户名已被使用，请换一个。"))
    row = Operator(username=username, password_hash=hash_password(password))
    session().add(row)
    session().flush()
    audit.record_operator("operator.created", "operator", row.id)
    return row.id


def reset_password(username: str, password: str) -> None:
    """A new password; logins end and waiting times are forgotten. Raises NotFound, Invalid for a weak password."""
    row = session().scalar(select(Operator).where(Operator.username == username))
    if row is None:
        raise NotFound(_("没有用户名为 %(name)s 的账号。", name=username))
    row.password_hash, row.failed_logins, row.locked_until = hash_password(password), 0, None
    session().execute(delete(OperatorLogin).where(OperatorLogin.operator_id == row.id))
    audit.record_operator("operator.password_reset", "operator", row.id)


def sign_in(username: str, password: str) -> SignIn:
    """Try to open an operator's login; failures are counted as for accounts.

    A name that has to wait is answered, and noted in the log, like a wrong one, so that nobody learns who is an operator.
    """
    operator = session().scalar(select(Operator).where(Operator.username == username.strip()).with_for_update())
    waits = operator is not None and operator.locked_until is not None and operator.locked_until > now()
    fits = verify_password(operator.password_hash if operator else None, password)
    if operator is None or waits or not fits or not operator.active:
        if operator is not None and not waits:
            count_failure(operator)
        audit.record_operator("login.failed", "operator", operator.id if operator else None)
        return SignIn(None, _("用户名或密码不对，请重新输入；连续输错五次以后，每次须多等一会儿再试。"))
    operator.failed_logins, operator.locked_until = 0, None
    token = open_login(operator.id)
    with audit.set_actor("operator", operator.id):
        audit.record_operator("login.opened", "operator", operator.id)
    return SignIn(token)


def open_login(operator_id: uuid.UUID, *, second_factor: bool = False, instead_of: str | None = None) -> str:
    """A new login's token. Without the second factor that the operator has, it opens the page of the second step and no other.

    `instead_of` is the token of the login that ends with this step up.
    """
    if instead_of is not None:
        session().execute(delete(OperatorLogin).where(OperatorLogin.token_hash == token_hash(instead_of), OperatorLogin.operator_id == operator_id)
                          .execution_options(synchronize_session=False))
    token = secrets.token_urlsafe(32)
    stage = FULL if second_factor else HALF if operator_factors.has_codes(operator_id) else PASSWORD
    session().add(OperatorLogin(operator_id=operator_id, token_hash=token_hash(token), created_at=now(), seen_at=now(), stage=stage))
    return token


def end_logins(operator_id: uuid.UUID) -> None:
    """End every login of an operator."""
    session().execute(delete(OperatorLogin).where(OperatorLogin.operator_id == operator_id).execution_options(synchronize_session=False))


def named(username: str) -> uuid.UUID:
    """The operator of that name. Raises NotFound."""
    found = session().scalar(select(Operator.id).where(Operator.username == username))
    if found is None:
        raise NotFound(_("没有用户名为 %(name)s 的账号。", name=username))
    return found


def find_login(token: str) -> OperatorFact | None:
    """The operator behind a live token, or None."""
    if not token:
        return None
    row = session().execute(
        select(OperatorLogin, Operator.id, Operator.username).join(Operator, Operator.id == OperatorLogin.operator_id)
        .where(OperatorLogin.token_hash == token_hash(token), OperatorLogin.seen_at > now() - IDLE,
               OperatorLogin.created_at > now() - ABSOLUTE, Operator.active)).one_or_none()
    if row is None:
        return None
    login, identity, username = row
    if now() - login.seen_at > dt.timedelta(minutes=1):
        login.seen_at = now()
    return OperatorFact(identity, username, login.stage)


def end_login(token: str) -> None:
    """Sign the operator out."""
    identity = session().execute(delete(OperatorLogin).where(OperatorLogin.token_hash == token_hash(token))
                                 .returning(OperatorLogin.operator_id).execution_options(synchronize_session=False)).scalar()
    if identity is not None:
        with audit.set_actor("operator", identity):
            audit.record_operator("login.closed", "operator", identity)


def names(ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID | None, str]:
    """The usernames of several operators in one query; whoever is none is left out."""
    wanted = {identity for identity in ids if identity is not None}
    rows = session().execute(select(Operator.id, Operator.username).where(Operator.id.in_(wanted))) if wanted else ()
    return {row.id: row.username for row in rows}
