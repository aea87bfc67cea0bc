"""Entering a wish for a resident: quick, out of a need, with a receipt to print; the code for the public form; the blank form on paper."""
from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from flask import render_template, request

from core.api import (
    Conflict,
    Invalid,
    MatterDraft,
    acting,
    audit,
    authorize,
    collect,
    form_fields,
    grouped,
    issue_code,
    load_form,
    new_id,
    place_target,
    requires,
    session,
    settings,
)
from core.pages import Refusal, Route, me
from plugins.wishes import entering, words
from plugins.wishes.entering import WishInput
from plugins.wishes.pages import forms
from plugins.wishes.pages.doing import Answer, errors_of, managed_places, shown
from plugins.wishes.pages.papers import receipt

FORM_CODE, MOST_PLACES = "wishes.form", 20


@requires("wishes.enter")
def new() -> Answer:
    """The form, and what becomes of it."""
    draft = _draft()
    if request.method == "GET":
        return _page(new_id(), _known(draft))
    try:
        with session().begin_nested():
            wish_id = _enter(draft)
    except (Invalid, Conflict) as error:
        return _page(request.form.get("wish_id", type=uuid.UUID) or new_id(), request.form, error), error.status
    return receipt(wish_id)


def _enter(draft: MatterDraft | None) -> uuid.UUID:
    sent = request.form.copy()
    for name in ("wish_id", "origin", "origin_id"):
        sent.poplist(name)
    data = load_form(forms.EnterForm(), sent)
    authorize(acting(), "wishes.enter", place_target(data["community_id"]))
    wish = WishInput(**data)
    if draft is not None:
        wish = replace(wish, channel="need", origin=_origin()[0], origin_id=_origin()[1])
    return entering.enter(wish, by=me(), wish_id=request.form.get("wish_id", type=uuid.UUID))


def _page(wish_id: uuid.UUID, values: Any, error: Refusal | None = None) -> str:
    places = forms.EnterForm().fields["community_id"].metadata["choices"]()
    if request.method == "GET" and len(places) == 1:
        values = {**values, "community_id": places[0][0]}
    place = places[0][0] if len(places) == 1 else None
    fields = form_fields(forms.EnterForm(), values, errors_of(error), choices={"group": words.groups(place).items()})
    origin, origin_id = _origin()
    return render_template("wishes/new.html", fields=fields, message=error.message if error else None, wish_id=wish_id, origin=origin,
                           origin_id=origin_id)


def _origin() -> tuple[str, uuid.UUID | None]:
    return request.values.get("origin", "")[:40], request.values.get("origin_id", type=uuid.UUID)


def _draft() -> MatterDraft | None:
    """What is known already, if it is made of something that the actor may read."""
    origin, origin_id = _origin()
    found = collect("matter_drafts", origin=origin, origin_id=origin_id) if origin and origin_id is not None else []
    return next((draft for draft in found), None)


def _known(draft: MatterDraft | None) -> dict[str, Any]:
    if draft is None:
        return {"kind": "wish"}
    return {"kind": "wish", "community_id": draft.community_id, "text": draft.description or draft.title, "group": draft.recipient_group,
            "name": draft.recipient, "phone": draft.phone, "address": draft.address}


@requires("wishes.enter")
def blank() -> str:
    """The form on paper, for whoever has no phone."""
    return render_template("wishes/blank.html", **shown(groups=words.groups(None)))


@requires("wishes.manage")
def form_code() -> str:
    """A fresh code for the public form of each of the officer's communities, where it asks for one; an earlier one is void."""
    made = []
    for place in managed_places(MOST_PLACES):
        code = issue_code(FORM_CODE, place.id, days=settings("wishes", place.id)["form_code_days"])
        audit("wishes.form_code_issued", "organization", place.id)
        made.append({"name": place.name, "code": grouped(code)})
    return render_template("wishes/form_code.html", codes=made)


ROUTES: tuple[Route, ...] = (("/new", "new", new, "GET POST"), ("/blank", "blank", blank, "GET"), ("/form-code", "form_code", form_code, "POST"))
