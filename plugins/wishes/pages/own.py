"""A member's wall of wishes to claim, on the phone, and the wishes that the member holds (R38)."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, url_for

from core.api import NotFound, _, own_communities, requires, settings, today
from core.pages import Refusal, Route, after, attempt, following, me, own_member
from plugins.wishes import claims, contacts, fulfilling, holding, queries, words
from plugins.wishes.models import WishesWish
from plugins.wishes.pages import forms
from plugins.wishes.pages.doing import Answer, errors_of, shown, typed


@requires("wishes.self")
def wall() -> str:
    """What can be claimed in one of the member's communities, and what the member holds."""
    member_id = own_member()
    places = own_communities(member_id)
    wanted = request.args.get("community", type=uuid.UUID)
    place = next((one for one in places if one.id == wanted), places[0] if places else None)
    found = queries.claimable(place.id, after()) if place is not None else []
    tabs = [{"title": one.name, "url": url_for("wishes.wall", community=one.id), "active": one == place} for one in places]
    return render_template(
        "wishes/wall.html", rows=found[:queries.PAGE], mine=queries.claimed_by_member(member_id) if after() is None else [], tabs=tabs, place=place,
        following=following(found, queries.PAGE), today=today(),
        **shown(groups=words.groups(place.id if place is not None else None)))


@requires("wishes.self")
def own(matter_id: uuid.UUID) -> str:
    """One wish: to be claimed, or claimed by the member."""
    return _page(*_reached(matter_id))


def _reached(wish_id: uuid.UUID) -> tuple[WishesWish, Any]:
    """A wish that the member has claimed, or may claim in an own community, with the claim. Raises NotFound."""
    member_id, row = own_member(), queries.wish(wish_id)
    claim = claims.serves(wish_id, member_id)
    if claim is None and (row.state != "accepted" or row.community_id not in {one.id for one in own_communities(member_id)}):
        raise NotFound
    return row, claim


def _page(row: WishesWish, claim: Any, error: Refusal | None = None, form: str = "", contact: contacts.Contact | None = None) -> str:
    holds = claim is not None and claim.state == "held" and row.state in {"claimed", "done"}
    fields = {name: forms.fields_of(name, schema(), request.form if form == name else known, errors_of(error) if form == name else None)
              for name, schema, known in (("done", forms.DoneForm, {"served_on": row.served_on or today(), "minutes": row.served_minutes,
                                                                    "proof": holding.words(row, "proof") if claim is not None else None}),
                                          ("release", forms.ReasonForm, {}))} if holds else {}
    return render_template(
        "wishes/own.html", row=row, claim=claim, matter=queries.matter(row.id), holds=holds, alone=holds and claim.parent_id is None, fields=fields,
        wrong=form, form_error=error, contact=contact, usual=settings("wishes", row.community_id)["usual_minutes"],
        remark=holding.words(row, "remark") if claim is not None else None, proof=holding.words(row, "proof") if claim is not None else None,
        **shown(groups=words.groups(row.community_id)))


@requires("wishes.self")
def claim(wish_id: uuid.UUID) -> Answer:
    """Claim it."""
    member_id = own_member()
    _reached_to_claim(wish_id, member_id)
    return attempt(lambda: claims.take(wish_id, member_id, by=me()), _("认领成功。请看居民的联系方式，约好时间去办。"), _address(wish_id, member_id))


def _reached_to_claim(wish_id: uuid.UUID, member_id: uuid.UUID) -> None:
    row = queries.wish(wish_id)
    if not row.listed or row.community_id not in {one.id for one in own_communities(member_id)}:
        raise NotFound


def _address(wish_id: uuid.UUID, member_id: uuid.UUID) -> str:
    """The wish's page; the wall where somebody else was faster."""
    row = queries.wish(wish_id)
    there = row.state == "accepted" or claims.serves(wish_id, member_id) is not None
    return url_for("wishes.own", matter_id=wish_id) if there else url_for("wishes.wall")


@requires("wishes.self")
def give_up(wish_id: uuid.UUID) -> Answer:
    """Give it up with a reason; it is back on the wall."""
    row, claim = _held(wish_id)
    if claim.parent_id is not None:
        raise NotFound  # the unit's claim is given up by the unit
    return attempt(lambda: claims.release(wish_id, typed(forms.ReasonForm())["reason"]), _("已退出，心愿回到墙上。"),
                   url_for("wishes.wall"), lambda error: _page(row, claim, error, "release"))


@requires("wishes.self")
def done(wish_id: uuid.UUID) -> Answer:
    """Say that it is done."""
    row, claim = _held(wish_id)

    def do() -> None:
        data = typed(forms.DoneForm())
        fulfilling.report_done(wish_id, data["served_on"], data["minutes"], data["proof"], by=me())
    return attempt(do, _("已登记。居民核销以后，这次服务就记入您的服务纪实。"), url_for("wishes.own", matter_id=wish_id),
                   lambda error: _page(row, claim, error, "done"))


@requires("wishes.self")
def contact(wish_id: uuid.UUID) -> str:
    """Show how the resident is reached, as long as the member holds the wish; the look is noted."""
    row, claim = _held(wish_id)
    return _page(row, claim, contact=contacts.seen_by_member(wish_id, own_member()))


def _held(wish_id: uuid.UUID) -> tuple[WishesWish, Any]:
    row, claim = _reached(wish_id)
    if claim is None or claim.state != "held":
        raise NotFound
    return row, claim


ROUTES: tuple[Route, ...] = (
    ("/me/", "wall", wall, "GET"), ("/me/<uuid:matter_id>", "own", own, "GET"), ("/me/<uuid:wish_id>/claim", "own_claim", claim, "POST"),
    ("/me/<uuid:wish_id>/release", "own_release", give_up, "POST"), ("/me/<uuid:wish_id>/done", "own_done", done, "POST"),
    ("/me/<uuid:wish_id>/contact", "own_contact", contact, "POST"))
