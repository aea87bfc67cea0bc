"""What each check of `baodao doctor` yields."""
from __future__ import annotations

from dataclasses import dataclass

OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table: what was looked at, how it stands, what was seen, and how to mend it."""

    check: str
    state: str
    seen: str
    mend: str = ""
