"""The thread of a community and a unit, where an important matter is told at any time and the unit writes too; and how to begin one."""
from __future__ import annotations

import uuid
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.api import (
    Conflict,
    Invalid,
    _,
    acting,
    communities_named,
    member_places,
    new_id,
    organization_names,
    requires,
    root_organization,
    search_organizations,
    session,
    today,
    unit_members,
    visible_members,
)
from core.pages import Route, after, attempt, day, following, me, refused, said
from plugins.feedback import queries, rights, thread
from plugins.feedback.pages.doing import lines
from plugins.feedback.words import KINDS, SIDES

LONGEST = 50


@requires("feedback.read")
def threads() -> str:
    """What is unread, and a search for whom to write to."""
    return _threads([])


@requires("feedback.read")
def find() -> str | Response:
    """Units, or for a liaison communities, by a part of their name."""
    text = said("q")[:LONGEST]
    if not text:
        return redirect(url_for("feedback.threads"), 303)
    return _threads(_found(text), text)


def _found(text: str) -> list[dict[str, Any]]:
    ours = [(grant.organization_id, grant.name) for grant in acting().grants if grant.kind == ("community" if _side() == "community" else "unit")][:3]
    if _side() == "community":
        others = [(row.id, row.name) for row in search_organizations((root_organization().path,), kinds=("unit",), text=text, limit=12)]
        return [{"name": f"{mine} → {name}", "url": url_for("feedback.thread", community_id=own, unit_id=other)} for own, mine in ours
                for other, name in others]
    return [{"name": f"{mine} → {one.title}", "url": url_for("feedback.thread", community_id=one.id, unit_id=own)} for own, mine in ours
            for one in communities_named(text)]


def _side() -> str:
    return "community" if acting().can("feedback.manage") else "unit"


def _threads(found: list[dict[str, Any]], text: str = "") -> str:
    side = _side()
    rows = queries.unread(side)
    names = queries.names(rows)
    unread = [{"name": (names.get(row.unit_id) if side == "community" else names.get(row.community_id) or row.sender) or "", "words": row.words,
               "url": url_for("feedback.thread", community_id=row.community_id, unit_id=row.unit_id) if row.community_id
               else url_for("feedback.outside", unit_id=row.unit_id)} for row in rows]
    return render_template("feedback/threads.html", side=side, unread=unread, found=found, text=text,
                           may_write=acting().can("feedback.manage") or acting().can("feedback.answer"))


@requires("feedback.read")
def show(community_id: uuid.UUID, unit_id: uuid.UUID) -> str:
    """The thread."""
    return _page(community_id, unit_id)


def _page(community_id: uuid.UUID, unit_id: uuid.UUID, error: Invalid | Conflict | None = None) -> str:
    side = rights.side_of(community_id, unit_id)
    found = queries.messages(community_id, unit_id, after())
    names = organization_names([community_id, unit_id])
    writes = acting().can("feedback.manage" if side == "community" else "feedback.answer")
    return render_template(
        "feedback/thread.html", side=side, community=names[community_id], unit=names[unit_id], community_id=community_id, unit_id=unit_id,
        packs=lines(queries.packs_of_pair(community_id, unit_id, out_only=side == "unit"), unit=side == "unit"), writes=writes,
        messages=found[:queries.PAGE], following=following(found, queries.PAGE), people=_people(unit_id) if writes and side == "community" else [],
        about=_names([row.member_id for row in found if row.member_id]), kinds=KINDS, sides=SIDES, today=today(), error=refused(error), typed=said,
        ticket=said("ticket") or str(new_id()), unread=writes and any(row.read_on is None and row.side != side for row in found))


def _people(unit_id: uuid.UUID) -> list[tuple[uuid.UUID, str]]:
    """The unit's members within the officer's reach, whom a matter may be about."""
    seen, units = visible_members(acting().paths("feedback.manage")), unit_members((root_organization().path,))
    rows = session().execute(select(seen.c.id, seen.c.name).join(units, units.c.member_id == seen.c.id).where(units.c.unit_id == unit_id)
                             .order_by(seen.c.sort_key).limit(200)).all()
    return [(row.id, row.name) for row in rows]


def _names(ids: list[uuid.UUID]) -> dict[uuid.UUID, str]:
    if not ids:
        return {}
    people = member_places()
    return {row.id: row.name for row in session().execute(select(people.c.id, people.c.name).where(people.c.id.in_(ids)))}


@requires("feedback.read")
def write(community_id: uuid.UUID, unit_id: uuid.UUID) -> Response:
    """A word from the acting side; sent twice it is one."""
    side = rights.side_of(community_id, unit_id, writing=True)

    def do() -> None:
        word = thread.Word(said("body"), day("written_on"), request.form.get("about", type=uuid.UUID) if side == "community" else None)
        thread.write(community_id, unit_id, side, word, by=me(), ticket=request.form.get("ticket", type=uuid.UUID))
    done = _("已送给单位。") if side == "community" else _("已送给社区。")
    return attempt(do, done, url_for("feedback.thread", community_id=community_id, unit_id=unit_id),
                   lambda error: _page(community_id, unit_id, error))


@requires("feedback.read")
def noted(community_id: uuid.UUID, unit_id: uuid.UUID) -> Response:
    """What the other side wrote has been read."""
    side = rights.side_of(community_id, unit_id, writing=True)
    return attempt(lambda: thread.take_note(community_id, unit_id, side), _("已记下已阅。"),
                   url_for("feedback.thread", community_id=community_id, unit_id=unit_id))


_AT = "/threads/<uuid:community_id>/<uuid:unit_id>"
ROUTES: tuple[Route, ...] = (("/threads/", "threads", threads, "GET"), ("/threads/find", "find", find, "POST"), (_AT, "thread", show, "GET"),
                             (_AT, "write", write, "POST"), (f"{_AT}/read", "noted", noted, "POST"))
