"""What core asks of the awards plugin."""
from __future__ import annotations

import uuid
from collections.abc import Iterable

from core.api import MemberData, Panel, _, hookimpl
from plugins.awards import exporting, queries
from plugins.awards.words import NOMINATION_TONES, NOMINATIONS


@hookimpl
def member_panels(member_id: uuid.UUID) -> Iterable[Panel]:
    """The member's latest nominations and awards, on the member's page."""
    rows = queries.own(member_id, limit=5)[:5]
    return [Panel(_("荣誉"), "awards/panel.html", {"rows": rows, "words": NOMINATIONS, "tones": NOMINATION_TONES, "member_id": member_id})] if rows else []


@hookimpl
def export_member_data(member_id: uuid.UUID) -> Iterable[MemberData]:
    """Nominations, awards and what was answered to objections; not what people wrote against them."""
    return exporting.tables(member_id)


@hookimpl
def erase_member_data(member_id: uuid.UUID) -> int:
    """Nominations go; awards stay without a word about the person."""
    return exporting.erase(member_id)
