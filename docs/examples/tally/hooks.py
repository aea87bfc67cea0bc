"""What Baodao tells the plugin, and what it asks of it."""
from __future__ import annotations

import uuid
from collections.abc import Iterable

from core.api import DeedFact, MemberData, Panel, RecordFact, hookimpl, settings, term
from tally import counting


@hookimpl
def member_panels(member_id: uuid.UUID) -> Iterable[Panel]:
    """The numbers, on the member's page; nothing where there are none."""
    if rows := counting.by_kind(member_id):
        yield Panel(term("tally"), "tally/panel.html", {"rows": rows})


@hookimpl
def record_counted(record: RecordFact) -> None:
    """One more, unless the county leaves the kind out.

    Should this raise, the record counts all the same, and a job tells it again.
    """
    if record.kind not in settings("tally", record.community_id)["left_out"]:
        counting.add(record.member_id, record.record_id, record.kind, record.happened_on)


@hookimpl
def record_withdrawn(record: RecordFact) -> None:
    """One less."""
    counting.take_back(record.member_id, record.record_id, record.kind, record.happened_on)


@hookimpl
def deed_counted(deed: DeedFact) -> None:
    """A deed is counted like a service; one of a unit as a whole has no member."""
    if deed.member_id is not None:
        counting.add(deed.member_id, deed.deed_id, deed.kind, deed.happened_on)


@hookimpl
def deed_withdrawn(deed: DeedFact) -> None:
    """One less."""
    if deed.member_id is not None:
        counting.take_back(deed.member_id, deed.deed_id, deed.kind, deed.happened_on)


@hookimpl
def export_member_data(member_id: uuid.UUID) -> Iterable[MemberData]:
    """All that is kept of the member, as JSON values."""
    if rows := counting.of(member_id):
        yield MemberData(term("tally"), tuple(
            {"kind": row.kind, "day": row.day.isoformat(), "counts": row.counts} for row in rows))


@hookimpl
def erase_member_data(member_id: uuid.UUID) -> int:
    """Nothing of the member remains."""
    return counting.erase(member_id)
