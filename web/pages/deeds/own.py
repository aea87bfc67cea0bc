"""The member's side: what stands to one's name, what can be declared, taken back while nobody has decided."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.access.authorization import authorize
from core.errors import Conflict, Invalid, NotFound
from core.i18n import _
from core.rules import deeds
from core.rules.deed_queries import PAGE, deed_view, own_deeds
from core.rules.deeds import target_of
from web.forms import load_form
from web.pages.deeds.blueprint import OWN, known_kinds, pages, shown
from web.pages.deeds.forms import DeedForm, deed_fields, given
from web.tenant import actor


@pages.page("/own/", access=OWN)
def own() -> str:
    """My deeds, the newest first."""
    kinds = known_kinds()
    rows = own_deeds(_member_id(), after=request.args.get("after", type=uuid.UUID), limit=PAGE + 1)
    return render_template("deeds/own.html", rows=[shown(r, kinds) for r in rows[:PAGE]], may_declare=bool(_declarable()),
                           following=rows[PAGE - 1].id if len(rows) > PAGE else None)


@pages.page("/own/new", access=OWN, methods=("GET", "POST"))
def declare() -> str | Response | tuple[str, int]:
    """Declare one; it counts when it is approved."""
    kinds = _declarable()
    if not kinds:
        raise NotFound
    if request.method == "GET":
        return render_template("deeds/form.html", fields=deed_fields(kinds), message=None, whose=None)
    try:
        data = load_form(DeedForm(), request.form)
        deeds.enter(given(data), member_id=_member_id(), by=actor(), deed_id=data["deed_id"])
    except (Invalid, Conflict) as error:
        said = error.fields if isinstance(error, Invalid) else {}
        return render_template("deeds/form.html", fields=deed_fields(kinds, request.form, said), message=error.message, whose=None), error.status
    flash(_("已提交，等待审核。"), "success")
    return redirect(url_for("deeds.own"), 303)


@pages.page("/own/<uuid:deed_id>/withdraw", access=OWN, methods=("POST",))
def take_back(deed_id: uuid.UUID) -> Response:
    """Take one's own declaration back."""
    deed = deed_view(deed_id)
    authorize(actor(), OWN, target_of(deed.member_id, deed.unit_id))
    deeds.withdraw(deed_id, request.form.get("version", -1, type=int), "", by=actor())
    flash(_("已撤回。"), "success")
    return redirect(url_for("deeds.own"), 303)


def _declarable() -> dict[str, Mapping[str, Any]]:
    return {key: kind for key, kind in known_kinds().items() if kind["self_declared"]}


def _member_id() -> uuid.UUID:
    member_id = actor().member_id
    if member_id is None:
        raise NotFound
    return member_id
