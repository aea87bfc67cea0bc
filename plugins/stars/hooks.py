"""What core tells and asks of the stars plugin."""
from __future__ import annotations

import uuid
from collections.abc import Iterable

from core.api import DeedFact, MemberData, Panel, RecordFact, _, hookimpl
from plugins.stars import doubts, exporting, holding, progress


@hookimpl
def record_withdrawn(record: RecordFact) -> None:
    """A record counts no longer: the stars that stood on it are shown to an officer."""
    doubts.record_gone(record)


@hookimpl
def deed_withdrawn(deed: DeedFact) -> None:
    """A deed counts no longer: likewise."""
    doubts.deed_gone(deed)


@hookimpl
def member_panels(member_id: uuid.UUID) -> Iterable[Panel]:
    """The stars held and the way to the next, on the member's page."""
    return [Panel(_("星级"), "stars/panel.html", {"schemes": progress.schemes(member_id), "member_id": member_id})]


@hookimpl
def export_member_data(member_id: uuid.UUID) -> Iterable[MemberData]:
    """Stars, and every case with its history."""
    return exporting.tables(member_id)


@hookimpl
def erase_member_data(member_id: uuid.UUID) -> int:
    """Cases go, stars stay without a word about the person."""
    return holding.erase(member_id)
