"""Changes to a member by an officer or liaison: skills and preferences, a move with its day, leaving."""
from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.i18n import _, _l
from core.members.affiliations import ORGANIZATION_KINDS
from core.members.profile import LONGEST_ADDRESS, update_profile
from core.members.queries import MemberView
from core.organizations import tree
from core.registration import membership
from core.tenancy import today
from tenants.importing.values import words
from web.forms import form_fields, load_form
from web.pages.members.blueprint import pages
from web.pages.members.places import FOUND, names_above
from web.pages.members.show import KINDS, find
from web.tenant import actor


class ProfileForm(Schema):
    """What an officer may change; `version` tells whether somebody else was faster."""

    version = fields.Integer(required=True, metadata={"widget": "hidden"})
    position = fields.String(load_default="", allow_none=True, validate=validate.Length(max=60), metadata={"title": _l("职务")})
    phone = fields.String(load_default=None, allow_none=True, metadata={
        "title": _l("新手机号"), "widget": "tel", "autocomplete": "off", "help": _l("本人换号时填写；留空则不改。")})
    address = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=LONGEST_ADDRESS), metadata={
        "title": _l("新居住地址"), "autocomplete": "off", "help": _l("留空则不改；搬到其他社区的，请用“登记变动”。")})
    skills = fields.String(load_default="", allow_none=True, metadata={"title": _l("特长"), "help": _l("可填多项，用顿号分隔。")})
    preferences = fields.String(load_default="", allow_none=True, metadata={"title": _l("服务意愿"), "help": _l("可填多项，用顿号分隔。")})


class MoveForm(Schema):
    """Where to, and from which day on."""

    version = fields.Integer(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    organization_id = fields.UUID(required=True, metadata={"title": _l("新的归属")})
    day = fields.Date(required=True, metadata={"title": _l("从哪天起")})


class LeaveForm(Schema):
    """The day of leaving."""

    version = fields.Integer(required=True, metadata={"widget": "hidden"})
    day = fields.Date(required=True, metadata={"title": _l("离开日期"),
                                                 "help": _l(
        "转出本地、退休或其他原因离开名册的日期；历史记录保留。误办的，用“登记党员”重新登记，或重新导入含此人的花名册，即可恢复。")})


@pages.page("/<uuid:member_id>/edit", access="members.write", methods=("GET", "POST"))
def edit(member_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Position, skills, preferences, and for who has no phone account a new phone number or address, which is not shown."""
    member = find(member_id, "members.write")
    values = {"version": member.version, "position": member.position, "skills": "、".join(member.skills),
              "preferences": "、".join(member.preferences)}
    if request.method == "GET":
        return _form("members/edit.html", ProfileForm(), member, values)
    try:
        data = load_form(ProfileForm(), request.form)
        update_profile(member_id, data["version"], position=data["position"] or "", phone=data["phone"] or None,
                       address=data["address"] or None, skills=words(data["skills"]), preferences=words(data["preferences"]))
    except (Invalid, Conflict) as error:
        return _form("members/edit.html", ProfileForm(), member, request.form, error), error.status
    flash(_("已保存。"), "success")
    return redirect(url_for("members.show", member_id=member_id), 303)


@pages.page("/<uuid:member_id>/leave", access="members.write", methods=("GET", "POST"))
def leave(member_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Take a member off the register."""
    member = find(member_id, "members.write")
    if request.method == "GET":
        return _form("members/leave.html", LeaveForm(), member, {"version": member.version, "day": today()})
    try:
        data = load_form(LeaveForm(), request.form)
        membership.leave(member_id, data["day"], version=data["version"])
    except (Invalid, Conflict) as error:
        return _form("members/leave.html", LeaveForm(), member, request.form, error), error.status
    flash(_("已办理离开，历史记录保留。"), "success")
    return redirect(url_for("members.show", member_id=member_id), 303)


@pages.page("/<uuid:member_id>/move", access="members.write", methods=("GET", "POST"))
def move(member_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Choose unit or community and day; the obligation that follows opens by itself."""
    member = find(member_id, "members.write")
    if request.method == "GET":
        return _move_page(member)
    try:
        data = load_form(MoveForm(), request.form)
        _check_reach(data["kind"], data["organization_id"])
        changed = membership.move(member_id, data["kind"], data["organization_id"], data["day"], version=data["version"])
    except NotFound:
        return _move_page(member, Invalid(_("请选择列表中的单位或社区。"))), 422
    except (Invalid, Conflict) as error:
        return _move_page(member, error), error.status
    flash(_("已登记变动。") if changed else _("与现在相同，没有变动。"), "success")
    return redirect(url_for("members.show", member_id=member_id), 303)


@pages.page("/places", access="members.write")
def places() -> str:
    """The choices for what was typed so far, for htmx."""
    return render_template("members/_places.html", **_choices())


def _choices() -> dict[str, Any]:
    kind = request.values.get("kind", "residence")
    kind = kind if kind in KINDS else "residence"
    text = request.args.get("place", "").strip()[:50]
    found = tree.search(_reach(kind), kinds=(ORGANIZATION_KINDS[kind],), text=text, limit=FOUND) if text else []
    above = names_above([row.path for row in found])
    return {"kind": kind, "text": text, "found": [(row.id, row.name, above[row.path]) for row in found], "many": len(found) == FOUND}


def _reach(kind: str) -> tuple[str, ...]:
    """A member may live and work anywhere in the tenant, but is only given to a unit within the actor's reach."""
    return actor().paths("members.write") if kind == "unit" else (tree.root().path,)


def _check_reach(kind: str, organization_id: uuid.UUID) -> None:
    if not any(tree.get(organization_id).path.startswith(p) for p in _reach(kind)):
        raise NotFound


def _move_page(member: MemberView, error: BaodaoError | None = None) -> str:
    return render_template("members/move.html", member=member, kinds=KINDS, day=request.form.get("day") or today().isoformat(),
                           version=member.version, message=error.message if error else None,
                           errors=error.fields if isinstance(error, Invalid) else {}, **_choices())


def _form(template: str, schema: Schema, member: MemberView, values: Any, error: BaodaoError | None = None) -> str:
    errors = error.fields if isinstance(error, Invalid) else {}
    return render_template(template, member=member, fields=form_fields(schema, values, errors), message=error.message if error else None)
