"""Slips: one-time codes, on paper or as a link, with which somebody sets the first or a new password without mail, SMS or phone."""
from __future__ import annotations

import datetime as dt
import secrets
import uuid

from sqlalchemy import delete, select

from core import audit
from core.access.accounts import close_password, manageable, set_password
from core.access.actor import Actor
from core.access.factor_models import PasswordSlip
from core.access.logins import count_failure, slip_tries, wait_message, waiting
from core.access.models import Account
from core.access.one_time_codes import LETTERS
from core.access.passwords import hash_secret, verify_password
from core.access.spraying import Source, stop_message
from core.db import new_id
from core.errors import Forbidden, Invalid, TooMany
from core.i18n import _
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

VALID = dt.timedelta(days=14)  # time for paper to reach somebody in a village
_GROUPS, _GROUP = 3, 4  # 12 of 31 letters: 59 random bits, few enough to be typed


def issue(account_id: uuid.UUID, *, by: Actor | None) -> str:
    """A new slip's code, shown once; the password, every login and every earlier slip of the account are void from now on.

    `by` None: whoever asks has been looked at already. Raises Forbidden for one's own account or a higher role, NotFound out of reach.
    """
    if by is not None:
        manageable(account_id, by)
        if by.account_id == account_id:
            raise Forbidden(_("自己的密码请在“我的账号”里修改。"))
    close_password(account_id)
    code = "-".join("".join(secrets.choice(LETTERS) for _letter in range(_GROUP)) for _group in range(_GROUPS))
    _drop(account_id)
    session().add(PasswordSlip(id=new_id(), account_id=account_id, code_hash=hash_secret(_plain(code)), expires_at=now() + VALID))
    session().flush()
    audit.record("account.slip_issued", "account", account_id)
    return code


def redeem(username: str, code: str, password: str, source: Source) -> uuid.UUID:
    """Set the password with a slip, which is used up by it; answers the account.

    A name that is nobody's, a wrong, a used and an old code get the same answer in the same time, and wait as sign-ins do. Raises Invalid
    (also for a weak password: then the slip stays good) and TooMany; the caller commits then too, or the try would not be counted.
    """
    if wait := source.wait():
        raise TooMany(stop_message(wait), wait)
    name = username.strip()
    tried = slip_tries(name)
    if wait := waiting(tried):
        raise TooMany(wait_message(wait), wait)
    slip = _held(name)
    if not verify_password(slip.code_hash if slip else None, _plain(code)) or slip is None:
        count_failure(tried)
        source.note(f"slip {name}")
        audit.record("account.slip_refused", "account", slip.account_id if slip else None)
        raise Invalid(_("用户名或开通码不对，或者开通码已用过、已过期。请核对纸条，或请交给您的人重新打印一张。"),
                      {"code": [_("请核对纸条上的用户名和开通码")]})
    set_password(slip.account_id, password)
    tried.failed_logins, tried.locked_until = 0, None
    source.forgive(f"slip {name}")
    _drop(slip.account_id)
    return slip.account_id


def _held(username: str) -> PasswordSlip | None:
    """The slip that is still good, held until the transaction ends: of two who send it at once the second finds it used."""
    return session().scalar(
        select(PasswordSlip).join(Account, (Account.tenant_id == PasswordSlip.tenant_id) & (Account.id == PasswordSlip.account_id))
        .where(PasswordSlip.tenant_id == tenant_id(), Account.username == username, Account.active, PasswordSlip.expires_at > now())
        .with_for_update(of=PasswordSlip))


def _drop(account_id: uuid.UUID) -> None:
    session().execute(delete(PasswordSlip).where(PasswordSlip.tenant_id == tenant_id(), PasswordSlip.account_id == account_id)
                      .execution_options(synchronize_session=False))


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()
