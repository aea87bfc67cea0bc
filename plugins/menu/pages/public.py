"""What residents see without an account: the menu of a community, the form to order, and their own request by its receipt code."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response as FlaskResponse, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import (
    BaodaoError,
    Conflict,
    Invalid,
    NotFound,
    TooMany,
    _,
    _l,
    admit,
    forgive,
    issue_ticket,
    organization_by_code,
    organization_names,
    public,
    redeem_ticket,
    session,
    settings,
    visitor,
)
from core.pages import asked, identity, said, version
from plugins.menu import agreeing, calendars, proposing, queries, receipts, requesting, words
from plugins.menu.models import MenuRequest
from plugins.menu.pages import forms
from plugins.menu.pages.doing import BOTH, GET, POST, WORDS, public_name
from plugins.menu.requesting import RequestInput

FORM, LOOKUP = "menu.form", "menu.lookup"
QUESTIONS = {"cancel": (_l("确定取消这次约定吗？"), _l("取消约定")), "close": (_l("确定不再需要这次服务吗？"), _l("不需要了"))}


@public
def menu(slug: str, community_code: str) -> str:
    """The menu of a community, by category and number."""
    place = _community(community_code)
    rows, values = queries.menu(place.id), settings("menu", place.id)
    return render_template("menu/public_menu.html", slug=slug, place=place, rows=rows, name_of=_namer(rows, place.id), values=values, **WORDS)


@public
def ask(slug: str, community_code: str) -> str | tuple[str, int]:
    """The form to order something of the menu, or what stands in no menu; sent twice it is one request."""
    place = _community(community_code)
    if (door := settings("menu", place.id)["public_form"]) == "off":
        raise NotFound
    if request.method == "GET":
        return _form(slug, place, door, {"number": request.args.get("number", "")[:6]})
    try:
        admit(FORM, visitor(), most=20)
        if door == "code":
            _check_code(place.id)
        request_id = redeem_ticket(FORM, request.form.get("ticket", ""))
        with session().begin_nested():
            requesting.ask(place.id, _given(place.id), by=None, request_id=request_id)
            code = receipts.issue(request_id)
    except (Invalid, Conflict, TooMany) as error:
        return _form(slug, place, door, request.form, error), error.status
    return render_template("menu/receipt.html", row=queries.request(request_id), code=code, public=True, community=place.name, slug=slug,
                           back=url_for("menu_public.menu", slug=slug, community_code=place.code))


@public
def lookup(slug: str) -> str | tuple[str, int]:
    """The resident types the receipt code and sees where the request stands."""
    if request.method == "GET":
        return render_template("menu/lookup.html", slug=slug, message=None, code="")
    try:
        return _standing(slug, _found())
    except (NotFound, TooMany) as error:
        return _again(slug, error)


@public
def answer(slug: str) -> str | Response | tuple[str, int]:
    """The resident chooses a time, refuses all, asks for another one, cancels, or needs nothing any longer."""
    try:
        row = _found()
    except (NotFound, TooMany) as error:
        return _again(slug, error)
    what = said("act")
    if what in QUESTIONS and (question := asked(str(QUESTIONS[what][0]), str(QUESTIONS[what][1]), url_for("menu_public.lookup", slug=slug))):
        return question
    acts = _acts(row)
    if what not in acts:
        return redirect(url_for("menu_public.lookup", slug=slug), 303)
    action, done = acts[what]
    try:
        with session().begin_nested():
            action()
    except (Invalid, Conflict) as error:
        return _standing(slug, row, error=error), error.status
    return _standing(slug, queries.request(row.id), done=done)


@public
def event(slug: str) -> FlaskResponse | tuple[str, int]:
    """What is agreed, as a file for the calendar of the resident's telephone."""
    try:
        content = calendars.single(_found().id)
    except (NotFound, TooMany) as error:
        return _again(slug, error)
    return FlaskResponse(content, mimetype="text/calendar", headers={"Content-Disposition": 'attachment; filename="service.ics"'})


@public(csrf=False)
def calendar(slug: str, token: str) -> FlaskResponse:
    """The feed of a member or a unit: whoever has the secret address reads it, and nobody is signed in."""
    del slug
    return FlaskResponse(calendars.read(token), mimetype="text/calendar", headers={"Content-Disposition": 'inline; filename="menu.ics"'})


def _acts(row: MenuRequest) -> dict[str, tuple[Callable[[], object], str]]:
    number, slot = version(), identity("slot") or uuid.uuid4()
    return {
        "choose": (lambda: agreeing.choose(row.id, number, slot, side="resident", by=None), _("时间已经约好。")),
        "refuse": (lambda: proposing.refuse(row.id, number, side="resident"), _("已转告，请等对方另提时间。")),
        "wish_change": (lambda: agreeing.wish_change(row.id, number, side="resident"), _("已转告。在您选定新时间以前，原来的时间仍然有效。")),
        "cancel": (lambda: agreeing.cancel(row.id, number, side="resident"), _("约定已取消，不用说明原因。")),
        "close": (lambda: requesting.close(row.id, number, "resident"), _("已撤回，不用说明原因。"))}


def _found() -> MenuRequest:
    admit(LOOKUP, visitor())
    row = queries.request(receipts.find(request.form.get("code", "")[:40]))
    forgive(LOOKUP, visitor())
    return row


def _standing(slug: str, row: MenuRequest, *, done: str = "", error: BaodaoError | None = None) -> str:
    live, units = agreeing.agreement_of(row.id), organization_names([row.unit_id, row.community_id])
    return render_template("menu/standing.html", slug=slug, row=row, live=live, slots=proposing.slots_of(row.id), words=words, done=done, error=error,
                           code=request.form.get("code", ""), community=units.get(row.community_id), unit=units.get(row.unit_id) if row.unit_id else None, **WORDS)


def _again(slug: str, error: BaodaoError) -> tuple[str, int]:
    page = render_template("menu/lookup.html", slug=slug, message=error.message, code=request.form.get("code", "")[:40])
    return page, 422 if isinstance(error, NotFound) else error.status


def _community(code: str) -> Any:
    place = organization_by_code(code)
    if place.kind != "community" or not place.active:
        raise NotFound
    return place


def _given(community_id: uuid.UUID) -> RequestInput:
    number = forms.whole("number")
    try:
        offer_id = None if number is None else queries.numbered(community_id, number)
    except NotFound:
        raise Invalid(_("这项服务刚刚下架，请选别的服务。"), {"number": [_("没有这个编号")]}) from None
    return RequestInput(forms.read_contact(), offer_id, None, None, forms.read_wished(), said("group") or None, "public")


def _check_code(community_id: uuid.UUID) -> None:
    wrong = Invalid(_("点单码不对。请看社区公告栏或打电话问社区。"), {"form_code": [_("请核对点单码")]})
    try:
        if not receipts.form_code_fits(said("form_code"), community_id):
            raise wrong
    except NotFound:
        raise wrong from None


def _namer(rows: Any, community_id: uuid.UUID) -> Callable[[Any], str]:
    units = organization_names(row.unit_id for row in rows)
    return lambda row: public_name(row.name, units.get(row.unit_id), community_id)


def _form(slug: str, place: Any, door: str, values: Mapping[str, Any], error: BaodaoError | None = None) -> str:
    wrong = error.fields if isinstance(error, Invalid) else {}
    make, rows = forms.Maker(values, wrong).field, queries.menu(place.id)
    first = [make("number", "select", _("要哪项服务"), help=_("菜单上没有的，选“（不填）”，在下面写需要什么"),
                  choices=[(row.number, f"{row.number} {row.title}") for row in rows])]
    if door == "code":
        first.insert(0, make("form_code", "text", _("点单码"), help=_("社区公告栏上的 8 位数字"), required=True, inputmode="numeric", maxlength=20,
                             autocomplete="off"))
    return render_template("menu/ask.html", slug=slug, place=place, fields=[*first, *forms.wish_fields(values, wrong, phone_needed=True)],
                           message=error.message if error else None, ticket=issue_ticket(FORM))


def public_routes() -> Blueprint:
    """The public pages, below /t/<slug>/p/menu."""
    pages = Blueprint("menu_public", __name__)
    for address, name, view, methods in (
            ("/request", "lookup", lookup, BOTH), ("/request/answer", "answer", answer, POST), ("/request/event", "event", event, POST),
            ("/calendar/<token>.ics", "calendar", calendar, GET), ("/<community_code>", "menu", menu, GET),
            ("/<community_code>/new", "ask", ask, BOTH)):
        pages.add_url_rule(address, name, view, methods=methods)
    return pages
