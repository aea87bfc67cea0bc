"""What core tells and asks of the points plugin."""
from __future__ import annotations

import uuid
from collections.abc import Iterable

from core.api import DeedFact, MemberData, Panel, RecordFact, _, hookimpl
from plugins.points import ledger, personal, upkeep
from plugins.points.explaining import explained
from plugins.points.fields import shown


@hookimpl
def record_counted(record: RecordFact) -> None:
    """A record counts: it earns."""
    ledger.earn(record)


@hookimpl
def record_withdrawn(record: RecordFact) -> None:
    """A record counts no longer: what it earned is reversed."""
    ledger.reverse(ledger.Evidence("record", record.record_id, record.member_id, record.community_id, record.happened_on))


@hookimpl
def deed_counted(deed: DeedFact) -> None:
    """A deed counts: it earns or takes off, clears, or excludes for a time; a unit's own goes to the unit."""
    from plugins.points import deeds
    deeds.counted(deed)


@hookimpl
def deed_withdrawn(deed: DeedFact) -> None:
    """A deed counts no longer: all that it did is undone."""
    from plugins.points import deeds
    deeds.withdrawn(deed)


@hookimpl
def member_panels(member_id: uuid.UUID) -> Iterable[Panel]:
    """The balance and the last entries, on the member's page."""
    rows = explained(ledger.entries(member_id, limit=5))
    return [Panel(_("奉献积分"), "points/panel.html", {"balance": shown(ledger.balance(member_id)), "entries": rows, "member_id": member_id})]


@hookimpl
def export_member_data(member_id: uuid.UUID) -> Iterable[MemberData]:
    """Every entry, exclusion, request, card and correction of the member."""
    return personal.tables(member_id)


@hookimpl
def erase_member_data(member_id: uuid.UUID) -> int:
    """Nothing of the person remains, and the ledger stays whole."""
    return upkeep.erase(member_id)
