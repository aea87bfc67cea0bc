"""The community's menu: offers to list, one entered for a member, the menu to print, and the code without which nobody orders."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Response as FlaskResponse, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.api import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    _,
    acting,
    allowed,
    audit,
    authorize,
    current_tenant,
    member_target,
    new_id,
    organization,
    organization_names,
    place_target,
    requires,
    session,
    settings,
    today,
    visible_members,
)
from core.pages import after, as_id, asked, attempt, following, me, public_address, said, ticket, version
from plugins.menu import listings, offers, papers, queries, receipts, words
from plugins.menu.offers import Owner
from plugins.menu.pages import forms
from plugins.menu.pages.doing import BOTH, GET, POST, WORDS, Route, find_members, provider_words, public_name
from plugins.menu.pages.work import communities_of
from plugins.menu.settings import pairs

TABS = ("proposed", "listed", "paused", "removed", "ended")
LONGEST = 50


@requires("menu.read")
def index() -> str:
    """Offers in the menus within reach, by state."""
    tab = request.args.get("tab", "")
    tab = tab if tab in TABS else TABS[0]
    found = queries.listings("menu.read", tab, after())
    page = found[:queries.PAGE]
    names, provider = organization_names(row.community_id for row in page), provider_words(page)
    own = acting().member_id
    rows = [{"row": row, "provider": provider(row), "community": names.get(row.community_id), "own": own is not None and row.member_id == own}
            for row in page]
    return render_template(
        "menu/listings.html", rows=rows, tab=tab, words=words, manage=acting().can("menu.manage"), enter=acting().can("menu.enter"),
        communities=communities_of("menu.read"), following=following(found, queries.PAGE), **WORDS,
        tabs=[{"title": str(words.LISTINGS[name]), "url": url_for("menu.listings", tab=name), "active": name == tab} for name in TABS])


@requires("menu.manage")
def decide(listing_id: uuid.UUID) -> str | Response:
    """List an offer in the menu, or take it down with a reason that its owner reads."""
    row = queries.listing(listing_id)
    authorize(acting(), "menu.manage", place_target(row.community_id))
    back = url_for("menu.listings", tab=row.state)
    if said("act") == "list":
        return attempt(lambda: _list(row.offer_id, listing_id), _("已上架，居民可以点单。"), back)
    if question := asked(_("确定不上架（或下架）这项服务吗？已约好的照常。"), _("不上架"), back):
        return question
    return attempt(lambda: listings.take_down(listing_id, version(), said("reason"), by=me()), _("已处理。"), back)


def _list(offer_id: uuid.UUID, listing_id: uuid.UUID) -> None:
    if (own := queries.offer(offer_id).member_id) is not None and own == acting().member_id:
        raise Forbidden  # nobody lists what he offers himself
    listings.put_up(listing_id, version(), by=me())


@requires("menu.enter")
def enter() -> str | Response | tuple[str, int]:
    """Enter an offer for a member: find the member by name, then the same form as the member's own."""
    mine = communities_of("menu.enter")
    if not mine:
        raise NotFound
    member_id = as_id(request.values.get("member", ""))
    if member_id is None:
        text = said("q")[:LONGEST]
        return render_template("menu/find.html", text=text, found=find_members(text) if text else [], posted=request.method == "POST")
    authorize(acting(), "menu.enter", member_target(member_id))
    if request.method == "GET":
        return _form(member_id, mine, {"minutes": 60, "communities": [str(mine[0][0])]})
    try:
        given, places = forms.read_offer()
        with session().begin_nested():
            offers.add(Owner(member_id=member_id), given, [one for one in places if one in dict(mine)], by=me(), offer_id=ticket("form_id"),
                       listed_by=None if member_id == acting().member_id else me())
    except (Invalid, Conflict) as error:
        return _form(member_id, mine, request.form, error), error.status
    return attempt(lambda: None, _("已登记并上架。"), url_for("menu.listings", tab="listed"))


def _form(member_id: uuid.UUID, mine: list[tuple[uuid.UUID, str]], values: Mapping[str, Any], error: Invalid | Conflict | None = None) -> str:
    wrong = error.fields if isinstance(error, Invalid) else {}
    people = visible_members(acting().paths("menu.enter"))
    name = session().scalar(select(people.c.name).where(people.c.id == member_id))
    categories = list(pairs(settings("menu", mine[0][0])["categories"]))
    return render_template("menu/offer.html", side=None, fields=forms.offer_fields(values, wrong, categories, mine), row=None, owner=None, owners=[],
                           message=error.message if error else None, form_id=ticket("form_id") if error else new_id(), name=name,
                           member=member_id, back=url_for("menu.listings"))


@requires("menu.read")
def show(community_id: uuid.UUID) -> str:
    """The menu as it hangs on the wall: for the browser's own printing, with the address and the telephone."""
    return _menu(community_id)


@requires("menu.manage")
def form_code(community_id: uuid.UUID) -> str:
    """A new code without which nobody orders by telephone, where the settings ask for one; shown once."""
    _reached(community_id, "menu.manage")
    return _menu(community_id, receipts.issue_form_code(community_id))


@requires("menu.read")
def pdf(community_id: uuid.UUID) -> FlaskResponse:
    """The menu 服务菜单 (D7) as a paper: by category, numbered, in two columns, with telephone and QR code."""
    place = _reached(community_id, "menu.read")
    content = papers.menu(place.name, queries.menu(community_id), _namer(community_id), _address(place.code), community_id)
    audit("menu.printed", "organization", community_id)
    return FlaskResponse(content, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="menu-{today():%Y%m%d}.pdf"'})


def _menu(community_id: uuid.UUID, code: str | None = None) -> str:
    place, rows, values = _reached(community_id, "menu.read"), queries.menu(community_id), settings("menu", community_id)
    return render_template("menu/print.html", place=place, rows=rows, name_of=_namer(community_id)(rows), address=_address(place.code), code=code,
                           values=values, may=allowed(acting(), "menu.manage", place_target(community_id)), **WORDS)


def _namer(community_id: uuid.UUID) -> Any:
    def of(rows: Any) -> Any:
        units = organization_names(row.unit_id for row in rows)
        return lambda row: public_name(row.name, units.get(row.unit_id), community_id)
    return of


def _address(code: str) -> str:
    return public_address("menu_public.menu", slug=current_tenant().slug, community_code=code)


def _reached(community_id: uuid.UUID, permission: str) -> Any:
    place = organization(community_id)
    if place.kind != "community":
        raise NotFound
    authorize(acting(), permission, place_target(community_id))
    return place


ROUTES: tuple[Route, ...] = (
    ("/offers/", "listings", index, GET), ("/listings/<uuid:listing_id>/decide", "decide", decide, POST), ("/offers/enter", "enter", enter, BOTH),
    ("/communities/<uuid:community_id>", "menu", show, GET), ("/communities/<uuid:community_id>/code", "form_code", form_code, POST),
    ("/communities/<uuid:community_id>/pdf", "pdf", pdf, GET))
