"""One wish for an officer: the gate while it waits, who holds it, what the resident says, its way; for a liaison what the unit may know."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from flask import render_template, request
from marshmallow import Schema
from sqlalchemy import Row, select

from core.api import NotFound, acting, authorize, member_places, organization, requires, session, settings, today
from core.pages import Refusal, Route
from plugins.wishes import claims, contacts, gate, holding, queries, words
from plugins.wishes.models import WishesWish
from plugins.wishes.pages import forms
from plugins.wishes.pages.doing import errors_of, may, reached, shown
from plugins.wishes.pages.unit import unit_paths


@requires("wishes.read")
def show(matter_id: uuid.UUID) -> str:
    """A wish for an officer of its community or above; for the unit that has claimed it, without anything about the resident."""
    row = queries.wish(matter_id)
    if not may(row, "wishes.read"):
        return _for_unit(row)
    return page(row)


def page(row: WishesWish, error: Refusal | None = None, form: str = "", contact: contacts.Contact | None = None) -> str:
    """The page with what the actor may do now; `form` names the form that is to be mended."""
    manages, claim = may(row, "wishes.manage"), claims.holder(row.id)
    return render_template(
        "wishes/show.html", row=row, matter=queries.matter(row.id), community=organization(row.community_id).name, claim=claim,
        people=_people(claim) if claim is not None else [], unit=organization(claim.unit_id).name if claim is not None and claim.unit_id else "",
        events=[{"when": one["at"], "title": str(words.EVENTS[one["kind"]]), "text": one["note"] if manages else None} for one in queries.events(row.id)],
        parts=queries.parts(row.id) if row.state == "split" else [], others=queries.others_of(row) if manages else 0, manages=manages,
        enters=may(row, "wishes.enter"), contact=contact, fields=_forms(row, error, form) if manages else {}, wrong=form, form_error=error,
        said={name: holding.words(row, name) for name in ("text", "answer", "proof", "remark", "comment")} if manages else {},
        own_claim=claim is not None and acting().member_id in claims.members_of(claim), today=today(),
        late=row.alarm_on is not None and row.alarm_on < today(), **shown(groups=words.groups(row.community_id)))


def _for_unit(row: WishesWish) -> str:
    """What the liaison of the unit that holds it, or whose members do, may know. Raises NotFound for anybody else."""
    claim = claims.holder(row.id)
    if claim is None or claim.unit_id is None:
        authorize(acting(), "wishes.read", None)
        raise NotFound
    if not any(organization(claim.unit_id).path.startswith(path) for path in unit_paths("wishes.read")):
        raise NotFound
    return render_template("wishes/of_unit.html", row=row, matter=queries.matter(row.id), claim=claim, people=_people(claim),
                           unit=organization(claim.unit_id).name, community=organization(row.community_id).name, **shown())


def _people(claim: Row) -> list[str]:
    """The names of the members who serve."""
    people = member_places()
    return list(session().scalars(select(people.c.name).where(people.c.id.in_(claims.members_of(claim))).order_by(people.c.sort_key, people.c.id)))


def _forms(row: WishesWish, error: Refusal | None, wrong: str) -> dict[str, Any]:
    """The fields of the forms that can be sent now, filled with what is known or what was typed."""
    known = _known(row)
    return {name: forms.fields_of(name, schema(), request.form if name == wrong else known.get(name, {}), errors_of(error) if name == wrong else None,
                              choices=_choices(row) if name == "accept" else None) for name, schema in _OFFERED.get(row.state, {}).items()}


def _known(row: WishesWish) -> dict[str, Mapping[str, Any]]:
    values, matter = settings("wishes", row.community_id), queries.matter(row.id)
    served = {"served_on": row.served_on or today(), "minutes": row.served_minutes}
    return {"accept": {"title": row.title, "due_on": matter.due_on if matter is not None else today() + dt.timedelta(days=values["due_days"]),
                       "minutes": matter.minutes if matter is not None else values["usual_minutes"], "place": matter.place if matter is not None else None,
                       "kind": gate.service_kind(row.community_id)},
            "split": {"part": holding.words(row, "text")}, "done": served, "write_off": {**served, "judged_on": today()},
            "send_back": {"note": None}}


def _choices(row: WishesWish) -> dict[str, Any]:
    return {"kind": [(kind, kind) for kind in settings("service", row.community_id)["kinds"]]}


@requires("wishes.manage")
def contact(wish_id: uuid.UUID) -> str:
    """Show how the resident is reached; the look is noted."""
    row = reached(wish_id, "wishes.manage")
    return page(row, contact=contacts.seen_by_officer(wish_id))


_END: dict[str, type[Schema]] = {"withdraw": forms.ReasonForm}
_OFFERED: dict[str, dict[str, type[Schema]]] = {
    "submitted": {"accept": forms.AcceptForm, "split": forms.SplitForm, "refuse": forms.RefuseForm, **_END},
    "accepted": _END,
    "claimed": {"done": forms.DoneForm, "write_off": forms.WriteOffForm, "release": forms.ReasonForm, **_END},
    "done": {"write_off": forms.WriteOffForm, "send_back": forms.NoteForm, "release": forms.ReasonForm, **_END}}

ROUTES: tuple[Route, ...] = (("/<uuid:matter_id>", "show", show, "GET"), ("/<uuid:wish_id>/contact", "contact", contact, "POST"))
