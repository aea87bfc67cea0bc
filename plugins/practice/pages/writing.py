"""The form for a good practice and for a story about a member, and changing them."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from core.api import Conflict, Invalid, _, _l, acting, authorize, form_fields, load_form, member_target, new_id, requires, session, settings
from plugins.practice import queries, writing
from plugins.practice.models import MEDIA as MEDIA_NAMES, PracticeEntry
from plugins.practice.pages.doing import Route, own_place, places
from plugins.practice.words import MEDIA
from plugins.practice.writing import EntryInput

_STORY = ("media", "outlet", "media_on", "link", "agreed")
_PRACTICE = ("why", "effect")


def _text(title: Any, most: int, **more: Any) -> fields.String:
    return fields.String(load_default=None, allow_none=True, validate=validate.Length(max=most), metadata={"title": title, **more})


class EntryForm(Schema):
    """`ticket` is given when the form is opened: sent twice is one entry."""

    ticket = fields.UUID(required=True, metadata={"widget": "hidden"})
    version = fields.Integer(load_default=0, metadata={"widget": "hidden"})
    organization_id = fields.UUID(load_default=None, allow_none=True, metadata={"title": _l("哪个单位（社区）的"), "widget": "select"})
    theme = fields.String(required=True, metadata={"title": _l("主题"), "widget": "select"})
    title = fields.String(required=True, validate=validate.Length(2, 60), metadata={"title": _l("标题")})
    body = fields.String(required=True, validate=validate.Length(10, 4000), metadata={
        "title": _l("内容"), "widget": "textarea", "rows": 12,
        "help": _l("行首写 # 是小标题，行首写 - 是一条一条的步骤。只写文字，不放图片；请不要写居民的姓名和隐私。")})
    why = _text(_l("为什么管用"), 1000, widget="textarea")
    effect = _text(_l("成效（写数字）"), 300, placeholder=_l("如：报到率从 60% 提到 95%，办成 32 件小事"))
    media = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(["", *MEDIA_NAMES]), metadata={
        "title": _l("登在哪类媒体"), "widget": "select", "choices": list(MEDIA.items())})
    outlet = _text(_l("哪家媒体"), 60, placeholder=_l("如：长江日报、社区广播站"))
    media_on = fields.Date(load_default=None, allow_none=True, metadata={"title": _l("登出日期")})
    link = _text(_l("网址"), 300, help=_l("以 https:// 开头，可不填"))
    agreed = fields.Boolean(load_default=False, metadata={
        "title": _l("本人已书面同意"), "help": _l("不勾选的，请本人在手机上同意以后再发布；本人随时可以要求撤下。")})


@requires("practice.write")
def new() -> str | Response | tuple[str, int]:
    """A good practice."""
    return _new(None)


@requires("practice.write")
def story(member_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """A story about a member within reach."""
    authorize(acting(), "practice.write", member_target(member_id))
    return _new(member_id)


def _new(member_id: uuid.UUID | None) -> str | Response | tuple[str, int]:
    if request.method == "GET":
        return _form({"ticket": new_id()}, member_id is not None)
    try:
        with session().begin_nested():
            given = load_form(EntryForm(), request.form)
            made = writing.draft(given["ticket"], own_place("practice.write"), _input(given), member_id=member_id, agreed=given["agreed"])
    except (Invalid, Conflict) as error:
        return _form(request.form, member_id is not None, error), error.status
    flash(_("已保存，等待上级或另一个人审核。"), "success")
    return redirect(url_for("practice.show", practice_entry_id=made), 303)


@requires("practice.write")
def edit(practice_entry_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Change one; it is to be reviewed again."""
    row = queries.written(practice_entry_id, "practice.write")
    if request.method == "GET":
        names = ("theme", "title", "body", "why", "effect", "media", "outlet", "media_on", "link", "version")
        return _form({"ticket": row.id, **{name: getattr(row, name) for name in names}}, row.sort == "story", row=row)
    try:
        with session().begin_nested():
            given = load_form(EntryForm(), request.form)
            writing.change(practice_entry_id, given["version"], _input(given))
    except (Invalid, Conflict) as error:
        return _form(request.form, row.sort == "story", error, row), error.status
    flash(_("已保存，请重新审核发布。"), "success")
    return redirect(url_for("practice.show", practice_entry_id=practice_entry_id), 303)


def _input(given: Mapping[str, Any]) -> EntryInput:
    names = ("theme", "title", "body", "why", "effect", "media", "outlet", "media_on", "link")
    values: dict[str, Any] = {name: given[name] or None if name in ("media", "link") else given[name] for name in names}
    return EntryInput(**values)


def _form(values: Mapping[str, Any], is_story: bool, error: Invalid | Conflict | None = None, row: PracticeEntry | None = None) -> str:
    themes = dict.fromkeys([*settings("practice")["themes"], *([row.theme] if row else [])])
    held = places("practice.write")
    left_out = {*(_PRACTICE if is_story else _STORY), *(("organization_id",) if row or len(held) < 2 else ()), *(("agreed",) if row else ())}
    found = form_fields(EntryForm(), values, getattr(error, "fields", None), only=[name for name in EntryForm().fields if name not in left_out],
                        choices={"theme": [(one, one) for one in themes], "organization_id": held})
    back = url_for("practice.show", practice_entry_id=row.id) if row else url_for("practice.index")
    return render_template("practice/form.html", fields=found, back=back, row=row, is_story=is_story, message=error.message if error else None)


ROUTES: tuple[Route, ...] = (("/new", "new", new, ["GET", "POST"]), ("/members/<uuid:member_id>/story", "story", story, ["GET", "POST"]),
                             ("/entries/<uuid:practice_entry_id>/edit", "edit", edit, ["GET", "POST"]))
