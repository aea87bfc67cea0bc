"""Looks a password up in the operator's own copy of a list of breached ones, on disk and without asking anybody (ASVS 5.0, 6.2.12).

The copy is what the downloader of Have I Been Pwned makes: one file of lines "SHA-1:count", sorted, or a folder of files by the first five
digits. A billion lines take some thirty reads, so that nothing is loaded.
"""
from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

import structlog

from core.errors import ConfigurationError

VARIABLE = "BAODAO_BREACHED_PASSWORDS"
_DIGITS, _PREFIX = 40, 5
log = structlog.get_logger("baodao.access")


class BreachedPasswords:
    """One copy of the list. Raises ConfigurationError when there is none in that place."""

    def __init__(self, place: Path) -> None:
        self._place = place
        sample = next(place.glob("?????.txt"), None) if place.is_dir() else place
        try:
            with (sample or place).open("rb") as file:
                digits = len(file.readline().partition(b":")[0].strip())
        except OSError as error:
            raise ConfigurationError(f"{VARIABLE} 指定的 {place} 读不到（{error.strerror}）。") from error
        if digits != (_DIGITS - _PREFIX if place.is_dir() else _DIGITS):
            raise ConfigurationError(f"{VARIABLE} 指定的 {place} 不是按散列排序的 SHA-1 清单，应是 Have I Been Pwned 下载工具生成的文件或目录。")

    def holds(self, password: str) -> bool:
        """Whether the password stands in the list. A list that cannot be read any more is logged, and holds nothing."""
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()  # the list's own way of writing
        folder = self._place.is_dir()
        path, wanted = (self._place / f"{digest[:_PREFIX].decode()}.txt", digest[_PREFIX:]) if folder else (self._place, digest)
        try:
            with path.open("rb") as file:
                return _stands_in(file, wanted)
        except OSError as error:
            log.warning("breached_passwords_unreadable", error=type(error).__name__)
            return False


def _stands_in(file: BinaryIO, wanted: bytes) -> bool:
    """Halve the file until the first line is found that is not before `wanted`."""
    low, high = 0, file.seek(0, os.SEEK_END)
    while low < high:
        middle = (low + high) // 2
        found = _line_from(file, middle)
        low, high = (middle + 1, high) if found and found < wanted else (low, middle)
    return _line_from(file, low) == wanted


def _line_from(file: BinaryIO, place: int) -> bytes:
    """The hash of the first line that begins at `place` or after it; empty at the end."""
    file.seek(max(place - 1, 0))
    if place:
        file.readline()
    return file.readline().partition(b":")[0].strip().upper()
