"""What a deed does to points: it brings or takes off, clears the period, or leaves its member out for a time."""
from __future__ import annotations

import datetime as dt

from core.api import DeedFact
from plugins.points import exclusions, holding, ledger, units


def counted(deed: DeedFact) -> None:
    """A deed counts from now on; a unit's own deed goes to the unit."""
    if deed.member_id is None:
        units.earn(deed)
        return
    ledger.earn_deed(deed)
    if not ledger.gone(deed.deed_id):
        _exclude(deed)


def withdrawn(deed: DeedFact) -> None:
    """A deed counts no longer: all that it did is undone."""
    if deed.member_id is None:
        units.reverse(deed)
        return
    ledger.reverse(ledger.Evidence("deed", deed.deed_id, deed.member_id, deed.unit_id, deed.happened_on))
    exclusions.undo(deed.deed_id)


def _exclude(deed: DeedFact) -> None:
    held = holding.held_by(deed.unit_id, deed.happened_on)
    case = next((c for c in held.document["exclusions"] if deed.kind in c["deed_kinds"]), None) if held else None
    if case is not None and deed.member_id is not None:
        until = None if case["months"] is None else _after(deed.happened_on, case["months"])
        exclusions.caused(deed.member_id, case, (deed.happened_on, until), deed.deed_id)


def _after(day: dt.date, months: int) -> dt.date:
    """The last day of so many months that begin with a day."""
    number = day.year * 12 + day.month - 1 + months
    last = (dt.date((number + 1) // 12, (number + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(number // 12, number % 12 + 1, min(day.day, last)) - dt.timedelta(days=1)
