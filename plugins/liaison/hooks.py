"""What core asks of the liaison plugin."""
from __future__ import annotations

import uuid
from collections.abc import Iterable

from core.api import MemberData, hookimpl
from plugins.liaison import exporting


@hookimpl
def export_member_data(member_id: uuid.UUID) -> Iterable[MemberData]:
    """Post, liaison communities and visits of a leading cadre."""
    return exporting.tables(member_id)


@hookimpl
def erase_member_data(member_id: uuid.UUID) -> int:
    """Nothing says any more whose they were."""
    return exporting.erase(member_id)
