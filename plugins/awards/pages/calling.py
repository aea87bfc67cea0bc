"""The form by which a place calls a selection, changes it while it is open, and cancels it."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from core.api import (
    Conflict,
    Invalid,
    _,
    _l,
    acting,
    authorize,
    form_fields,
    grants_for,
    load_form,
    new_id,
    organization,
    place_target,
    requires,
    settings,
    today,
)
from core.pages import Route, asked, attempt, said, version
from plugins.awards import calling, rights
from plugins.awards.calling import SUBORDINATE, SelectionInput
from plugins.awards.models import SUBJECTS as SUBJECT_NAMES, AwardSelection
from plugins.awards.pages.doing import managed
from plugins.awards.words import LEVELS, SUBJECTS


def _optional(title: Any, low: int, high: int, **more: Any) -> fields.Integer:
    return fields.Integer(load_default=None, allow_none=True, validate=validate.Range(low, high), metadata={"title": title, **more})


class SelectionForm(Schema):
    """A call (R84). `ticket` is given when the form is opened: sent twice is one selection."""

    ticket = fields.UUID(required=True, metadata={"widget": "hidden"})
    version = fields.Integer(load_default=0, metadata={"widget": "hidden"})
    organization_id = fields.UUID(required=True, metadata={"title": _l("由哪一级发起"), "widget": "select"})
    kind = fields.String(required=True, metadata={"title": _l("评选项目"), "widget": "select", "help": _l("项目的名称由管理员在设置里增减")})
    title = fields.String(required=True, validate=validate.Length(2, 60), metadata={"title": _l("名称"), "placeholder": _l("如：2026年度社区服务之星评选")})
    criteria = fields.String(required=True, validate=validate.Length(4, 1000), metadata={
        "title": _l("条件"), "widget": "textarea", "help": _l("用大白话写：评什么样的人（集体），怎样推荐。会公开，请不要写任何人的姓名。")})
    subject = fields.String(load_default="member", validate=validate.OneOf(SUBJECT_NAMES), metadata={
        "title": _l("评选对象"), "widget": "radio", "choices": list(SUBJECTS.items())})
    steps = fields.List(fields.String(), load_default=list, metadata={
        "title": _l("由哪几级推荐"), "choices": list(LEVELS.items()), "help": _l("从下往上依次推荐；一级也不选的，提名后直接由发起单位审定。")})
    since = fields.Date(load_default=None, allow_none=True, metadata={"title": _l("看哪段时间的服务：从")})
    until = fields.Date(load_default=None, allow_none=True, metadata={"title": _l("到")})
    nominate_until = fields.Date(load_default=None, allow_none=True, metadata={"title": _l("提名截止"), "help": _l("可不填")})
    total = _optional(_l("表彰名额"), 1, 10_000, help=_l("可不填"))
    each = _optional(_l("每个社区（单位）最多提名"), 1, 1000, help=_l("可不填"))
    least_records = fields.Integer(load_default=1, validate=validate.Range(1, 1000), metadata={
        "title": _l("记录推荐：至少服务几次"), "help": _l("只用来列出可以考虑的名单，按姓名排列，不打分、不排名、不自动提名。")})
    least_hours = fields.Integer(load_default=0, validate=validate.Range(0, 10_000), metadata={"title": _l("记录推荐：至少多少小时")})
    deed = fields.String(load_default="", allow_none=True, metadata={
        "title": _l("授予后自动登记为"), "widget": "select", "help": _l("积分、星级规则用到的表彰事项；选了就不用再到别处登记。")})


@requires("awards.manage")
def new() -> str | Response | tuple[str, int]:
    """Call a selection."""
    address, back = url_for("awards.new"), url_for("awards.index")
    if request.method == "GET":
        return _form(_fresh(), address, back)
    try:
        given = load_form(SelectionForm(), request.form)
        authorize(acting(), rights.MANAGE, place_target(given["organization_id"]))
        made = calling.call(given["ticket"], given["organization_id"], _input(given))
    except (Invalid, Conflict) as error:
        return _form(request.form, address, back, error), error.status
    flash(_("评选已发起，下级和单位可以提名了。"), "success")
    return redirect(url_for("awards.show", selection_id=made), 303)


@requires("awards.manage")
def edit(selection_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Change it while it is open."""
    row = managed(selection_id)
    address, back = url_for("awards.edit", selection_id=selection_id), url_for("awards.show", selection_id=selection_id)
    if request.method == "GET":
        return _form(_values(row), address, back, row=row)
    try:
        given = load_form(SelectionForm(), request.form)
        calling.change(selection_id, given["version"], _input(given))
    except (Invalid, Conflict) as error:
        return _form(request.form, address, back, error, row=row), error.status
    flash(_("已保存。"), "success")
    return redirect(back, 303)


@requires("awards.manage")
def cancel(selection_id: uuid.UUID) -> Response | str:
    """Cancel it, with a reason."""
    managed(selection_id)
    back = url_for("awards.show", selection_id=selection_id)
    if len(said("reason")) > 1 and (question := asked(_("确定取消这次评选吗？取消后不能恢复，可以另外发起。"), _("取消评选"), back)):
        return question
    return attempt(lambda: calling.cancel(selection_id, version(), said("reason")), _("这次评选已取消。"), back)


def _fresh() -> dict[str, Any]:
    """This year's selection of the first kind, to be changed where it is another."""
    day, kind = today(), settings("awards")["kinds"][0]
    return {"ticket": new_id(), "kind": kind, "title": f"{day.year}年度{kind}评选", "subject": "member", "least_records": 1, "least_hours": 0,
            "since": day.replace(month=1, day=1), "until": day.replace(month=12, day=31), "steps": []}


def _input(given: Mapping[str, Any]) -> SelectionInput:
    names = ("kind", "title", "criteria", "subject", "total", "each", "nominate_until", "since", "until", "least_records", "least_hours")
    return SelectionInput(**{name: given[name] for name in names}, steps=tuple(given["steps"]), deed=given["deed"] or "")


def _values(row: AwardSelection) -> dict[str, Any]:
    names = ("organization_id", "kind", "title", "criteria", "subject", "total", "each", "nominate_until", "since", "until", "least_records", "version")
    return {"ticket": row.id, **{name: getattr(row, name) for name in names}, "steps": rights.levels(row), "least_hours": row.least_minutes // 60,
            "deed": f"{row.deed_kind}:{row.deed_level or ''}" if row.deed_kind else ""}


def _form(values: Mapping[str, Any], address: str, back: str, error: Invalid | Conflict | None = None, row: AwardSelection | None = None) -> str:
    held = [grant for grant in grants_for(acting(), rights.MANAGE) if grant.kind in SUBORDINATE]
    places = [(row.organization_id, organization(row.organization_id).name)] if row else [(grant.organization_id, grant.name) for grant in held]
    kind = organization(row.organization_id).kind if row else held[0].kind if held else "community"
    kinds = dict.fromkeys([*settings("awards", places[0][0] if places else None)["kinds"], *([row.kind] if row else [])])
    choices: dict[str, Any] = {"organization_id": places, "kind": [(name, name) for name in kinds], "deed": calling.deed_choices(),
                               "steps": [(level, LEVELS[level]) for level in SUBORDINATE[kind]]}
    found = {one.name: one for one in form_fields(SelectionForm(), values, getattr(error, "fields", None), choices=choices)}
    return render_template("awards/form.html", fields=found, action=address, back=back, row=row, message=error.message if error else None)


ROUTES: tuple[Route, ...] = (
    ("/new", "new", new, "GET"), ("/new", "call", new, "POST"), ("/selections/<uuid:selection_id>/edit", "edit", edit, "GET"),
    ("/selections/<uuid:selection_id>/edit", "change", edit, "POST"), ("/selections/<uuid:selection_id>/cancel", "cancel", cancel, "POST"))
