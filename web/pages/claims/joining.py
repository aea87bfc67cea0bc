"""Who serves under a unit's claim 集体认领: further members are found by name and added (R23)."""
from __future__ import annotations

import uuid

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from core.access.authorization import authorize
from core.errors import Conflict, Invalid
from core.i18n import _
from core.members.queries import MemberRow, RosterFilter, roster
from core.members.reach import grants_for
from core.members.scope import target
from core.service.claims.collective import join
from core.service.claims.queries import claim_row
from core.service.claims.rights import ENTER, authorize_enter
from web.pages.claims.blueprint import pages
from web.pages.claims.work import detail
from web.tenant import actor

FOUND = 20


@pages.page("/work/<uuid:claim_id>/join", access=ENTER, methods=("POST",))
def join_for(claim_id: uuid.UUID) -> Response | str | tuple[str, int]:
    """Find members of the unit by name, by POST since names stand in no address; then add the one that was chosen."""
    authorize_enter(actor(), claim_id)
    member_id = request.form.get("member_id", type=uuid.UUID)
    if member_id is None:
        return detail(claim_id, found=_found(claim_id, request.form.get("text", "").strip()[:50]))
    authorize(actor(), "members.read", target(member_id))
    try:
        join(claim_id, [member_id], by=actor().account_id)
    except (Invalid, Conflict) as error:
        return detail(claim_id, error), error.status
    flash(_("已加入。"), "success")
    return redirect(url_for("claims.show", claim_id=claim_id), 303)


def _found(claim_id: uuid.UUID, text: str) -> list[MemberRow]:
    wanted = RosterFilter(grants_for(actor(), "members.read"), "unit", claim_row(claim_id).unit_id, text)
    return roster(wanted, limit=FOUND).rows if text else []
