"""The second factor of an account: who must have one, one-time codes and recovery codes, and what a lost phone costs."""
from __future__ import annotations

import uuid

from sqlalchemy import Delete, delete, func, insert, select

from core import audit
from core.access import one_time_codes as codes
from core.access.accounts import manageable
from core.access.actor import PASSWORD, Actor
from core.access.factor_models import Passkey, RecoveryCode, SecondFactor
from core.access.factor_rule import FIELDS, OFFERED, REQUIRED
from core.access.logins import count_failure, end_logins, factor_tries, forget_factor_tries, wait_message, waiting
from core.access.models import AccessToken, Account
from core.access.opening import after_removal, has_factor
from core.db import new_id
from core.errors import Conflict, Forbidden, Invalid, TooMany
from core.i18n import _
from core.privacy import keyring
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

OFFICERS = "officers"  # the policy of Config.second_factor under which these must have one
_TABLE = SecondFactor.__tablename__


def is_officer(actor: Actor) -> bool:
    """Whether somebody holds a role of which the installation asks a second factor, whatever the tenant says."""
    return bool(actor.roles() - FIELDS.keys())


def is_required(actor: Actor, policy: str) -> bool:
    """Whether somebody must sign in with a second factor: by the installation's policy, or by the tenant's rule (security rule 12)."""
    return (policy == OFFICERS and is_officer(actor)) or any(actor.factor_rules.get(role) == REQUIRED for role in actor.roles())


def must_enrol(actor: Actor, policy: str) -> bool:
    """Whether the login met a password only and its holder has to set a second factor up before anything else."""
    return actor.stage == PASSWORD and is_required(actor, policy)


def is_offered(actor: Actor) -> bool:
    """Whether the tenant wants the holder of a login by password alone reminded that there is a second factor."""
    return actor.stage == PASSWORD and any(actor.factor_rules.get(role) == OFFERED for role in actor.roles())


def has_codes(account_id: uuid.UUID) -> bool:
    """Whether the account has one-time codes set up."""
    row = _row(account_id)
    return row is not None and row.secret is not None


def propose(account_id: uuid.UUID, *, again: bool = False) -> str:
    """The secret to be put into the person's app; shown again until a code confirms it, a new one when `again`."""
    row = _row(account_id) or _new_row(account_id)
    if row.pending is None or again:
        row.pending = _seal(row, "pending", codes.new_secret())
        session().flush()
    return _open(row, "pending")


def confirm(account_id: uuid.UUID, code: str) -> list[str]:
    """Take the proposed secret into use, since the app shows the right code; answers new recovery codes, which are shown once.

    Every login of the account ends: the caller opens a new one. Raises Invalid, TooMany; the caller commits then too.
    """
    row = _row(account_id, lock=True)
    if row is None or row.pending is None:
        raise Conflict(_("请重新打开设置页面，扫描新的二维码。"))
    _wait(account_id)
    secret = _open(row, "pending")
    step = codes.matching_step(secret, code, 0)
    if step is None:
        raise _refused(account_id)
    row.secret, row.pending, row.last_step, row.confirmed_at = _seal(row, "secret", secret), None, step, now()
    forget_factor_tries(account_id)
    end_logins(account_id)
    audit.record("factor.enrolled", "account", account_id)
    return renew_recovery_codes(account_id)


def check(account_id: uuid.UUID, code: str) -> None:
    """Whether a one-time code or a recovery code is right; either works once.

    Wrong ones wait as wrong passwords do, never for good. Raises Invalid, TooMany; the caller commits then too, or the try would not
    be counted.
    """
    row = _row(account_id, lock=True)
    _wait(account_id)
    step = codes.matching_step(_open(row, "secret"), code, row.last_step) if row and row.secret else None
    if row is not None and step is not None:
        row.last_step = step
    elif not _use_recovery_code(account_id, code):
        raise _refused(account_id)
    forget_factor_tries(account_id)
    audit.record("factor.met" if step is not None else "factor.recovery_code_used", "account", account_id)


def renew_recovery_codes(account_id: uuid.UUID) -> list[str]:
    """Ten new recovery codes in place of all earlier ones; only their hashes stay. Raises Conflict without a second factor."""
    session().flush()
    if not has_factor(account_id):
        raise Conflict(_("请先设置两步登录。"))
    made = codes.new_recovery_codes()
    session().execute(_own_codes(account_id))
    session().execute(insert(RecoveryCode), [
        {"tenant_id": tenant_id(), "id": new_id(), "account_id": account_id, "slot": slot, "code_hash": codes.hash_recovery_code(code)}
        for slot, code in enumerate(made)])
    audit.record("factor.codes_renewed", "account", account_id)
    return made


def recovery_codes_left(account_id: uuid.UUID) -> int:
    """How many recovery codes were not yet used."""
    return session().scalar(select(func.count()).select_from(RecoveryCode).where(
        RecoveryCode.tenant_id == tenant_id(), RecoveryCode.account_id == account_id)) or 0


def remove_codes(account_id: uuid.UUID) -> None:
    """Do without one-time codes; recovery codes go too unless a passkey stays, and tokens count as made without a factor. Logins end: the caller opens a new one."""
    session().execute(delete(SecondFactor).where(SecondFactor.tenant_id == tenant_id(), SecondFactor.account_id == account_id))
    after_removal(account_id)
    end_logins(account_id)
    audit.record("factor.removed", "account", account_id)


def reset(account_id: uuid.UUID, *, by: Actor | None) -> None:
    """Take codes, recovery codes and passkeys away, for somebody who lost them; logins and API tokens end, the next sign-in sets up new ones.

    `by` None is the command line. Raises Forbidden for one's own account and for a higher role, NotFound out of reach.
    """
    if by is not None:
        manageable(account_id, by)
        if by.account_id == account_id:
            raise Forbidden(_("不能重设自己的两步登录，请由其他管理员办理。"))
    for table in (SecondFactor, RecoveryCode, Passkey):
        session().execute(delete(table).where(table.tenant_id == tenant_id(), table.account_id == account_id)
                          .execution_options(synchronize_session=False))
    session().execute(delete(AccessToken).where(AccessToken.tenant_id == tenant_id(), AccessToken.account_id == account_id)
                      .execution_options(synchronize_session=False))
    forget_factor_tries(account_id)
    end_logins(account_id)
    audit.record("factor.reset", "account", account_id)


def reset_since_last_login(account_id: uuid.UUID) -> str | None:
    """Who has reset the second factor since the owner last signed in ("" for the installation), so that the owner is told; None: nobody."""
    reset_at = audit.entries(audit.EntryFilter("factor.reset", object_id=account_id), limit=1)
    opened = audit.entries(audit.EntryFilter("login.opened", object_id=account_id), limit=1) if reset_at else []
    if not reset_at or (opened and opened[0].seq > reset_at[0].seq):
        return None
    by = reset_at[0].actor_id if reset_at[0].actor_kind == "account" else None
    return session().scalar(select(Account.display_name).where(Account.tenant_id == tenant_id(), Account.id == by)) or ""


def _use_recovery_code(account_id: uuid.UUID, code: str) -> bool:
    slot = codes.recovery_slot(code)
    if slot is None:
        return False
    row = session().scalar(select(RecoveryCode).where(RecoveryCode.tenant_id == tenant_id(), RecoveryCode.account_id == account_id,
                                                      RecoveryCode.slot == slot).with_for_update())
    if not codes.is_recovery_code(row.code_hash if row else None, code) or row is None:
        return False
    session().delete(row)
    return True


def _wait(account_id: uuid.UUID) -> None:
    if seconds := waiting(factor_tries(account_id)):
        raise TooMany(wait_message(seconds), seconds)


def _refused(account_id: uuid.UUID) -> Invalid:
    count_failure(factor_tries(account_id))
    audit.record("factor.refused", "account", account_id)
    return codes.wrong_code()


def _row(account_id: uuid.UUID, *, lock: bool = False) -> SecondFactor | None:
    query = select(SecondFactor).where(SecondFactor.tenant_id == tenant_id(), SecondFactor.account_id == account_id)
    return session().scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)


def _new_row(account_id: uuid.UUID) -> SecondFactor:
    row = SecondFactor(id=new_id(), account_id=account_id, last_step=0)
    session().add(row)
    return row


def _seal(row: SecondFactor, column: str, secret: str) -> bytes | None:
    return keyring.for_tenant(tenant_id()).encrypt(_TABLE, column, row.id, secret)


def _open(row: SecondFactor, column: str) -> str:
    return keyring.for_tenant(tenant_id()).decrypt(_TABLE, column, row.id, getattr(row, column)) or ""


def _own_codes(account_id: uuid.UUID) -> Delete:
    return delete(RecoveryCode).where(RecoveryCode.tenant_id == tenant_id(), RecoveryCode.account_id == account_id).execution_options(
        synchronize_session=False)
