"""One-time codes out of an app (TOTP, RFC 6238) and recovery codes on paper: the arithmetic, the same for accounts and operators."""
from __future__ import annotations

import secrets

import pyotp

from core.access.passwords import hash_secret, verify_password
from core.errors import Invalid
from core.i18n import _
from core.tenancy import now

STEP, DIGITS, DRIFT = 30, 6, 1  # seconds; digits; so many steps may a phone's clock be off
RECOVERY_CODES = 10
# Letters and digits that nobody confuses on paper.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_RANDOM = 9


def new_secret() -> str:
    """160 random bits as base32, as authenticator apps read them."""
    return pyotp.random_base32(32)


def address(secret: str, name: str, issuer: str) -> str:
    """What the QR code of the enrolment says; it holds the secret."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def spaced(secret: str) -> str:
    """The secret for typing, in groups of four."""
    return " ".join(secret[i:i + 4] for i in range(0, len(secret), 4))


def matching_step(secret: str, code: str, last_step: int) -> int | None:
    """The time step whose code this is, when it is near now and later than the last one used; so each code works once."""
    digits = "".join(code.split())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    current, totp = int(now().timestamp()) // STEP, pyotp.TOTP(secret)
    for step in range(max(current - DRIFT, last_step + 1), current + DRIFT + 1):
        if secrets.compare_digest(totp.generate_otp(step), digits):
            return step
    return None


def wrong_code() -> Invalid:
    """What somebody is told whose code is wrong, old or used."""
    return Invalid(_("验证码不对。请看验证器里现在显示的 6 位数字，重新输入；同一个验证码只能用一次。"), {"code": [_("验证码不对或已用过")]})


def new_recovery_codes() -> list[str]:
    """Ten codes for paper; each begins with its number, so that one hash at most is tried."""
    return [f"{slot}{_random(4)}-{_random(_RANDOM - 4)}" for slot in range(RECOVERY_CODES)]


def hash_recovery_code(code: str) -> str:
    """An argon2id hash: the codes are short enough to be typed, so that a plain hash could be searched."""
    return hash_secret(_plain(code))


def recovery_slot(code: str) -> int | None:
    """The number of the code that this text may be; None when it has not the form of one."""
    plain = _plain(code)
    return int(plain[0]) if len(plain) == 1 + _RANDOM and plain[0] in "0123456789" else None


def is_recovery_code(stored: str | None, code: str) -> bool:
    """Whether the text is the code with this hash; an absent hash takes as long."""
    return verify_password(stored or None, _plain(code))


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()


def _random(count: int) -> str:
    return "".join(secrets.choice(LETTERS) for _letter in range(count))
