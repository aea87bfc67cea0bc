"""The pages of whoever serves, once for members and once for liaisons: what was agreed, requests, open requests, one request."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.api import (
    Conflict,
    Invalid,
    NotFound,
    _,
    _l,
    member_places,
    now,
    organization,
    organization_names,
    requires,
    session,
    unit_members,
)
from core.pages import after, asked, attempt, chosen, following, identity, me, said, version
from plugins.menu import agreeing, contacts, proposing, queries, serving, words
from plugins.menu.models import MenuRequest
from plugins.menu.pages import forms
from plugins.menu.pages.doing import GET, POST, WORDS, Route, member_names
from plugins.menu.pages.sides import MemberSide, UnitSide
from plugins.menu.proposing import MOST

Side = MemberSide | UnitSide
RECENT = dt.timedelta(days=7)
QUESTIONS = {"decline": (_l("这次不能提供吗？点单会转给别人。"), _l("不能提供")), "cancel": (_l("确定取消这次约定吗？居民会看到，点单会转给别人。"), _l("取消约定"))}


def routes(make: Callable[[], Side]) -> tuple[Route, ...]:
    """The routes of one side; a side is made anew for each request."""
    kind = make()
    key = kind.key

    @requires(kind.permission)
    def index() -> str:
        """Everything that concerns whoever serves, on one page."""
        return _index(make())

    @requires(kind.permission)
    def show(matter_id: uuid.UUID) -> str:
        """One request, as far as whoever serves may see it."""
        return _page(make(), matter_id)

    @requires(kind.permission)
    def answer(matter_id: uuid.UUID) -> str | Response | tuple[str, int]:
        """Propose times, decline, cancel, say that it was served, or say who goes."""
        return _answer(make(), matter_id)

    @requires(kind.permission)
    def contact(matter_id: uuid.UUID) -> str:
        """How to reach the resident, for whoever holds the claim; each look is noted."""
        side = make()
        row = queries.request(matter_id)
        side.reached(row)
        if row.state != "agreed":
            raise NotFound
        return _page(side, matter_id, contact=contacts.shown_to(row))
    base = "/me" if key == "own" else "/unit"
    return ((f"{base}/", key, index, GET), (f"{base}/requests/<uuid:matter_id>", f"{key}_request", show, GET),
            (f"{base}/requests/<uuid:matter_id>/answer", f"{key}_answer", answer, POST),
            (f"{base}/requests/<uuid:matter_id>/contact", f"{key}_contact", contact, POST))


def _index(side: Side) -> str:
    owners = side.owners()
    acting_for = side.all_owners()
    agreed, asked, offered = queries.agreed_of(acting_for, now() - RECENT), queries.asked_of(acting_for), queries.offers_of(acting_for)
    nearby = side.communities()
    found = queries.open_in([one for one, _name in nearby], after())
    places = queries.places_of([row.offer_id for row in offered])
    names = organization_names([*(row.community_id for row in (*agreed, *asked, *found, *places)), *(row.unit_id for row in (*agreed, *offered))])
    return render_template(
        "menu/provider.html", side=side, owners=owners, agreed=agreed, asked=asked, offered=offered,
        open=found[:queries.PAGE], names=names, places=places, words=words, now=now(), **WORDS,
        following=following(found, queries.PAGE))


def _page(side: Side, matter_id: uuid.UUID, *, contact: Any = None, error: Invalid | Conflict | None = None) -> str:
    row = queries.request(matter_id)
    owner = side.reached(row)
    live = agreeing.agreement_of(row.id)
    own = row.state == "open" or (row.member_id, row.unit_id) == (owner.member_id, owner.unit_id)
    return render_template(
        "menu/provider_request.html", side=side, row=row, live=live, slots=proposing.slots_of(row.id), own=own, contact=contact, words=words,
        community=organization_names([row.community_id]).get(row.community_id), error=error, sent=request.form if error else {}, most=MOST,
        over=live is not None and live.begins_at <= now(), agreed_minutes=_minutes(live), owners=side.owners(), going=_going(row, live),
        people=_people(row) if row.unit_id is not None and own and side.key == "unit" else [], **WORDS)


def _answer(side: Side, matter_id: uuid.UUID) -> str | Response | tuple[str, int]:
    row = queries.request(matter_id)
    side.reached(row)
    act, back = said("act"), url_for(f"menu.{side.key}_request", matter_id=matter_id)
    owner = side.owner(identity("owner") or row.unit_id)
    if act == "propose":
        try:
            with session().begin_nested():
                proposing.propose(matter_id, version(), owner, forms.read_slots())
        except (Invalid, Conflict) as error:
            return _page(side, matter_id, error=error), error.status
        return attempt(lambda: None, _("时间已经提出，等居民选择。"), back)
    if act in QUESTIONS and (question := asked(str(QUESTIONS[act][0]), str(QUESTIONS[act][1]), back)):
        return question
    acts: dict[str, tuple[Callable[[], object], str, str]] = {
        "decline": (lambda: proposing.decline(matter_id, version(), owner), _("已转给别人，不用说明原因。"), url_for(f"menu.{side.key}")),
        "cancel": (lambda: _cancel(row, owner), _("约定已取消，居民会看到。"), url_for(f"menu.{side.key}")),
        "served": (lambda: _served(row, owner), _("已登记，等社区查验、居民评价。"), url_for(f"menu.{side.key}")),
        "send": (lambda: _send(row, owner), _("人员已安排。"), back)}
    if act not in acts:
        return redirect(back, 303)
    return attempt(*acts[act])


def _cancel(row: MenuRequest, owner: Any) -> None:
    _own(row, owner)
    agreeing.cancel(row.id, version(), side="provider")


def _served(row: MenuRequest, owner: Any) -> None:
    _own(row, owner)
    serving.served(row.id, version(), by=me(), minutes=forms.whole("minutes"))


def _send(row: MenuRequest, owner: Any) -> None:
    _own(row, owner)
    agreeing.send(row.id, version(), chosen("people", 50), by=me())


def _own(row: MenuRequest, owner: Any) -> None:
    if (row.member_id, row.unit_id) != (owner.member_id, owner.unit_id):
        raise Conflict(_("这条点单由别人办理。"))


def _minutes(live: Any) -> int | None:
    return None if live is None else int((live.ends_at - live.begins_at).total_seconds()) // 60


def _going(row: MenuRequest, live: Any) -> dict[uuid.UUID, str]:
    """The unit's members who go, each with the name, which another may bear too."""
    if live is None or row.unit_id is None:
        return {}
    return member_names(agreeing.going(live.id))


def _people(row: MenuRequest) -> list[Any]:
    """Members of the unit who may go, by id and name."""
    members, people = unit_members([organization(row.unit_id).path]), member_places()  # type: ignore[arg-type]
    return list(session().execute(select(people.c.id, people.c.name).join(members, members.c.member_id == people.c.id)
                                  .order_by(people.c.sort_key, people.c.id).limit(300)))
