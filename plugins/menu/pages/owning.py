"""Offers of a member or of units, and the calendar on the telephone: the same pages for both sides."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import Conflict, Invalid, _, _l, current_tenant, new_id, requires, session, settings
from core.pages import as_id, asked, attempt, me, public_address, said, ticket, version
from plugins.menu import calendars, offers, queries
from plugins.menu.pages import forms
from plugins.menu.pages.doing import BOTH, POST, Route
from plugins.menu.pages.sides import MemberSide, UnitSide
from plugins.menu.settings import pairs

Side = MemberSide | UnitSide
MOVES: Mapping[str, tuple[Callable[[uuid.UUID, int | None], None], Any]] = {
    "pause": (offers.pause, _l("已暂停，菜单上不再显示；已约好的照常。")), "resume": (offers.resume, _l("已恢复。")),
    "end": (offers.end, _l("已结束。"))}


def routes(make: Callable[[], Side]) -> tuple[Route, ...]:
    """The routes of one side."""
    kind = make()
    key = kind.key

    @requires(kind.permission)
    def add() -> str | Response | tuple[str, int]:
        """Offer something new."""
        return _add(make())

    @requires(kind.permission)
    def edit(offer_id: uuid.UUID) -> str | Response | tuple[str, int]:
        """Change an offer."""
        return _edit(make(), offer_id)

    @requires(kind.permission)
    def move(offer_id: uuid.UUID) -> str | Response:
        """Pause, resume or end an offer."""
        return _move(make(), offer_id)

    @requires(kind.permission)
    def calendar() -> str | Response:
        """The secret address of one's calendar: made, renewed, revoked."""
        return _calendar(make())
    base = "/me" if key == "own" else "/unit"
    return ((f"{base}/offers/new", f"{key}_offer_new", add, BOTH), (f"{base}/offers/<uuid:offer_id>", f"{key}_offer", edit, BOTH),
            (f"{base}/offers/<uuid:offer_id>/move", f"{key}_offer_move", move, POST), (f"{base}/calendar", f"{key}_calendar", calendar, BOTH))


def _add(side: Side) -> str | Response | tuple[str, int]:
    chosen = as_id(request.values.get("owner", ""))
    owner = side.owner(chosen)
    near = side.communities(owner.unit_id)
    if request.method == "GET":
        return _form(side, near, {"minutes": 60, "communities": [str(one) for one, _name in near[:1]]}, owner=owner.unit_id)
    try:
        given, places = forms.read_offer()
        with session().begin_nested():
            offers.add(owner, given, _within(places, near), by=me(), offer_id=ticket("form_id"))
    except (Invalid, Conflict) as error:
        return _form(side, near, request.form, error, owner=owner.unit_id), error.status
    return attempt(lambda: None, _("已提交，社区上架后居民就能点单。"), url_for(f"menu.{side.key}"))


def _edit(side: Side, offer_id: uuid.UUID) -> str | Response | tuple[str, int]:
    row = queries.offer(offer_id)
    owner = side.owns(row)
    near = side.communities(owner.unit_id)
    if request.method == "GET":
        return _form(side, near, forms.offer_values(row, offers.communities_of(offer_id)), row=row, owner=owner.unit_id)
    try:
        given, places = forms.read_offer()
        with session().begin_nested():
            offers.change(offer_id, version(), given, _within(places, near))
    except (Invalid, Conflict) as error:
        return _form(side, near, request.form, error, row=row, owner=owner.unit_id), error.status
    return attempt(lambda: None, _("已保存。"), url_for(f"menu.{side.key}"))


def _move(side: Side, offer_id: uuid.UUID) -> str | Response:
    side.owns(queries.offer(offer_id))
    to, back = said("to"), url_for(f"menu.{side.key}")
    if to == "end" and (question := asked(_("确定结束这项服务吗？结束以后不能恢复，已约好的照常。"), _("结束这项服务"), back)):
        return question
    if to not in MOVES:
        return redirect(back, 303)
    action, done = MOVES[to]
    return attempt(lambda: action(offer_id, version()), str(done), back)


def _calendar(side: Side) -> str | Response:
    owner = side.owner(as_id(request.values.get("owner", "")))
    if request.method == "GET":
        return _calendar_page(side, owner)
    if said("act") == "revoke":
        return attempt(lambda: calendars.revoke(owner), _("订阅地址已停用。"), url_for(f"menu.{side.key}_calendar", owner=owner.unit_id))
    token = calendars.renew(owner)
    address = public_address("menu_public.calendar", slug=current_tenant().slug, token=token)
    return _calendar_page(side, owner, address)


def _calendar_page(side: Side, owner: offers.Owner, address: str | None = None) -> str:
    return render_template("menu/calendar.html", side=side, owners=side.owners(), owner=owner.unit_id, address=address,
                           issued_on=calendars.issued_on(owner))


def _within(places: list[uuid.UUID], near: list[tuple[uuid.UUID, str]]) -> list[uuid.UUID]:
    """Those that may be chosen; all of the county where that was ticked."""
    if request.form.get("everywhere") == "true":
        return [one for one, _name in near]
    known = dict(near)
    return [one for one in places if one in known]


def _form(side: Side, near: list[tuple[uuid.UUID, str]], values: Mapping[str, Any], error: Invalid | Conflict | None = None, *, row: Any = None,
          owner: uuid.UUID | None = None) -> str:
    wrong = error.fields if isinstance(error, Invalid) else {}
    categories = list(pairs(settings("menu", near[0][0] if near else None)["categories"]))
    return render_template("menu/offer.html", side=side, fields=forms.offer_fields(values, wrong, categories, near), row=row, owner=owner,
                           owners=side.owners(), message=error.message if error else None, form_id=ticket("form_id") if error else new_id(),
                           back=url_for(f"menu.{side.key}"))
