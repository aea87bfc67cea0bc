"""Nominating: whom the records would suggest, a search by name, and the form for one with the figures beside it."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.api import Conflict, Invalid, NotFound, _, acting, member_places, new_id, organization, requires, session, visible_members
from core.pages import Route, after, attempt, following, refused, said, ticket
from plugins.awards import evidence, nominating, rights
from plugins.awards.models import AwardSelection
from plugins.awards.nominating import NominationInput
from plugins.awards.pages.doing import read
from plugins.awards.words import evidence_words, hours

LONGEST, MOST = 50, 50


@requires("awards.nominate")
def candidates(selection_id: uuid.UUID) -> str:
    """Whom the records would suggest within reach, with why; by name, nobody is nominated by it."""
    row = read(selection_id)
    found = evidence.suggested(row, after())
    rows = [_line(row, one.id, one.name, one.unit_name, {name: int(getattr(one, name) or 0) for name in evidence.FIGURES})
            for one in found[:evidence.PAGE]]
    return _list(row, rows, "", following(found, evidence.PAGE))


@requires("awards.nominate")
def search(selection_id: uuid.UUID) -> str:
    """Somebody by the beginning of a name, its pinyin or its initials; by form, since a name has no place in an address."""
    row, text = read(selection_id), said("q")[:LONGEST]
    people = visible_members(acting().paths("awards.nominate"), text)
    found = session().execute(select(people).order_by(people.c.sort_key, people.c.id).limit(MOST)).all() if text and row.subject == "member" else []
    figures = evidence.figures(row, [one.id for one in found]) if found else {}
    return _list(row, [_line(row, one.id, one.name, one.unit_name, figures[one.id]) for one in found], text, None)


def _list(row: AwardSelection, rows: list[dict[str, Any]], text: str, more: uuid.UUID | None) -> str:
    return render_template("awards/candidates.html", row=row, rows=rows, text=text, following=more, hours=hours)


def _line(row: AwardSelection, identity: uuid.UUID, name: str, unit: str | None, figures: dict[str, Any]) -> dict[str, Any]:
    where: dict[str, Any] = {"member_id": identity} if row.subject == "member" else {"organization_id": identity}
    return {"id": identity, "name": name, "unit": unit or "", "why": evidence_words(figures),
            "url": url_for("awards.nominate_member" if row.subject == "member" else "awards.nominate_place", selection_id=row.id, **where)}


@requires("awards.nominate")
def member(selection_id: uuid.UUID, member_id: uuid.UUID) -> str:
    """The form for a member."""
    row, _place = _reached(selection_id, member_id, None)
    return _form(row, member_id, None)


@requires("awards.nominate")
def member_sent(selection_id: uuid.UUID, member_id: uuid.UUID) -> Response:
    """Nominate the member, who is asked unless the agreement lies there on paper."""
    row, place = _reached(selection_id, member_id, None)
    given = NominationInput(said("reason"), place, member_id=member_id, agreed=said("consent") == "paper")
    return attempt(lambda: nominating.nominate(ticket(), selection_id, given), _("已提名。"),
                   url_for("awards.show", selection_id=selection_id), lambda error: _form(row, member_id, None, error))


@requires("awards.nominate")
def place(selection_id: uuid.UUID, organization_id: uuid.UUID) -> str:
    """The form for a unit or a community as a whole."""
    row, _place = _reached(selection_id, None, organization_id)
    return _form(row, None, organization_id)


@requires("awards.nominate")
def place_sent(selection_id: uuid.UUID, organization_id: uuid.UUID) -> Response:
    """Nominate it."""
    row, place_id = _reached(selection_id, None, organization_id)
    given = NominationInput(said("reason"), place_id, organization_id=organization_id)
    return attempt(lambda: nominating.nominate(ticket(), selection_id, given), _("已提名。"),
                   url_for("awards.show", selection_id=selection_id), lambda error: _form(row, None, organization_id, error))


def _reached(selection_id: uuid.UUID, member_id: uuid.UUID | None, organization_id: uuid.UUID | None) -> tuple[AwardSelection, uuid.UUID]:
    row = read(selection_id)
    found = rights.subject_target(member_id, organization_id)
    if (row.subject == "member") != (member_id is not None):
        raise NotFound
    if organization_id is not None and organization(organization_id).kind != row.subject:
        raise NotFound
    return row, rights.require_nominating(row, found)


def _form(row: AwardSelection, member_id: uuid.UUID | None, organization_id: uuid.UUID | None, error: Invalid | Conflict | None = None) -> str:
    identity = member_id or organization_id or row.id
    if member_id is not None:
        people = member_places(member_id)
        who, unit = session().execute(select(people.c.name, people.c.unit_name)).one()
    else:
        who, unit = organization(identity).name, ""
    return render_template("awards/nominate.html", row=row, who=who, unit=unit or "", member=member_id is not None, action=request.path,
                           why=evidence_words(evidence.figures(row, [identity])[identity]), ticket=request.form.get("ticket", "") or new_id(),
                           longest=nominating.LONGEST, error=refused(error) if error else None, typed=said)


_BASE = "/selections/<uuid:selection_id>/nominate"
ROUTES: tuple[Route, ...] = (
    (_BASE, "candidates", candidates, "GET"), (_BASE, "search", search, "POST"),
    (f"{_BASE}/members/<uuid:member_id>", "nominate_member", member, "GET"), (f"{_BASE}/members/<uuid:member_id>", "member_sent", member_sent, "POST"),
    (f"{_BASE}/places/<uuid:organization_id>", "nominate_place", place, "GET"),
    (f"{_BASE}/places/<uuid:organization_id>", "place_sent", place_sent, "POST"))
