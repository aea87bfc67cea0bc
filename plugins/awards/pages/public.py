"""The lists in public and the form by which anybody objects to a name on one (R84); nobody signs in."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import render_template, request

from core.api import (
    Conflict,
    Invalid,
    NotFound,
    TooMany,
    admit,
    current_tenant,
    find_code,
    grouped,
    issue_code,
    issue_ticket,
    public,
    redeem_ticket,
    session,
    visitor,
)
from core.pages import after, following, refused, said
from plugins.awards import board, objecting
from plugins.awards.words import OBJECTION_TONES, OBJECTIONS

PURPOSE, ANSWER = "awards.objection", "awards.answer"
MOST, WINDOW = 5, dt.timedelta(minutes=15)
KEPT = 365  # days for which the number of an objection leads to its answer


@public
def lists(slug: str) -> str:
    """What is published now and what was decided of late."""
    rows = board.page(after())
    more = following(rows, board.PAGE)
    return render_template("awards/lists.html", rows=rows[:board.PAGE], slug=slug, following=more, city=current_tenant().name)


@public
def one(slug: str, selection_id: uuid.UUID) -> str:
    """One list."""
    row = board.one(selection_id)
    return render_template("awards/list.html", row=row, rows=board.listed(row), slug=slug)


@public
def object_to(slug: str, selection_id: uuid.UUID, award_nomination_id: uuid.UUID) -> str:
    """The form."""
    row = board.one(selection_id)
    return _form(slug, row, board.nominee(row, award_nomination_id))


@public
def objected(slug: str, selection_id: uuid.UUID, award_nomination_id: uuid.UUID) -> str | tuple[str, int]:
    """What somebody has written, kept sealed; sent twice it is one."""
    row = board.one(selection_id)
    nominee = board.nominee(row, award_nomination_id)
    try:
        admit(PURPOSE, visitor(), most=MOST, window=WINDOW)
        with session().begin_nested():
            identity = redeem_ticket(PURPOSE, said("ticket"))
            objecting.raise_objection(identity, award_nomination_id, said("says"), said("contact"))
    except (Invalid, Conflict, TooMany) as error:
        return _form(slug, row, nominee, error), error.status
    return render_template("awards/objected.html", slug=slug, row=row, nominee=nominee, number=grouped(issue_code(ANSWER, identity, days=KEPT)))


@public
def answer(slug: str) -> tuple[str, int]:
    """What came of an objection, for whoever holds the number that was shown for it; nobody needs to have said who one is."""
    row, error, status = None, None, 200
    if request.method == "POST":
        try:
            admit(ANSWER, visitor())
            row = objecting.standing(find_code(ANSWER, said("number")[:40]))
        except (NotFound, TooMany) as refusal:
            error, status = refused(refusal), refusal.status
    return render_template("awards/answer.html", slug=slug, row=row, error=error, typed=said, words=OBJECTIONS, tones=OBJECTION_TONES), status


def _form(slug: str, row: dict[str, Any], nominee: dict[str, Any], error: Any = None) -> str:
    return render_template("awards/object.html", slug=slug, row=row, nominee=nominee, ticket=issue_ticket(PURPOSE), typed=said,
                           error=refused(error) if error else None, longest=objecting.LONGEST, contact=objecting.CONTACT)


ROUTES: tuple[tuple[str, str, Any, list[str]], ...] = (
    ("/", "lists", lists, ["GET"]), ("/answer", "answer", answer, ["GET", "POST"]), ("/<uuid:selection_id>", "list", one, ["GET"]),
    ("/<uuid:selection_id>/<uuid:award_nomination_id>/object", "object_to", object_to, ["GET"]),
    ("/<uuid:selection_id>/<uuid:award_nomination_id>/object", "objected", objected, ["POST"]))
