"""Passwords: argon2id hashes, ASVS length rules, and answers that take as long for an unknown name as for a wrong password."""
from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from core.errors import Invalid
from core.i18n import _

MINIMUM, MAXIMUM = 8, 128
_COMMON = frozenset({"12345678", "123456789", "1234567890", "password", "password1", "11111111", "88888888", "66666666", "00000000",
                     "qwertyui", "abcd1234", "a1234567", "asdfghjkl", "iloveyou", "1qaz2wsx", "baodao123", "admin123", "admin888"})


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's minimum for argon2id


@cache
def _decoy() -> str:
    return _hasher().hash(secrets.token_urlsafe())


def hash_password(password: str) -> str:
    """An argon2id hash. Raises Invalid when the password is too short, too long or widely known (ASVS 5.0, 6.2)."""
    check_strength(password)
    return _hasher().hash(password)


def check_strength(password: str) -> None:
    """Raise Invalid with a sentence for the form when the password cannot be accepted."""
    if len(password) < MINIMUM:
        raise Invalid(_("密码太短：至少 8 个字符。"), {"password": [_("至少 8 个字符")]})
    if len(password) > MAXIMUM:
        raise Invalid(_("密码太长：最多 128 个字符。"), {"password": [_("最多 128 个字符")]})
    if password.lower() in _COMMON or len(set(password)) < 3:
        raise Invalid(_("这个密码太常见，容易被猜到，请换一个。"), {"password": [_("请换一个不常见的密码")]})


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password fits; an absent hash costs the same time and never fits."""
    try:
        return _hasher().verify(stored or _decoy(), password[:MAXIMUM]) and stored is not None
    except (VerifyMismatchError, InvalidHashError):
        return False
