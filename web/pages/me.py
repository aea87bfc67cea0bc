"""A member's own page: see what is kept, correct what is one's own, nothing to fill in twice."""
from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.i18n import _, _l
from core.members.export import CATEGORIES
from core.members.profile import LONGEST_ADDRESS, update_profile
from core.members.queries import clear_values, history, member_view
from tenants.importing.values import words
from web.forms import form_fields, load_form
from web.navigation import NavigationItem, register
from web.pages.members.show import KINDS, panels
from web.rendering import date_zh
from web.routing import Pages
from web.tenant import actor

PERMISSION = "members.self"
pages = Pages("me", __name__, url_prefix="/me")
register("me", _l("我的"), NavigationItem(_l("我的资料"), "me.index", "user", permission=PERMISSION, order=90, tab=4), order=5)


class OwnForm(Schema):
    """What a member may correct himself."""

    version = fields.Integer(required=True, metadata={"widget": "hidden"})
    phone = fields.String(load_default="", allow_none=True, metadata={"title": _l("手机号"), "widget": "tel", "autocomplete": "tel"})
    address = fields.String(load_default="", allow_none=True, validate=validate.Length(max=LONGEST_ADDRESS),
                            metadata={"title": _l("居住地址"), "help": _l("搬到其他社区时，请告诉单位联络员办理变动。")})
    skills = fields.String(load_default="", allow_none=True, metadata={"title": _l("特长"), "help": _l("可填多项，用顿号分隔。")})
    preferences = fields.String(load_default="", allow_none=True, metadata={"title": _l("服务意愿"), "help": _l("可填多项，用顿号分隔。")})


@pages.page("/", access=PERMISSION)
def index() -> str:
    """What is kept about me."""
    member = member_view(_member_id())
    events = [{"when": row.valid_from, "title": _("%(basis)s：%(name)s", basis=KINDS[row.kind], name=row.organization),
               "text": _("至 %(day)s", day=date_zh(row.valid_to)) if row.valid_to else _("现在"),
               "tone": "neutral" if row.valid_to else "good"} for row in history(member.id)]
    return render_template("me/index.html", member=member, events=events, categories=CATEGORIES, panels=panels(member.id))


@pages.page("/edit", access=PERMISSION, methods=("GET", "POST"))
def edit() -> str | Response | tuple[str, int]:
    """Correct phone, address, skills, preferences."""
    member_id = _member_id()
    if request.method == "GET":
        member, clear = member_view(member_id), clear_values(member_id, ("phone", "address"))
        return _form({"version": member.version, **clear, "skills": "、".join(member.skills), "preferences": "、".join(member.preferences)})
    try:
        data = load_form(OwnForm(), request.form)
        update_profile(member_id, data["version"], phone=data["phone"] or "", address=data["address"] or "", skills=words(data["skills"]),
                       preferences=words(data["preferences"]))
    except (Invalid, Conflict) as error:
        return _form(request.form, error), error.status
    flash(_("已保存。"), "success")
    return redirect(url_for("me.index"), 303)


def _member_id() -> uuid.UUID:
    member_id = actor().member_id
    if member_id is None:
        raise NotFound
    return member_id


def _form(values: Any, error: BaodaoError | None = None) -> str:
    errors = error.fields if isinstance(error, Invalid) else {}
    return render_template("me/edit.html", fields=form_fields(OwnForm(), values, errors), message=error.message if error else None)
