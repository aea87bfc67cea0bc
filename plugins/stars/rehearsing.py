"""Tries a draft of a scheme: what it would give on a day, beside what the version in force gives."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import Select

from core.api import pack_in_force
from plugins.stars.documents import Document
from plugins.stars.evaluating import KIND, compared


def rehearse(document: Document, _since: dt.date, until: dt.date, name: str) -> Select:
    """As RuleKind asks. A star looks at all that a member has done up to a day, so that only the period's last day counts."""
    held = pack_in_force(KIND, name, until)
    return compared(held.document if held is not None else None, document, name, until)
