"""Entering a request for somebody without a phone, by the number on the printed menu or in words, or out of a need."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import render_template, request, url_for

from core.api import (
    Conflict,
    Invalid,
    MatterDraft,
    NotFound,
    _,
    acting,
    authorize,
    collect,
    new_id,
    organization_names,
    place_target,
    requires,
    session,
    settings,
)
from core.pages import as_id, identity, me, said, ticket
from plugins.menu import queries, receipts, requesting
from plugins.menu.contacts import Contact
from plugins.menu.pages import forms
from plugins.menu.pages.doing import BOTH, Route
from plugins.menu.pages.work import communities_of
from plugins.menu.requesting import RequestInput
from plugins.menu.settings import pairs


@requires("menu.enter")
def new() -> str | tuple[str, int]:
    """The short form; with ?origin=...&origin_id=... what is known already stands in it."""
    draft, origin, origin_id = _draft()
    mine = _communities(draft)
    if request.method == "GET":
        return _form(mine, _values(draft), draft=draft)
    community_id = identity("community") or mine[0][0]
    authorize(acting(), "menu.enter", place_target(community_id))
    try:
        with session().begin_nested():
            request_id = requesting.ask(community_id, _given(community_id, draft, origin, origin_id), by=me(), request_id=ticket("form_id"))
            code = receipts.issue(request_id)
    except (Invalid, Conflict) as error:
        return _form(mine, request.form, error, draft=draft), error.status
    row = queries.request(request_id)
    return render_template("menu/receipt.html", row=row, code=code, public=False, back=url_for("menu.request", matter_id=request_id),
                           community=organization_names([community_id]).get(community_id))


def _given(community_id: uuid.UUID, draft: MatterDraft | None, origin: str | None, origin_id: uuid.UUID | None) -> RequestInput:
    number = forms.whole("number")
    offer_id = None
    if number is not None:
        try:
            offer_id = queries.numbered(community_id, number)
        except NotFound:
            raise Invalid(_("菜单上没有这个编号。"), {"number": [_("没有第 %(number)s 号，或已下架", number=number)]}) from None
    return RequestInput(_contact(draft), offer_id, said("title") or None, said("category") or None, forms.read_wished(),
                        said("group") or None, "need" if draft is not None else "officer", origin if draft is not None else None,
                        origin_id if draft is not None else None)


def _contact(draft: MatterDraft | None) -> Contact:
    """What was typed; a field that a draft knows and that was left empty is taken from there."""
    given = forms.read_contact()
    if draft is None:
        return given
    return Contact(given.name or draft.recipient, given.phone or draft.phone, given.address or draft.address, given.wants or draft.description[:500],
                   given.wished_words)


def _draft() -> tuple[MatterDraft | None, str | None, uuid.UUID | None]:
    """What another plugin has written down already, if the address or the form names it."""
    origin, origin_id = request.values.get("origin", "")[:40], as_id(request.values.get("origin_id", ""))
    if not origin or origin_id is None:
        return None, None, None
    found: tuple[MatterDraft, ...] = collect("matter_drafts", origin=origin, origin_id=origin_id)
    return (found[0], origin, origin_id) if found else (None, None, None)


def _communities(draft: MatterDraft | None) -> list[tuple[uuid.UUID, str]]:
    mine = communities_of("menu.enter")
    if draft is not None:
        authorize(acting(), "menu.enter", place_target(draft.community_id))
        return [one for one in mine if one[0] == draft.community_id] or mine
    if not mine:
        raise NotFound
    return mine


def _values(draft: MatterDraft | None) -> Mapping[str, Any]:
    if draft is None:
        return {"number": request.args.get("number", "")[:6]}
    return {"title": draft.title[:60], "wants": draft.description[:500], "name": draft.recipient, "phone": draft.phone, "address": draft.address,
            "group": draft.recipient_group}


def _form(mine: list[tuple[uuid.UUID, str]], values: Mapping[str, Any], error: Invalid | Conflict | None = None, *,
          draft: MatterDraft | None) -> str:
    wrong = error.fields if isinstance(error, Invalid) else {}
    make = forms.Maker(values, wrong).field
    categories = list(pairs(settings("menu", mine[0][0])["categories"]))
    first = [make("number", "number", _("菜单编号"), help=_("居民说“要第 12 号”，这里填 12；不在菜单上的留空，写下面两项"), min=1, max=99999, inputmode="numeric"),
             make("title", "text", _("需要什么（没有编号时填）"), help=_("党员能看到，不写姓名、电话和门牌号"), maxlength=60),
             make("category", "select", _("分类（没有编号时选）"), choices=[(one, one) for one in categories])]
    if len(mine) > 1:
        first.insert(0, make("community", "select", _("社区"), required=True, choices=mine))
    return render_template("menu/enter.html", fields=[*first, *forms.wish_fields(values, wrong, phone_needed=False)], draft=draft,
                           message=error.message if error else None, form_id=ticket("form_id") if error else new_id(), community=mine[0],
                           origin=request.values.get("origin", ""), origin_id=request.values.get("origin_id", ""))


ROUTES: tuple[Route, ...] = (("/requests/new", "request_new", new, BOTH),)
