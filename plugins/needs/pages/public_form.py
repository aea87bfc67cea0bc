"""The form for residents (R53, R67, R74): no login, once a form, so many a network and a community; and the door for machines."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue

from core.api import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooMany,
    _,
    admit,
    forgive,
    grouped,
    issue_ticket,
    names_above,
    organization_by_code,
    public,
    redeem_ticket,
    root_organization,
    search_organizations,
    session,
    settings,
    term,
    visitor,
)
from core.pages import Route
from plugins.needs import bulletins, inbox, receipts, slips
from plugins.needs.pages.doing import said
from plugins.needs.pages.entry import given, need_fields
from plugins.needs.pages.fields import Form
from plugins.needs.writing import receive

TICKET, PER_NETWORK, PER_COMMUNITY, CODES, MACHINES = "needs.form", "needs.form", "needs.community", "needs.code", "needs.inbox"
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
FOUND, MACHINE_CALLS = 30, 120


@public
def index(slug: str) -> str:
    """Choose the community by its name."""
    text = said("q")[:50]
    found = search_organizations([root_organization().path], kinds=("community",), text=text, limit=FOUND + 1)
    above = names_above([row.path for row in found])  # several districts have a community of the same name
    rows = [{"code": row.code, "name": row.name, "above": " ".join(above[row.path])} for row in found[:FOUND]]
    return render_template("needs/public_index.html", slug=slug, text=text, rows=rows, more=len(found) > FOUND)


@public
def form(slug: str, code: str) -> str:
    """The community's form."""
    return _page(slug, _community(code), Form())


@public
def send(slug: str, code: str) -> ResponseReturnValue:
    """Take it in and show the receipt code, this once."""
    community = _community(code)
    if settings("needs", community.id)["public_form"] == "off":
        raise NotFound
    try:
        with session().begin_nested():
            receipt = _taken(community)
    except (Invalid, NotFound, Conflict, TooMany) as error:
        fields = error.fields if isinstance(error, Invalid) else {"code": [_("请对照纸条再输一遍")]} if isinstance(error, NotFound) else {}
        status = 422 if isinstance(error, NotFound) else error.status
        return _page(slug, community, Form(_without_ticket(), fields, error.message)), status
    return render_template("needs/public_thanks.html", slug=slug, community=community, code=grouped(receipt), ticket=said("ticket"))


def _taken(community: Any) -> str:
    """The receipt code of what was taken in. The limits come first: nothing is looked at beyond them."""
    values, by_code = settings("needs", community.id), settings("needs", community.id)["public_form"] == "code"
    need_id = redeem_ticket(TICKET, said("ticket"))
    if _is_there(need_id, community.id):
        return receipts.issue(need_id)  # the form came twice: one need, and a code that is good
    admit(PER_NETWORK, visitor(), most=values["most_an_hour"], window=HOUR, message=_slower)
    if by_code:
        admit(CODES, visitor())
        slips.check(community.id, said("code"))
        forgive(CODES, visitor())
    admit(PER_COMMUNITY, str(community.id), most=values["most_a_day"], window=DAY, message=_tomorrow)
    receive(given(community.id, "website"), by=None, need_id=need_id)
    if by_code:
        slips.use(community.id, said("code"))
    return receipts.issue(need_id)


def _is_there(need_id: uuid.UUID, community_id: uuid.UUID) -> bool:
    told = receipts.told_of(need_id)
    return told is not None and told.community_id == community_id


def _slower(minutes: int) -> str:
    return _("这个网络里填写得太多了，请等 %(minutes)s 分钟后再提交，您写的内容还在；急事请直接联系%(place)s。", minutes=minutes, place=term("community"))


def _tomorrow(_minutes: int) -> str:
    return _("%(place)s今天收到的意见已经很多，请明天再提交，或直接告诉%(place)s工作人员。", place=term("community"))


def _community(code: str) -> Any:
    found = organization_by_code(code)
    if found.kind != "community" or not found.active:
        raise NotFound
    return found


def _without_ticket() -> dict[str, str]:
    return {name: value for name, value in request.form.items() if name != "ticket"}


def _page(slug: str, community: Any, form: Form) -> str:
    mode = settings("needs", community.id)["public_form"]
    fields = need_fields(form, community.id) | {
        "ticket": form.field("ticket", "", "hidden", issue_ticket(TICKET)),
        "code": form.field("code", _("号码条上的 12 位数字"), required=True, maxlength=24, inputmode="numeric", autocomplete="off",
                           data_code=12, placeholder="0000 0000 0000", help=_("向%(place)s领取；每个号码只能用一次", place=term("community")))}
    published = [row for row in bulletins.of_community(community.id)[:6] if row.state == "published"][:3]
    return render_template("needs/public_form.html", slug=slug, community=community, fields=fields, form=form, mode=mode,
                           bulletins=[(row, bulletins.number_of(row)) for row in published])


@public(csrf=False)
def receive_signed(slug: str, code: str) -> ResponseReturnValue:  # noqa: ARG001  the slug opened the tenant
    """What another system sends: signed, within five minutes, once."""
    admit(MACHINES, visitor(), most=MACHINE_CALLS, window=dt.timedelta(minutes=1))
    if (request.content_length or 0) > inbox.LARGEST or len(body := request.get_data(cache=False)) > inbox.LARGEST:
        raise Invalid(_("内容太大。"))
    if not inbox.is_signed(request.headers.get("X-Baodao-Timestamp", ""), request.headers.get("X-Baodao-Signature", ""), body):
        raise Forbidden(_("签名不对，或时间相差太多。"))
    return jsonify(id=str(inbox.take(_community(code).id, body))), 202


ROUTES: tuple[Route, ...] = (
    ("/", "index", index, "GET"), ("/", "find", index, "POST"), ("/<code>", "form", form, "GET"), ("/<code>", "send", send, "POST"),
    ("/inbox/<code>", "inbox", receive_signed, "POST"))
