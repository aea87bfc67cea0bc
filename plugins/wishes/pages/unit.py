"""A unit's page: harder wishes that it may take on together, and those that it has (R23); nothing there tells who the resident is."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import select

from core.api import (
    Invalid,
    NotFound,
    _,
    acting,
    grants_for,
    member_places,
    organization,
    organization_names,
    place_rows,
    requires,
    session,
    today,
    visible_members,
)
from core.pages import Refusal, Route, after, attempt, following, me, said
from plugins.wishes import claims, fulfilling, queries, words
from plugins.wishes.models import WishesWish
from plugins.wishes.pages import forms
from plugins.wishes.pages.doing import Answer, errors_of, shown, typed

FOUND, MOST, PLACES = 50, 100, 60
PERMISSION = "wishes.collective"


def unit_paths(permission: str) -> list[str]:
    """The paths of the units that the actor looks after."""
    return [grant.path for grant in grants_for(acting(), permission)]


@requires(PERMISSION)
def index() -> str:
    """The unit's claims, and what can be taken on in one of the communities where its members are."""
    unit = _unit()
    places = _places(unit.path, unit.community_id)
    place = next((key for key in places if key == request.args.get("community", type=uuid.UUID)), next(iter(places), None))
    found = queries.claimable(place, after(), harder=True) if place is not None else []
    tabs = [{"title": name, "url": url_for("wishes.unit", unit=unit.id, community=key), "active": key == place} for key, name in places.items()]
    return render_template(
        "wishes/unit.html", unit=unit, units=_units(), rows=found[:queries.PAGE], tabs=tabs, place=places.get(place) if place else None,
        held=queries.claimed_by_unit(unit.id) if after() is None else [],
        following=following(found, queries.PAGE), **shown(groups=words.groups(place)))


@requires(PERMISSION)
def choose(wish_id: uuid.UUID) -> str:
    """One wish with the members who may serve; they are found by name, and ticked."""
    return _choose(wish_id)


def _choose(wish_id: uuid.UUID, error: Refusal | None = None, form: str = "") -> str:
    row, unit, claim = _reached(wish_id)
    text, ticked = said("q")[:50], _ticked()
    people = visible_members([unit.path], text)
    found = session().execute(select(people.c.id, people.c.name, people.c.unit_name).order_by(people.c.sort_key, people.c.id).limit(FOUND)).all()
    everybody = visible_members([unit.path])
    kept = session().execute(select(everybody.c.id, everybody.c.name, everybody.c.unit_name).where(
        everybody.c.id.in_(set(ticked) - {one.id for one in found}))).all()
    holds = claim is not None and claim.state == "held" and row.state in {"claimed", "done"}
    serving = claims.members_of(claim) if claim is not None else []
    fields = {name: forms.fields_of(name, schema(), request.form if form == name else known, errors_of(error) if form == name else None)
              for name, schema, known in (("done", forms.DoneForm, {"served_on": row.served_on or today(), "minutes": row.served_minutes}),
                                          ("release", forms.ReasonForm, {}))}
    return render_template("wishes/choose.html", row=row, unit=unit, text=text, people=[*kept, *found], ticked=set(ticked), serving=set(serving),
                           matter=queries.matter(row.id), claim=claim, holds=holds, fields=fields, wrong=form, form_error=error, more=len(found) == FOUND,
                           **shown(groups=words.groups(row.community_id)))


@requires(PERMISSION)
def claim(wish_id: uuid.UUID) -> Answer:
    """Take it on with the members who are ticked, or let further ones join; without script the search comes here too."""
    _row, unit, held = _reached(wish_id)
    if request.form.get("find"):
        return _choose(wish_id)

    def do() -> None:
        if not _ticked():
            raise Invalid(_("请先勾选参加服务的党员。"))
        if held is None:
            claims.take_for_unit(wish_id, unit.id, _ticked(), by=me())
        else:
            claims.join(wish_id, _ticked(), by=me())
    return attempt(do, _("已由单位认领，参加的党员在手机上看得到。"), url_for("wishes.unit_wish", wish_id=wish_id), lambda error: _choose(wish_id, error, "claim"))


@requires(PERMISSION)
def give_up(wish_id: uuid.UUID) -> Answer:
    """Give the unit's claim up with a reason."""
    _reached_held(wish_id)
    return attempt(lambda: claims.release(wish_id, typed(forms.ReasonForm())["reason"]), _("已退出，心愿回到墙上。"),
                   url_for("wishes.unit"), lambda error: _choose(wish_id, error, "release"))


@requires(PERMISSION)
def done(wish_id: uuid.UUID) -> Answer:
    """Say that it is done, for all who served."""
    _reached_held(wish_id)

    def do() -> None:
        data = typed(forms.DoneForm())
        fulfilling.report_done(wish_id, data["served_on"], data["minutes"], data["proof"], by=me())
    return attempt(do, _("已登记。居民核销以后，这次服务就记入各位党员的服务纪实。"), url_for("wishes.unit_wish", wish_id=wish_id),
                   lambda error: _choose(wish_id, error, "done"))


def _units() -> list[Any]:
    """The units that the liaison looks after, by name."""
    return sorted((grant for grant in grants_for(acting(), PERMISSION) if grant.kind == "unit"), key=lambda grant: grant.name)


def _unit() -> Any:
    """The unit chosen among them. Raises NotFound for whoever has none."""
    wanted = request.args.get("unit", type=uuid.UUID)
    found = next((grant for grant in _units() if wanted in (None, grant.organization_id)), None)
    if found is None:
        raise NotFound
    return organization(found.organization_id)


def _places(path: str, own: uuid.UUID | None) -> dict[uuid.UUID, str]:
    """The communities where a unit serves: where it works, and where its members live."""
    people, place = member_places(), place_rows("community")
    rows = session().execute(select(place.c.id, place.c.name).join(people, people.c.residence_path == place.c.path)
                             .where(people.c.unit_path.bool_op("^@")(path), people.c.status == "active")
                             .group_by(place.c.id, place.c.name, place.c.sort_key).order_by(place.c.sort_key, place.c.id).limit(PLACES)).all()
    return {**organization_names([own]), **{row.id: row.name for row in rows}}


def _reached(wish_id: uuid.UUID) -> tuple[WishesWish, Any, Any]:
    """A wish that one of the liaison's units has claimed, or may claim, with the unit and its claim. Raises NotFound."""
    row, claim = queries.wish(wish_id), claims.holder(wish_id)
    for grant in _units():
        unit = organization(grant.organization_id)
        if claim is not None and claim.member_id is None and claim.unit_id == unit.id:
            return row, unit, claim
        if claim is None and row.state == "accepted" and row.harder and row.community_id in _places(unit.path, unit.community_id):
            return row, unit, None
    raise NotFound


def _reached_held(wish_id: uuid.UUID) -> None:
    if _reached(wish_id)[2] is None:
        raise NotFound


def _ticked() -> list[uuid.UUID]:
    """The members who are ticked; what is no id is nobody."""
    return request.form.getlist("member", type=uuid.UUID)[:MOST]


ROUTES: tuple[Route, ...] = (
    ("/unit/", "unit", index, "GET"), ("/unit/<uuid:wish_id>", "unit_wish", choose, "GET"), ("/unit/<uuid:wish_id>/claim", "unit_claim", claim, "POST"),
    ("/unit/<uuid:wish_id>/release", "unit_release", give_up, "POST"), ("/unit/<uuid:wish_id>/done", "unit_done", done, "POST"))
