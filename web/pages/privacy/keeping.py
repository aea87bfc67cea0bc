"""What goes when its time is over, and whose data is only stored for now."""
from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.i18n import _
from core.members import holds
from core.members.reach import grants_for
from core.tenancy import today
from tenants.rights import retention as keeping
from web.pages.members.show import find
from web.pages.privacy.blueprint import DECIDE, HOLD_TITLES, pages
from web.tenant import actor


@pages.page("/retention", access=DECIDE)
def retention() -> str:
    """Each period with what it takes tonight and soon; members by name only for who looks after all of them."""
    whole = any(grant.kind == "committee" for grant in grants_for(actor(), DECIDE))
    held = [row._asdict() | {"title": HOLD_TITLES[row.reason]} for row in holds.held(grants_for(actor(), DECIDE))]
    return render_template("privacy/retention.html", rules=keeping.outlook(), leaving=keeping.leaving() if whole else [], held=held,
                           may_set=actor().can("settings.manage"))


@pages.page("/members/<uuid:member_id>/hold", access=DECIDE, methods=("POST",))
def hold(member_id: uuid.UUID) -> Response:
    """Only store a member's data from now on, or let it be processed again."""
    find(member_id, DECIDE)
    if request.form.get("act") == "lift":
        holds.lift(member_id)
        flash(_("已解除，可以正常办理删除。"), "success")
    else:
        holds.hold(member_id, request.form.get("reason", ""), today(), by=actor().account_id)
        flash(_("已登记：只保存，不删除。"), "success")
    return redirect(url_for("privacy.member", member_id=member_id), 303)
