"""The quick form for the doorstep: channel chosen, text, category, contact where the asker gives it; half a minute, with a weak net too."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.api import PRIORITY_GROUPS, FormField, Invalid, _, acting, new_id, requires, session, settings, tenant_id, term, today
from core.pages import Route, me, needed_identity
from plugins.needs.models import CHANNELS as CHANNEL_KEYS, Need
from plugins.needs.pages.doing import chosen_community, needed_community, said, tried
from plugins.needs.pages.fields import Form
from plugins.needs.words import CHANNELS
from plugins.needs.writing import CONTACT, LONGEST, Contact, NeedInput, receive

BY_HAND = [name for name in CHANNEL_KEYS if name not in ("member", "other")]


@requires("needs.enter")
def enter() -> str | Response:
    """The empty form; after one was taken in it says so and is ready for the next door."""
    community = chosen_community("needs.enter")
    if community is None:
        return redirect(url_for("needs.places", then="enter"), 303)
    return _page(community, Form({"channel": request.args.get("channel", "visit")}), request.args.get("saved", type=uuid.UUID))


@requires("needs.enter")
def take() -> Response | tuple[str, int]:
    """Take it in; a form sent twice, from the phone's memory too, is one need."""
    community, need_id = needed_community("needs.enter"), needed_identity("need_id")

    def do() -> None:
        receive(given(community.id), by=me(), need_id=need_id)
    if error := tried(do):
        return _page(community, Form(request.form, error.fields, error.message), None), error.status
    flash(_("已经登记。"), "success")
    return redirect(url_for("needs.enter", community=community.id, channel=said("channel"), saved=need_id), 303)


def given(community_id: uuid.UUID, channel: str | None = None) -> NeedInput:
    """What the form says. Raises Invalid for a day that is none."""
    contact = Contact(**{name: said(name) for name in CONTACT})
    return NeedInput(community_id, said("text", lines=True), said("category") or None, channel or said("channel"),
                     recipient_group=said("recipient_group") or None, contact=contact, received_on=_day())


def _day() -> dt.date | None:
    try:
        return dt.date.fromisoformat(said("received_on")) if said("received_on") else None
    except ValueError:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), {"received_on": [_("不是有效的日期")]}) from None


def need_fields(form: Form, community_id: uuid.UUID) -> dict[str, FormField]:
    """Fields that the officer's, the member's and the resident's form share."""
    categories = settings("needs", community_id)["categories"]
    return {
        "text": form.field("text", _("需要什么"), "textarea", required=True, maxlength=LONGEST, rows=4, autocomplete="off",
                           placeholder=_("如：3 号楼楼道的灯坏了，晚上看不见")),
        "category": form.field("category", _("类别"), "radio", categories[-1], choices=[(one, one) for one in categories]),
        "recipient_group": form.field("recipient_group", _("重点群体"), "select", choices=PRIORITY_GROUPS.items()),
        "name": form.field("name", _("称呼"), maxlength=CONTACT["name"], autocomplete="off"),
        "phone": form.field("phone", _("电话"), "tel", maxlength=CONTACT["phone"], autocomplete="off"),
        "address": form.field("address", _("地址"), maxlength=CONTACT["address"], autocomplete="off")}


def _page(community: Any, form: Form, saved: uuid.UUID | None) -> str:
    fields = need_fields(form, community.id) | {
        "need_id": form.field("need_id", "", "hidden", new_id()),
        "channel": form.field("channel", _("渠道"), "radio", "visit", choices=[(name, CHANNELS[name]) for name in BY_HAND]),
        "received_on": form.field("received_on", _("收到日期"), "date", today().isoformat(), max=today().isoformat(),
                                  help=_("补录以前的，请改日期"))}
    kept = None if saved is None else _accepted(saved, community.id)
    return render_template("needs/enter.html", community=community, fields=fields, form=form, saved=kept, account=acting(),
                           where=term("community"))


def _accepted(need_id: uuid.UUID, community_id: uuid.UUID) -> uuid.UUID | None:
    return session().scalar(select(Need.id).where(Need.tenant_id == tenant_id(), Need.id == need_id, Need.community_id == community_id))


ROUTES: tuple[Route, ...] = (("/enter", "enter", enter, "GET"), ("/enter", "take", take, "POST"))
