"""The second factor of those who run the installation: one-time codes and recovery codes, under the master key and outside every tenant."""
from __future__ import annotations

import uuid

from sqlalchemy import delete, select

from core import audit
from core.access import one_time_codes as codes
from core.access.actor import PASSWORD
from core.access.factors import OFFICERS
from core.access.logins import count_failure, wait_message, waiting
from core.errors import Conflict, TooMany
from core.i18n import _
from core.privacy import keyring
from core.privacy.cipher import MasterKeys
from core.tenancy import OperatorFactor, now, session

_PURPOSE = "operator_factor.secret"


def has_codes(operator_id: uuid.UUID) -> bool:
    """Whether the operator has one-time codes set up."""
    row = _row(operator_id)
    return row is not None and row.confirmed_at is not None


def must_enrol(stage: str, policy: str) -> bool:
    """Whether the login met a password only and its holder has to set one-time codes up before anything else."""
    return stage == PASSWORD and policy == OFFICERS


def propose(operator_id: uuid.UUID) -> str:
    """The secret to be put into the operator's app, while none is in use; shown again until a code confirms it. Raises Conflict."""
    row = _row(operator_id)
    if row is None:
        sealed = keyring.masters().seal(_purpose(operator_id), codes.new_secret().encode())
        row = OperatorFactor(operator_id=operator_id, secret=sealed, recovery_hashes=[], last_step=0, failed_logins=0)
        session().add(row)
        session().flush()
    if row.confirmed_at is not None:
        raise Conflict(_("两步登录已经设好。换手机请用 baodao account operator 用户名 --reset-factor 重设。"))
    return _secret(row)


def reseal(masters: MasterKeys) -> int:
    """Put every secret under the current master key; answers how many were elsewhere. Call it in `unscoped()`."""
    rows = [row for row in session().scalars(select(OperatorFactor).with_for_update()) if not masters.is_current(bytes(row.secret))]
    for row in rows:
        purpose = _purpose(row.operator_id)
        row.secret = masters.seal(purpose, masters.open(purpose, bytes(row.secret)))
    return len(rows)


def confirm(operator_id: uuid.UUID, code: str) -> list[str]:
    """Take the secret into use, since the app shows the right code; answers the recovery codes. Raises Invalid, TooMany, Conflict."""
    row = _held(operator_id)
    if row is None or row.confirmed_at is not None:
        raise Conflict(_("请重新打开设置页面，扫描新的二维码。"))
    step = codes.matching_step(_secret(row), code, 0)
    if step is None:
        count_failure(row)
        raise codes.wrong_code()
    row.last_step, row.confirmed_at, row.failed_logins, row.locked_until = step, now(), 0, None
    audit.record_operator("factor.enrolled", "operator", operator_id)
    return renew_recovery_codes(operator_id)


def check(operator_id: uuid.UUID, code: str) -> None:
    """Whether a one-time code or a recovery code is right; either works once. Raises Invalid, TooMany; the caller commits then too."""
    row = _held(operator_id)
    step = codes.matching_step(_secret(row), code, row.last_step) if row and row.confirmed_at else None
    if row is None or (step is None and not _use_recovery_code(row, code)):
        if row is not None:
            count_failure(row)
        audit.record_operator("factor.refused", "operator", operator_id)
        raise codes.wrong_code()
    row.last_step, row.failed_logins, row.locked_until = step or row.last_step, 0, None
    audit.record_operator("factor.met" if step else "factor.recovery_code_used", "operator", operator_id)


def renew_recovery_codes(operator_id: uuid.UUID) -> list[str]:
    """Ten new recovery codes in place of all earlier ones; only their hashes stay. Raises Conflict before codes are set up."""
    row, made = _row(operator_id), codes.new_recovery_codes()
    if row is None or row.confirmed_at is None:
        raise Conflict(_("请先设置两步登录。"))
    row.recovery_hashes = [codes.hash_recovery_code(code) for code in made]
    audit.record_operator("factor.codes_renewed", "operator", operator_id)
    return made


def recovery_codes_left(operator_id: uuid.UUID) -> int:
    """How many recovery codes were not yet used."""
    row = _row(operator_id)
    return len([stored for stored in row.recovery_hashes if stored]) if row else 0


def reset(operator_id: uuid.UUID) -> None:
    """Take the codes away, from the command line; the next sign-in sets up new ones."""
    session().execute(delete(OperatorFactor).where(OperatorFactor.operator_id == operator_id).execution_options(synchronize_session=False))
    audit.record_operator("factor.reset", "operator", operator_id)


def _held(operator_id: uuid.UUID) -> OperatorFactor | None:
    """The row, held until the transaction ends, unless one has to wait."""
    row = session().scalar(select(OperatorFactor).where(OperatorFactor.operator_id == operator_id).with_for_update()
                           .execution_options(populate_existing=True))
    if row is not None and (seconds := waiting(row)):
        raise TooMany(wait_message(seconds), seconds)
    return row


def _use_recovery_code(row: OperatorFactor, code: str) -> bool:
    slot, hashes = codes.recovery_slot(code), list(row.recovery_hashes)
    if slot is None or slot >= len(hashes) or not codes.is_recovery_code(hashes[slot], code):
        return False
    hashes[slot] = ""
    row.recovery_hashes = hashes
    return True


def _row(operator_id: uuid.UUID) -> OperatorFactor | None:
    return session().scalar(select(OperatorFactor).where(OperatorFactor.operator_id == operator_id))


def _secret(row: OperatorFactor) -> str:
    return keyring.masters().open(_purpose(row.operator_id), row.secret).decode()


def _purpose(operator_id: uuid.UUID) -> str:
    return f"{_PURPOSE} {operator_id}"
