"""Paper first: an officer or liaison enters a deed for a member, or for a unit as a whole."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.access.authorization import Target, authorize
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.i18n import _
from core.members.queries import RosterFilter, member_view, roster
from core.members.reach import grants_for
from core.members.scope import target
from core.organizations import tree
from core.rules import deeds
from core.rules.deeds import DeedInput
from web.forms import load_form
from web.pages.deeds.blueprint import ENTER, known_kinds, pages
from web.pages.deeds.forms import DeedForm, deed_fields, given
from web.tenant import actor

FOUND = 20


@pages.page("/enter", access=ENTER, methods=("GET", "POST"))
def find() -> str:
    """Find the member by name, ID or phone number, or the unit by its name; by POST, since these stand in no address."""
    kinds = known_kinds()
    text = request.form.get("text", "").strip()
    people = roster(RosterFilter(grants_for(actor(), ENTER), text=text), limit=FOUND).rows if text else []
    rows = [{"name": r.name, "unit": r.unit, "url": url_for("deeds.enter", member_id=r.id)} for r in people]
    if text and any(kind["for_units"] for kind in kinds.values()):
        rows += [{"name": r.name, "unit": _("单位本身"), "url": url_for("deeds.enter_unit", unit_id=r.id)}
                 for r in tree.search(actor().paths(ENTER), kinds=("unit",), text=text, limit=FOUND)]
    return render_template("deeds/find.html", rows=rows, text=text, any_kind=bool(kinds))


@pages.page("/enter/<uuid:member_id>", access=ENTER, methods=("GET", "POST"))
def enter(member_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """The form for a member."""
    authorize(actor(), ENTER, target(member_id))
    if actor().member_id == member_id:
        raise Forbidden(_("本人的事项请用“我的事项”申报，由其他经办人审核。"))
    return _form(known_kinds(), member_view(member_id).name,
                 lambda what, deed_id: deeds.enter(what, member_id=member_id, by=actor(), deed_id=deed_id))


@pages.page("/enter/unit/<uuid:unit_id>", access=ENTER, methods=("GET", "POST"))
def enter_unit(unit_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """The form for a unit as a whole."""
    unit = tree.get(unit_id)
    if unit.kind != "unit":
        raise NotFound
    authorize(actor(), ENTER, Target((unit.path,)))
    kinds = {key: kind for key, kind in known_kinds().items() if kind["for_units"]}
    return _form(kinds, unit.name, lambda what, deed_id: deeds.enter(what, unit_id=unit_id, by=actor(), deed_id=deed_id))


def _form(kinds: Mapping[str, Mapping[str, Any]], whose: str,
          write: Callable[[DeedInput, uuid.UUID], uuid.UUID]) -> str | Response | tuple[str, int]:
    if not kinds:
        raise NotFound
    if request.method == "GET":
        return render_template("deeds/form.html", fields=deed_fields(kinds), message=None, whose=whose)
    try:
        data = load_form(DeedForm(), request.form)
        deed_id = write(given(data), data["deed_id"])
    except (Invalid, Conflict) as error:
        said = error.fields if isinstance(error, Invalid) else {}
        return render_template("deeds/form.html", fields=deed_fields(kinds, request.form, said), message=error.message, whose=whose), error.status
    flash(_("已登记。"), "success")
    return redirect(url_for("deeds.show", deed_id=deed_id), 303)
