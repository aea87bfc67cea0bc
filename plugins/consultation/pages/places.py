"""Asking about a unit or a community as a whole (R81): all communities where its members report in, or a chosen one."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, url_for
from werkzeug.wrappers import Response

from core.api import Conflict, Invalid, NotFound, _, communities_named, organization, requires, search_organizations
from core.pages import Route, attempt, chosen, said, ticket
from plugins.consultation import asking, finding, rights
from plugins.consultation.pages.asking import context, given

FOUND = 20


@requires("consultation.ask")
def choose() -> str:
    """The first step: which unit or community."""
    return _choose("")


@requires("consultation.ask")
def search() -> str:
    """The same for a part of its name or code."""
    return _choose(said("q"))


def _choose(text: str) -> str:
    found = context("place_purposes")
    path = organization(found["asker"]).path if found["asker"] else ""
    rows = [row for kind in ("unit", "community") for row in search_organizations((path,), kinds=(kind,), text=text[:50], limit=FOUND + 1)
            if row.path != path] if path else []
    return render_template("consultation/choose.html", rows=rows[:FOUND], more=len(rows) > FOUND, text=text, **found)


def _below(organization_id: uuid.UUID) -> Any:
    """A unit or community strictly below one of the acting person's places. Raises NotFound."""
    subject = organization(organization_id)
    above = [organization(place).path for place in rights.own_places(rights.ASK)]
    if subject.kind not in ("unit", "community") or not any(subject.path.startswith(path) and subject.path != path for path in above):
        raise NotFound
    return subject


@requires("consultation.ask")
def form(organization_id: uuid.UUID) -> str:
    """The second step: why, until when, and which communities."""
    return _form(_below(organization_id))


def _form(subject: Any, error: Invalid | Conflict | None = None) -> str:
    known = finding.communities_of(subject.id) if subject.kind == "unit" else []
    others = [one for one in communities_named(said("q")) if one.id not in {row[0] for row in known} and one.id != subject.id]
    ticked = set(chosen("community")) or {row[0] for row in known}
    return render_template("consultation/ask_place.html", subject=subject, known=known, others=others, ticked=ticked, q=said("q"),
                           **context("place_purposes", error))


@requires("consultation.ask")
def send(organization_id: uuid.UUID) -> Response | str:
    """The last step; or, where another community was looked for, the form again with what was found."""
    subject = _below(organization_id)
    if said("find"):
        return _form(subject)
    occasion_id = ticket()
    return attempt(lambda: asking.ask_place(occasion_id, given(), subject.id, chosen("community")),
                   _("已向社区征求意见。答复后，在汇总中可以看到。"), url_for("consultation.occasion", occasion_id=occasion_id),
                   lambda error: _form(subject, error))


ROUTES: tuple[Route, ...] = (("/places", "choose", choose, "GET"), ("/places/search", "choose_search", search, "POST"),
                             ("/places/<uuid:organization_id>", "ask_place", form, "GET"), ("/places/<uuid:organization_id>", "send_place", send, "POST"))
