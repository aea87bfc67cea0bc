"""Passwords: argon2id hashes, ASVS length rules, and answers that take as long for an unknown name as for a wrong password."""
from __future__ import annotations

import secrets
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from core.access.breached_passwords import BreachedPasswords
from core.access.common_passwords import is_common
from core.errors import Invalid
from core.i18n import _

MINIMUM, MAXIMUM = 8, 128
_breached: list[BreachedPasswords] = []


def configure(breached: BreachedPasswords | None) -> None:
    """Tell this process of the operator's list of breached passwords; None: there is none."""
    _breached[:] = [breached] if breached else []


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's minimum for argon2id


@cache
def _decoy() -> str:
    return _hasher().hash(secrets.token_urlsafe())


def hash_password(password: str, words: Iterable[str] = ()) -> str:
    """An argon2id hash. Raises Invalid when the password is too short, too long or easily guessed (ASVS 5.0, 6.2)."""
    check_strength(password, words)
    return _hasher().hash(password)


def check_strength(password: str, words: Iterable[str] = ()) -> None:
    """Raise Invalid with a sentence for the form when the password cannot be accepted; any characters may make it up.

    `words` are those that anybody who knows the account knows: its name, its owner's, the city's.
    """
    if len(password) < MINIMUM:
        raise Invalid(_("密码太短：至少 8 个字符。"), {"password": [_("至少 8 个字符")]})
    if len(password) > MAXIMUM:
        raise Invalid(_("密码太长：最多 128 个字符。"), {"password": [_("最多 128 个字符")]})
    if is_common(password, words):
        raise Invalid(_("这个密码太常见，容易被猜到，请换一个。"), {"password": [_("请换一个不常见的密码")]})
    if any(known.holds(password) for known in _breached):
        raise Invalid(_("这个密码在别的网站泄露过，请换一个，并在用过它的地方也换掉。"), {"password": [_("请换一个没有泄露过的密码")]})


def hash_secret(text: str) -> str:
    """An argon2id hash of something random that is typed like a password."""
    return _hasher().hash(text)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password fits; an absent hash costs the same time and never fits."""
    try:
        return _hasher().verify(stored or _decoy(), password[:MAXIMUM]) and stored is not None and len(password) <= MAXIMUM
    except (VerifyMismatchError, InvalidHashError):
        return False
