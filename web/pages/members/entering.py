"""One member entered by hand, with the places chosen in the same form; a form that was sent twice makes one member."""
from __future__ import annotations

import uuid
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from core.errors import Invalid
from core.i18n import LazyString, _, _l
from core.members.export import CATEGORIES
from core.members.profile import LONGEST_ADDRESS
from core.tenancy import today
from tenants.importing.entering import PERMISSION, Entry, check, enter
from tenants.importing.member_rows import LONGEST
from web.elsewhere import traced
from web.forms import FormField, form_fields, load_form
from web.pages.members.blueprint import pages
from web.pages.members.places import choice, settle
from web.pages.members.show import KINDS
from web.tenant import actor

REQUIRED = ("unit", "residence")
WHO, PARTY, OTHER = ("name", "id_number", "phone"), ("category", "joined_party_on", "branch", "position"), ("address", "skills", "preferences")
SAME = ("name", "id_number", "category", "phone", "branch", "position", "address", "skills", "preferences", "day")


def _text(title: LazyString, longest: int | None = None, **metadata: Any) -> fields.String:
    return fields.String(load_default=None, allow_none=True, validate=validate.Length(max=longest),
                         metadata={"title": title, "autocomplete": "off", **metadata})


def _place_id() -> fields.UUID:
    return fields.UUID(load_default=None, allow_none=True)


class PersonForm(Schema):
    """What entering and correcting have in common; ID number and places come with the one that needs them."""

    name = fields.String(required=True, validate=validate.Length(max=LONGEST["name"]), metadata={
        "title": _l("姓名"), "autocomplete": "off"})
    category = fields.String(required=True, validate=validate.OneOf(list(CATEGORIES)), metadata={
        "title": _l("党员类别"), "widget": "radio", "choices": list(CATEGORIES.items())})
    joined_party_on = fields.Date(load_default=None, allow_none=True, metadata={
        "title": _l("入党时间"), "help": _l("只知道年月的，填当月 1 日；不清楚可以不填。")})
    branch = _text(_l("所在党支部"), LONGEST["branch"])


class NewMemberForm(PersonForm):
    """A member as a file's line would say it. Of a place either `_id` was chosen, or `_text` is its whole code or name."""

    id_number = fields.String(required=True, metadata={
        "title": _l("公民身份号码"), "autocomplete": "off", "help": _l("18 位；性别和出生日期由号码得出，不用另填。")})
    phone = _text(_l("手机号"), widget="tel")
    position = _text(_l("职务"), LONGEST["position"])
    unit_id, residence_id, workplace_id = _place_id(), _place_id(), _place_id()
    unit_text, residence_text, workplace_text = _text(_l("查找单位")), _text(_l("查找社区")), _text(_l("查找社区"))
    day = fields.Date(required=True, metadata={
        "title": _l("从哪天起属于本单位"), "help": _l("报到期限从这一天起算，新登记的党员一般应在一个月内报到。")})
    address = _text(_l("居住地址"), LONGEST_ADDRESS)
    skills = _text(_l("特长"), help=_l("可填多项，用顿号分隔。"))
    preferences = _text(_l("服务意愿"), help=_l("可填多项，用顿号分隔。"))


@pages.page("/new", access=PERMISSION, methods=("GET", "POST"))
def new() -> str | Response | tuple[str, int]:
    """Enter one member, or look for a place first: by POST, since what was typed of a person stands in no address."""
    if request.method == "GET" or request.form.get("find"):
        return _page()
    try:
        with traced():
            entered = enter(actor(), _entry())
    except Invalid as error:
        return _page(error), 422
    if entered.how == "known":
        return _page(known=url_for("members.show", member_id=entered.member_id)), 409
    return redirect(url_for("members.show", member_id=entered.member_id, entered=entered.how), 303)


@pages.page("/new/places", access=PERMISSION)
def new_places() -> str:
    """The choices for what was typed so far, for htmx."""
    kind = request.args.get("kind", "residence")
    return render_template("members/_place_choices.html", choice=choice(kind if kind in KINDS else "residence", request.args))


def _entry() -> Entry:
    """The form's content, with its places. Raises Invalid by field, with what else is wrong where a place is left to be chosen."""
    data = load_form(NewMemberForm(), request.form)
    chosen: dict[str, uuid.UUID | None] = {}
    errors: dict[str, list[str]] = {}
    for kind in KINDS:
        try:
            chosen[kind] = settle(kind, data)
            if chosen[kind] is None and kind in REQUIRED:
                errors[f"{kind}_id"] = [_("请查找并选择。")]
        except Invalid as error:
            errors[f"{kind}_id"] = [error.message]
    places: dict[str, Any] = {f"{kind}_id": chosen.get(kind) for kind in KINDS}
    entry = Entry(**{name: data[name] for name in SAME}, joined=data["joined_party_on"], **places)
    if errors:
        try:
            check(actor(), entry)
        except Invalid as error:
            errors = {**error.fields, **errors}
        raise Invalid(_("有内容需要改正，请看每一项下面的提示。"), errors)
    return entry


def _page(error: Invalid | None = None, known: str | None = None) -> str:
    values: Any = request.form if request.method == "POST" else {"category": "full", "day": today()}
    errors = error.fields if error else {}
    shown = {field.name: field for field in form_fields(NewMemberForm(), values, errors)}
    places: list[dict[str, Any]] = [{"choice": choice(kind, request.form), "title": str(title), "required": kind in REQUIRED,
               "errors": errors.get(f"{kind}_id") or errors.get(f"{kind}_text") or []} for kind, title in KINDS.items()]
    groups = [(_("身份"), [shown[n] for n in WHO]), (_("党员信息"), [shown[n] for n in PARTY]), (_("其他（可以以后再填）"), [shown[n] for n in OTHER])]
    wrong = [*(f for _title, some in groups for f in some), shown["day"],
             *(FormField(f"{p['choice'].kind}_id", "text", p["title"], errors=tuple(p["errors"])) for p in places)]
    return render_template("members/new.html", groups=groups, day=shown["day"], places=places, known=known, all_fields=wrong,
                           may_import=actor().can("members.import"),
                           message=error.message if error else None)
