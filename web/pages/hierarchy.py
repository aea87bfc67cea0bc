"""Moving, merging and closing organizations: at once for what has nothing below it, otherwise by two persons (security rule 12)."""
from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.access.authorization import Target, authorize
from core.approvals import needed
from core.errors import Conflict, Invalid, NotFound
from core.i18n import _
from core.organizations import hierarchy as rooms, queries, tree
from tenants import hierarchy
from web.routing import Pages
from web.tenant import actor

MANAGE = "organizations.manage"

pages = Pages("hierarchy", __name__, url_prefix="/organizations")


@pages.page("/<uuid:organization_id>/change", access=MANAGE)
def form(organization_id: uuid.UUID) -> str:
    """What can be done with it."""
    return _form(_place(organization_id))


@pages.page("/<uuid:organization_id>/change", access=MANAGE, methods=("POST",))
def change(organization_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Look for where it goes (first press), or do it or ask for a second person (second)."""
    place = _place(organization_id)
    if request.form.get("step") == "find":
        return _form(place)
    if request.form.get("confirmed") != "yes":
        return _form(place, Invalid(_("请先勾选“我已核对”。"), {"confirmed": [_("请勾选")]})), 422
    try:
        asked = hierarchy.change(place, request.form.get("act", ""), request.form.get("to", type=uuid.UUID),
                                 request.form.get("reason", ""), by=actor())
    except (Invalid, Conflict) as error:
        return _form(place, error), error.status
    if asked is not None:
        flash(_("已提交申请，另一人确认后自动办理。"), "success")
        return redirect(url_for("approvals.show", approval_id=asked), 303)
    flash(_("已办理。"), "success")
    return redirect(url_for("organizations.show", organization_id=organization_id), 303)


def _place(organization_id: uuid.UUID) -> tree.OrganizationFact:
    place = tree.get(organization_id)
    authorize(actor(), MANAGE, Target((place.path,)))
    authorize(actor(), MANAGE, Target((hierarchy.above(place.path),)))
    if not hierarchy.acts_for(place):
        raise NotFound
    return place


def _form(place: tree.OrganizationFact, error: Invalid | Conflict | None = None) -> str:
    act, text = request.form.get("act", ""), request.form.get("q", "").strip()[:40]
    found = hierarchy.targets(place, act, actor(), text) if act else []
    above = queries.names_above([row.path for row in found])
    choices: list[dict[str, Any]] = [{"id": row.id, "name": row.name, "above": " / ".join(above.get(row.path, []))} for row in found]
    acts = [(key, str(hierarchy.ACTS[key])) for key in hierarchy.acts_for(place)]
    return render_template("organizations/change.html", place=place, acts=acts, act=act, q=text, choices=choices, to=request.form.get("to", ""),
                           reason=request.form.get("reason", ""), two=rooms.has_below(place) and needed(hierarchy.KIND),
                           message=error.message if error else None, errors=error.fields if isinstance(error, Invalid) else {})
