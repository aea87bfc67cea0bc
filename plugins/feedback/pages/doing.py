"""What the pages of feedback share: rows of lists in words."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from core.api import organization_names
from plugins.feedback import periods
from plugins.feedback.words import CHANNELS, STATES, TONES, UNIT_STATES, hours


def lines(rows: Sequence[Row], *, unit: bool = False) -> list[dict[str, Any]]:
    """Packs of a list in words; the names of places and units in one query. `unit`: in the words of the unit's side."""
    names = organization_names({one for row in rows for one in (row.community_id, row.unit_id)})
    words = UNIT_STATES if unit else STATES
    return [{**row._mapping, "unit": names.get(row.unit_id, ""), "community": names.get(row.community_id, "") or row.sender or "",
             "word": str(words[row.state]), "tone": TONES[row.state], "hours": hours(row.minutes), "when": periods.words(row.period),
             "how": str(CHANNELS[row.channel]) if row.channel else "", "choice": f"{row.id}:{row.version}"} for row in rows]
