"""Paper first: the community's officer writes a service down for a member who has no phone."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.access.authorization import authorize
from core.access.roles import COMMUNITY
from core.errors import BaodaoError, Conflict, Forbidden, Invalid
from core.i18n import _
from core.members.queries import RosterFilter, member_view, roster
from core.members.reach import grants_for
from core.members.scope import target
from core.service import records
from core.service.detail import record_view
from core.service.places import Community, communities
from core.service.rights import VERIFY, authorize_community, authorize_verify
from web.forms import load_form
from web.pages.records.blueprint import pages
from web.pages.records.forms import OfficerForm, given, new_values, record_fields
from web.tenant import actor

FOUND = 20


@pages.page("/enter", access=VERIFY, methods=("GET", "POST"))
def find_member() -> str:
    """Find the member by name, ID or phone number; by POST, since these stand in no address."""
    text = request.form.get("text", "").strip()
    found = roster(RosterFilter(grants_for(actor(), "members.read"), text=text), limit=FOUND).rows if text else []
    rows = [row._asdict() | {"url": url_for("records.enter", member_id=row.id)} for row in found]
    return render_template("records/find_member.html", rows=rows, text=text)


@pages.page("/enter/<uuid:member_id>", access=VERIFY, methods=("GET", "POST"))
def enter(member_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """The member's form in the officer's hand; verified at once where the officer was there."""
    authorize(actor(), "members.read", target(member_id))
    if actor().member_id == member_id:
        raise Forbidden(_("请用“记一次服务”记录您本人的服务，由其他经办人查验。"))
    places = _own_places()
    if request.method == "GET":
        return _form(member_id, new_values(places[0].id if places else None), places)
    try:
        data = load_form(OfficerForm(), request.form)
        authorize_community(actor(), data["community_id"])
        record_id = records.submit(member_id, given(data), entered_by=actor().account_id, hours_source="officer",
                                   record_id=data["record_id"])
        if data["verify_now"] and record_view(record_id).status == "submitted":
            authorize_verify(actor(), record_id)
            records.verify(record_id, 1, by=actor().account_id)
    except (Invalid, Conflict) as error:
        return _form(member_id, request.form, places, error), error.status
    flash(_("已保存。"), "success")
    return redirect(url_for("records.decide", record_id=record_id), 303)


def _own_places() -> list[Community]:
    return communities([g.organization_id for g in actor().organizations(COMMUNITY)])


def _form(member_id: uuid.UUID, values: Mapping[str, Any], places: list[Community], error: BaodaoError | None = None) -> str:
    shown = record_fields(OfficerForm(), values, places, error.fields if isinstance(error, Invalid) else {})
    return render_template("records/enter.html", fields=shown, member=member_view(member_id).name,
                           action=url_for("records.enter", member_id=member_id), message=error.message if error else None,
                           cancel=url_for("records.find_member"))
