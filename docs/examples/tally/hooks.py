"""What core tells and asks of this plugin."""
from __future__ import annotations

import uuid
from collections.abc import Iterable

from core.api import MemberData, Panel, RecordFact, _, hookimpl

from . import counting


@hookimpl
def member_panels(member_id: uuid.UUID) -> Iterable[Panel]:
    """The counts, on the member's page; nothing where there are none."""
    if rows := counting.by_kind(member_id):
        yield Panel(_("分类统计"), "tally/panel.html", {"rows": rows})


@hookimpl
def record_counted(record: RecordFact) -> None:
    """One more. Should this raise, the record counts all the same and a job tells it again."""
    counting.add(record)


@hookimpl
def record_withdrawn(record: RecordFact) -> None:
    """One less."""
    counting.take_back(record)


@hookimpl
def export_member_data(member_id: uuid.UUID) -> Iterable[MemberData]:
    """All that we hold about the member, as JSON values."""
    if rows := counting.by_kind(member_id):
        yield MemberData(_("分类统计"), tuple({"kind": row.kind, "services": row.services} for row in rows))


@hookimpl
def erase_member_data(member_id: uuid.UUID) -> int:
    """Nothing of the member remains."""
    return counting.erase(member_id)
