"""What core tells and asks of the consultation plugin. It shows nothing on pages that others see of a member."""
from __future__ import annotations

import uuid
from collections.abc import Iterable

from core.api import BaodaoError, MemberData, Panel, _, acting, hookimpl
from plugins.consultation import keeping


@hookimpl
def member_panels(member_id: uuid.UUID) -> Iterable[Panel]:
    """For the member alone, where the tenant lets members know: that an opinion was asked for. Officers see no trace of it here."""
    try:
        own = acting().member_id == member_id
    except BaodaoError:  # nobody is signed in, as in a job
        own = False
    if not own or not (rows := keeping.known_to(member_id)):
        return []
    return [Panel(_("征求意见"), "consultation/panel.html", {"rows": rows})]


@hookimpl
def export_member_data(member_id: uuid.UUID) -> Iterable[MemberData]:
    """What the tenant lets the member know, and nothing of what anybody wrote."""
    return keeping.tables(member_id)


@hookimpl
def erase_member_data(member_id: uuid.UUID) -> int:
    """No name and no word of the member remains; counts stay."""
    return keeping.erase(member_id)
