"""What core tells and asks of the points plugin."""
from __future__ import annotations

import uuid
from collections.abc import Iterable

from core.api import MemberData, Panel, RecordFact, _, hookimpl
from plugins.points import ledger


@hookimpl
def record_counted(record: RecordFact) -> None:
    """A record counts: it earns."""
    ledger.earn(record)


@hookimpl
def record_withdrawn(record: RecordFact) -> None:
    """A record counts no longer: what it earned is reversed."""
    ledger.reverse(record)


@hookimpl
def member_panels(member_id: uuid.UUID) -> Iterable[Panel]:
    """The balance and the last entries, on the member's page."""
    return [Panel(_("奉献积分"), "points/panel.html",
                  {"balance": ledger.balance(member_id), "entries": ledger.entries(member_id, limit=5), "member_id": member_id})]


@hookimpl
def export_member_data(member_id: uuid.UUID) -> Iterable[MemberData]:
    """Every entry of the member."""
    rows = tuple({"date": row.happened_on.isoformat(), "kind": row.kind, "points": row.points, "minutes": row.minutes,
                  "rule": row.rule} for row in ledger.entries(member_id, limit=100_000))
    return [MemberData(_("奉献积分"), rows)] if rows else []


@hookimpl
def erase_member_data(member_id: uuid.UUID) -> int:
    """Nothing of the member remains."""
    return ledger.erase(member_id)
