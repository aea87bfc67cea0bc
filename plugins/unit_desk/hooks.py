"""What core tells and asks of the unit's desk."""
from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import select

from core.api import MemberData, Panel, Target, _, acting, allowed, hookimpl, member_places, session
from plugins.unit_desk import exporting, overview
from plugins.unit_desk.desks import MANAGE, SELF


@hookimpl
def member_panels(member_id: uuid.UUID) -> Iterable[Panel]:
    """On the member's page: for the member what the unit asks, for the liaison the way to the year and to a request; nothing for the community."""
    actor = acting()
    if actor.member_id == member_id and actor.can(SELF):
        return [Panel(_("单位事项"), "unit_desk/own_panel.html", {"waiting": overview.waiting_for(member_id)}, order=40)]
    found = member_places(member_id)
    row = session().execute(select(found.c.unit_id, found.c.unit_path)).one_or_none()
    if row is None or row.unit_path is None or not allowed(actor, MANAGE, Target((row.unit_path,))):
        return []
    return [Panel(_("单位了解"), "unit_desk/panel.html", {"member_id": member_id, "unit_id": row.unit_id}, order=40)]


@hookimpl
def export_member_data(member_id: uuid.UUID) -> Iterable[MemberData]:
    """Look-ups, requests and answers, difficulties, filed cards, meetings."""
    return exporting.tables(member_id)


@hookimpl
def erase_member_data(member_id: uuid.UUID) -> int:
    """Nothing of the member remains."""
    return exporting.erase(member_id)
