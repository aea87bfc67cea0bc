"""What a cell of a table may hold, and the guard that keeps exported text from starting a formula."""
from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import TypeAlias

Cell: TypeAlias = str | int | float | dt.date | dt.datetime | bool | None

# Leads that a spreadsheet program may take for a formula (OWASP ASVS 1.2.10), with the full-width forms that
# Chinese and Japanese editions turn into the plain ones.
RISKY_LEADS = "=+-@\t\r\0＝＋－＠"
LEADS = frozenset(RISKY_LEADS + "'")  # with which a text begins that `neutralise` looks at more closely
_GUARDED = re.compile(f"'*[{re.escape(RISKY_LEADS)}]")
# PostgreSQL cannot hold NUL and XML cannot hold the others.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ODD = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\xa0\xad\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u2066-\u2069\u3000\ufeff\ufffe\uffff]"
)
_SPACES = re.compile("[\xa0\u2000-\u200a\u202f\u205f\u3000]")


def clean(text: str) -> str:
    """Text as people meant it: NFC, trimmed, every kind of space a plain one, zero-width and control characters gone."""
    if not text.isprintable():
        text = _ODD.sub("", _SPACES.sub(" ", text))
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return text.strip()


def neutralise(text: str) -> str:
    """Text that starts no formula wherever it is opened: risky leads get an apostrophe, which `restore` takes off again."""
    if not text.isprintable():
        # First, since a forbidden character may hide a risky one behind it.
        text = _FORBIDDEN.sub("", text)
    return "'" + text if _GUARDED.match(text) else text


def legal(text: str) -> str:
    """Text without what XML cannot hold."""
    return text if text.isprintable() else _FORBIDDEN.sub("", text)


def restore(text: str) -> str:
    """The original of a neutralised text; any other text is given back as it is."""
    return text[1:] if text[:1] == "'" and _GUARDED.match(text) else text
