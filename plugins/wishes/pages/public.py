"""The public pages: a community's wish wall without anybody's name, handing a wish in, and reading or writing it off with the code."""
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
    _,
    admit,
    find_code,
    forgive,
    form_fields,
    grouped,
    issue_ticket,
    load_form,
    organization,
    organization_by_code,
    public,
    redeem_ticket,
    session,
    settings,
    visitor,
)
from core.pages import Route, after, following
from plugins.wishes import entering, fulfilling, holding, queries, words
from plugins.wishes.entering import WishInput
from plugins.wishes.models import WishesWish
from plugins.wishes.pages import forms
from plugins.wishes.pages.doing import Answer, shown
from plugins.wishes.pages.entering import FORM_CODE

FORM, CODE = "wishes.hand_in", "wishes.code"
MOST_FORMS, FORM_WINDOW = 10, dt.timedelta(hours=1)
Place = Any


@public
def wall(slug: str, code: str) -> str:
    """A community's wall: what is wished for and how far it is, nobody's name."""
    place = _place(code)
    waiting = request.args.get("show") == "waiting"
    found = queries.wall(place.id, after(), waiting=waiting)
    values = settings("wishes", place.id)
    return render_template(
        "wishes/public/wall.html", slug=slug, place=place, waiting=waiting, rows=found[:queries.PAGE], show_groups=values["show_groups"],
        public_form=values["public_form"], following=following(found, queries.PAGE),
        **shown(groups=words.groups(place.id)))


@public
def new(slug: str, code: str) -> Answer:
    """The form for a wish, and the receipt with its code."""
    place = _place(code)
    if settings("wishes", place.id)["public_form"] == "off":
        raise NotFound
    if request.method == "GET":
        return _form(slug, place, {"kind": "wish"})
    try:
        with session().begin_nested():
            wish_id = _hand_in(place)
    except (Invalid, Conflict, TooMany) as error:
        return _form(slug, place, request.form, error), error.status
    return render_template("wishes/public/received.html", slug=slug, place=place, code=grouped(entering.receipt_code(wish_id)),
                           row=queries.wish(wish_id))


def _hand_in(place: Place) -> uuid.UUID:
    sent = request.form.copy()
    ticket, form_code = (sent.poplist(name) for name in ("ticket", "form_code"))
    data = load_form(forms.ContactForm(), sent)
    given = WishInput(community_id=place.id, channel="public", **data)
    entering.check(given)
    if settings("wishes", place.id)["public_form"] == "code":
        _check_form_code(place, "".join(form_code))
    admit(FORM, visitor(), most=MOST_FORMS, window=FORM_WINDOW, message=_too_many)
    return entering.enter(given, by=None, wish_id=redeem_ticket(FORM, "".join(ticket)))


def _check_form_code(place: Place, typed: str) -> None:
    admit(FORM_CODE, visitor())
    try:
        right = find_code(FORM_CODE, typed) == place.id
    except NotFound:
        right = False
    if not right:
        raise Invalid(_("提交码不对，或已经过期。请看社区公告栏上的数字，或直接到社区登记。"), {"form_code": [_("请核对")]})
    forgive(FORM_CODE, visitor())


def _form(slug: str, place: Place, values: Any, error: Invalid | Conflict | TooMany | None = None) -> str:
    wrong = error.fields if isinstance(error, Invalid) else {}
    fields = form_fields(forms.ContactForm(), values, wrong, choices={"group": words.groups(place.id).items()})
    return render_template("wishes/public/new.html", slug=slug, place=place, fields=fields, message=error.message if error else None,
                           ticket=issue_ticket(FORM), asks_code=settings("wishes", place.id)["public_form"] == "code",
                           form_code=request.form.get("form_code", ""), wrong_code=wrong.get("form_code"))


@public
def blank(slug: str, code: str) -> str:
    """The form on paper."""
    place = _place(code)
    return render_template("wishes/blank.html", place=place, slug=slug, **shown(groups=words.groups(place.id)))


@public
def done(slug: str) -> Answer:
    """The code is typed; the resident reads how far the wish is, and may write it off."""
    if request.method == "GET":
        return render_template("wishes/public/code.html", slug=slug, code="", message=None)
    return _with_code(slug, lambda row, code: _read(slug, row, code))


@public
def judge(slug: str) -> Answer:
    """What the resident says: it came true, or it did not."""
    def do(row: WishesWish, code: str) -> Answer:
        fulfilled, rating, comment = request.form.get("fulfilled"), request.form.get("rating"), request.form.get("comment", "")
        meant = _meant(row)
        if fulfilled not in {"yes", "no"}:
            return _read(slug, row, code, _("请选择“已经实现”或“还没有实现”。")), 422
        try:
            with session().begin_nested():
                fulfilling.judge(meant.id, fulfilled=fulfilled == "yes", rating=rating, comment=comment)
        except (Invalid, Conflict) as error:
            return _read(slug, row, code, error.message), error.status
        return render_template("wishes/public/thanks.html", slug=slug, fulfilled=fulfilled == "yes")
    return _with_code(slug, do)


def _with_code(slug: str, do: Any) -> Answer:
    """Count the try, find the wish of the code, and go on; what is wrong is said on the page of the code."""
    code = request.form.get("code", "")[:40]
    try:
        admit(CODE, visitor())
        wish_id = find_code(holding.RECEIPT, code)
    except (NotFound, TooMany) as error:
        page = render_template("wishes/public/code.html", slug=slug, code=code, message=error.message)
        return page, 422 if isinstance(error, NotFound) else error.status
    forgive(CODE, visitor())
    answer: Answer = do(queries.wish(wish_id), code)
    return answer


def _meant(row: WishesWish) -> WishesWish:
    """The wish of the code, or the one of its parts whose number was sent."""
    number = request.form.get("number", row.number)
    found = next((one for one in queries.of_number(number) if row.id in (one.id, one.parent_id)), None)
    if found is None:
        raise NotFound
    return found


def _read(slug: str, row: WishesWish, code: str, message: str | None = None) -> str:
    shown_rows = [queries.wish(part.id) for part in queries.parts(row.id)] if row.state == "split" else [row]
    found = [{"row": one, "answer": holding.words(one, "answer"), "title": one.title or holding.words(one, "text"),
              "asks": one.state in {"claimed", "done"} and one.verdict is None} for one in shown_rows]
    return render_template("wishes/public/status.html", slug=slug, code=code, found=found, split=row.state == "split", message=message,
                           community=organization(row.community_id), **shown())


def _place(code: str) -> Place:
    """The community of a code. Raises NotFound."""
    place = organization_by_code(code[:40])
    if place.kind != "community" or not place.active:
        raise NotFound
    return place


def _too_many(minutes: int) -> str:
    return _("从这里提交的次数太多，请等 %(minutes)s 分钟后再试，或直接到社区登记。", minutes=minutes)


ROUTES: tuple[Route, ...] = (("/done", "done", done, "GET POST"), ("/done/judge", "judge", judge, "POST"), ("/<code>", "wall", wall, "GET"),
                             ("/<code>/new", "new", new, "GET POST"), ("/<code>/form", "blank", blank, "GET"))
