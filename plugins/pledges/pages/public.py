"""The board on the web (R56) and the form by which residents say that something was not kept (R77); nobody signs in."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import render_template, request, url_for

from core.api import (
    Invalid,
    NotFound,
    TooMany,
    _,
    admit,
    find_code,
    grouped,
    issue_code,
    issue_ticket,
    organization_by_code,
    public,
    redeem_ticket,
    session,
    today,
    visitor,
)
from core.pages import after, following, refused, said
from plugins.pledges import board, objecting
from plugins.pledges.words import OBJECTION_TONES, OBJECTIONS

PURPOSE, ANSWER = "pledges.objection", "pledges.answer"
MOST, WINDOW = 5, dt.timedelta(minutes=15)
KEPT = 365  # days for which the number of an objection leads to its answer


def community(code: str) -> Any:
    """The community of an address. Raises NotFound."""
    found = organization_by_code(code)
    if found.kind != "community" or not found.active:
        raise NotFound
    return found


@public
def show(slug: str, code: str) -> str:
    """The board: what is open, what is late, what was kept, what was not."""
    place = community(code)
    tab = request.args.get("tab", "open")
    tab = tab if tab in board.TABS else "open"
    rows = board.page(place.id, tab, after())
    totals = board.totals(place.id)
    titles = {"open": _("践诺中"), "late": _("已逾期"), "kept": _("已兑现"), "not_kept": _("未兑现")}
    tabs = [{"title": titles[name], "url": url_for("pledges_public.board", slug=slug, code=code, tab=name), "active": name == tab,
             "count": board.counted(totals[name])} for name in board.TABS]
    more = following(rows, board.PAGE)
    return render_template("pledges/board.html", place=place, rows=rows[:board.PAGE], tabs=tabs, tab=tab, slug=slug, today=today(),
                           following=more, paged="after" in request.args)


@public
def object_to(slug: str, code: str, pledge_id: uuid.UUID) -> str:
    """The form."""
    return _form(slug, code, _pledge(code, pledge_id))


@public
def objected(slug: str, code: str, pledge_id: uuid.UUID) -> str | tuple[str, int]:
    """What a resident has written, kept sealed; sent twice it is one."""
    pledge = _pledge(code, pledge_id)
    try:
        admit(PURPOSE, visitor(), most=MOST, window=WINDOW)
        with session().begin_nested():
            identity = redeem_ticket(PURPOSE, said("ticket"))
            objecting.raise_objection(identity, pledge_id, said("says"), said("contact"))
    except (Invalid, TooMany) as error:
        return _form(slug, code, pledge, error), error.status
    number = grouped(issue_code(ANSWER, identity, days=KEPT))
    return render_template("pledges/objected.html", slug=slug, code=code, pledge=pledge, number=number)


@public
def answer(slug: str, code: str) -> str | tuple[str, int]:
    """What came of an objection, for whoever holds the number that was shown for it; nobody needs to have said who one is."""
    place, row, error, status = community(code), None, None, 200
    if request.method == "POST":
        try:
            admit(ANSWER, visitor())
            row = objecting.standing(find_code(ANSWER, said("number")[:40]), place.id)
        except (NotFound, TooMany) as refusal:
            error, status = refused(refusal), refusal.status
    return render_template("pledges/answer.html", slug=slug, code=code, row=row, error=error, typed=said, words=OBJECTIONS,
                           tones=OBJECTION_TONES), status


def _pledge(code: str, pledge_id: uuid.UUID) -> dict[str, Any]:
    found = board.public_pledge(community(code).id, pledge_id)
    if found is None:
        raise NotFound
    return found


def _form(slug: str, code: str, pledge: dict[str, Any], error: Any = None) -> str:
    return render_template("pledges/object.html", slug=slug, code=code, pledge=pledge, ticket=issue_ticket(PURPOSE),
                           error=refused(error) if error else None, typed=said, longest=objecting.LONGEST, contact=objecting.CONTACT)


ROUTES = (("/<code>", "board", show, ["GET"]), ("/<code>/<uuid:pledge_id>/object", "object_to", object_to, ["GET"]),
          ("/<code>/<uuid:pledge_id>/object", "objected", objected, ["POST"]), ("/<code>/answer", "answer", answer, ["GET", "POST"]))
