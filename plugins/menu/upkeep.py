"""What the menu does by night: offers whose time is over end, residents' contacts are forgotten in time, matters follow their requests."""
from __future__ import annotations

from typing import Any

from core.api import JobContext
from plugins.menu import contacts, offers, serving

JOB = "menu.upkeep"


def nightly(_context: JobContext) -> dict[str, Any]:
    """Answers how many of each."""
    return {"ended": offers.end_overdue(), "erased": contacts.erase_old(), "closed": serving.close_forgotten()}
