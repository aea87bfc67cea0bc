"""Text as people meant it: no control characters, which PostgreSQL and spreadsheets cannot hold, and no blanks at the ends."""
from __future__ import annotations

import unicodedata


def tidy(text: str | None, *, lines: bool = False) -> str:
    """The text in NFC without control and formatting characters; line breaks stay where `lines` says so."""
    kept = "".join(c if c == "\n" and lines else " " if c in "\n\r\t" else c for c in (text or "").replace("\r\n", "\n")
                   if c in "\n\r\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Cn"))
    return unicodedata.normalize("NFC", kept).strip()
