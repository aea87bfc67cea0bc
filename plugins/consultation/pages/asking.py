"""Asking about members: names are typed, pasted or ticked, then checked, then sent with one press; names never stand in an address."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import Conflict, Invalid, _, _l, organization, organization_names, requires, settings
from core.pages import Route, as_id, attempt, chosen, day, identity, refused, said, ticket
from plugins.consultation import asking, finding, rights
from plugins.consultation.asking import AskInput

BASES = {"residence": _l("居住地"), "workplace": _l("工作地")}


@requires("consultation.ask")
def form() -> str:
    """The first step: why, until when, and whom."""
    return _form()


def context(purposes: str, error: Invalid | Conflict | None = None) -> dict[str, Any]:
    """What both forms for asking show: places, purposes, deadline, superiors, and what was typed."""
    places = rights.own_places(rights.ASK)
    named = identity("asker")
    asker = named if named in places else places[0] if places else None
    above = rights.superiors(organization(asker).path) if asker else []
    return {"places": organization_names(places), "asker": asker, "purposes": settings("consultation")[purposes], "above": above,
            "deadline": said("deadline") or asking.usual_deadline().isoformat(), "ticket": ticket(),
            "error": refused(error) if error else None, "typed": said}


def _form(error: Invalid | Conflict | None = None) -> str:
    found = context("member_purposes", error)
    asker = organization(found["asker"]) if found["asker"] else None
    people = finding.roster(asker.path) if asker is not None and asker.kind == "unit" else []
    return render_template("consultation/ask.html", people=people, ticked=set(chosen("member")), **found)


def given() -> AskInput:
    """The input that both kinds of asking have. Raises Conflict, Invalid, NotFound."""
    return AskInput(rights.asking_place(identity("asker")), said("purpose"), said("says"), day("deadline"), identity("copy"))


@requires("consultation.ask")
def check() -> Any:
    """The second step: who was found, where each reports in, and which communities will be asked."""
    place = organization(rights.asking_place(identity("asker")))
    found = finding.by_names(place.path, said("names"))
    ticked = [one for one in finding.by_ids(place.path, chosen("member")) if one.id not in {person.id for person in found.people}]
    people = [*found.people, *ticked]
    if not people:
        unknown = "、".join(found.unknown)
        return _form(Invalid(_("没有找到这些党员：%(names)s。请核对姓名，或确认属于本单位。", names=unknown) if unknown else _("请填写或勾选党员。"),
                             {"names": [_("请核对姓名")]})), 422
    try:
        what = given()
    except Invalid as error:
        return _form(error), error.status
    if what.purpose not in settings("consultation")["member_purposes"] or what.deadline is None:
        return _form(Invalid(_("请选择事由和期限。"), {"purpose": [_("请选择")]})), 422
    return _checked(people, found.doubtful, found.unknown)


def _checked(people: list[finding.Person], doubtful: set[str], unknown: list[str], error: Invalid | Conflict | None = None) -> str:
    pairs = set(request.form.getlist("pair"))
    return render_template("consultation/check.html", people=people, doubtful=doubtful, unknown=unknown, bases=BASES, pairs=pairs,
                           **context("member_purposes", error))


@requires("consultation.ask")
def send() -> Response:
    """The third step: a request to each community, with only its persons in it."""
    pairs = [pair for text in request.form.getlist("pair") if (pair := _pair(text)) is not None]
    asker_id, occasion_id = rights.asking_place(identity("asker")), ticket()

    def again(error: Invalid | Conflict) -> str:
        return _checked(finding.by_ids(organization(asker_id).path, chosen("person")), set(), [], error)
    return attempt(lambda: asking.ask_members(occasion_id, given(), pairs), _("已向社区征求意见。答复后，在列表和汇总中可以看到。"),
                   url_for("consultation.occasion", occasion_id=occasion_id), again)


def _pair(text: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    member, _colon, community = text.partition(":")
    found = as_id(member), as_id(community)
    return (found[0], found[1]) if found[0] is not None and found[1] is not None else None


ROUTES: tuple[Route, ...] = (("/ask", "ask", form, "GET"), ("/ask/check", "check", check, "POST"), ("/ask/send", "send", send, "POST"))
