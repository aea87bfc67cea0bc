"""An officer sets a post, changes it, copies it, closes it with what lapses said before, and opens it again."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import (
    BaodaoError,
    Conflict,
    Invalid,
    MatterDraft,
    NotFound,
    _,
    acting,
    authorize,
    collect,
    load_form,
    matter_recipient,
    place_target,
    requires,
)
from core.pages import asked, attempt, me, said, version
from plugins.posts import setting
from plugins.posts.pages import forms
from plugins.posts.pages.doing import BOTH, POST, Route
from plugins.posts.pages.forms import PostForm
from plugins.posts.rights import MANAGE, reached


@requires(MANAGE)
def new() -> str | Response | tuple[str, int]:
    """A new post: empty, as a copy (?copy=), or made of a need (?origin=&origin_id=), so that nobody types twice."""
    if request.method == "GET":
        return _form(_start(), url_for("posts.new"), url_for("posts.index"))
    try:
        data = load_form(PostForm(), request.form)
        authorize(acting(), MANAGE, place_target(data["community_id"]))
        if data["origin_id"] is not None and _draft(data["origin"], data["origin_id"]) is None:
            raise NotFound
        made = setting.create(forms.given(data), by=me(), post_id=data["post_id"])
    except (Invalid, Conflict) as error:
        return _form(request.form, url_for("posts.new"), url_for("posts.index"), error), error.status
    flash(_("岗位已设好，党员可以认领了。"), "success")
    return redirect(url_for("posts.show", matter_id=made), 303)


@requires(MANAGE)
def edit(matter_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Change an open post."""
    row, address, back = reached(matter_id, MANAGE), url_for("posts.edit", matter_id=matter_id), url_for("posts.show", matter_id=matter_id)
    if request.method == "GET":
        return _form(forms.values_of(row, matter_recipient(matter_id)), address, back, row=row)
    try:
        data = load_form(PostForm(), request.form)
        setting.change(matter_id, data["version"], forms.given({**data, "origin": row.origin, "origin_id": row.origin_id}))
    except (Invalid, Conflict) as error:
        return _form(request.form, address, back, error, row=row), error.status
    flash(_("已保存。"), "success")
    return redirect(back, 303)


@requires(MANAGE)
def close(matter_id: uuid.UUID) -> str | Response:
    """Close a post with a reason; where no script has asked, a page says who would lose it."""
    row, back = reached(matter_id, MANAGE), url_for("posts.show", matter_id=matter_id)
    if len(said("reason")) >= 2 and row.state == "open" and (page := asked(
            _("关闭“%(title)s”吗？", title=row.title), _("关闭岗位"), back, closing_words(matter_id))):
        return page
    return attempt(lambda: setting.close(matter_id, version(), said("reason")), _("岗位已关闭；需要时可以重新开放。"), back)


@requires(MANAGE)
def reopen(matter_id: uuid.UUID) -> Response:
    """Open a closed post again."""
    reached(matter_id, MANAGE)
    return attempt(lambda: setting.reopen(matter_id, version()), _("已重新开放认领；原来的认领不恢复，请党员重新认领。"),
                   url_for("posts.show", matter_id=matter_id))


def closing_words(matter_id: uuid.UUID) -> str:
    """What closing ends, said before it is done."""
    held, waiting = setting.would_lapse(matter_id)
    if not held and not waiting:
        return _("现在没有人在岗，也没有人候补。")
    return _("%(held)s 人在岗、%(waiting)s 人候补，关闭后他们的认领随之结束，会看到您写的原因。已登记的服务不受影响。", held=held, waiting=waiting)


def _start() -> dict[str, Any]:
    copy, origin, origin_id = (request.args.get("copy", type=uuid.UUID), request.args.get("origin", ""),
                               request.args.get("origin_id", type=uuid.UUID))
    if copy is not None:
        return forms.copied(reached(copy, MANAGE))
    if origin_id is not None:
        if (draft := _draft(origin, origin_id)) is None:
            flash(_("没有读到原来的内容，请在下面填写。"), "warning")
        else:
            return forms.drafted(draft, origin, origin_id)
    communities = _communities()
    return forms.fresh(communities[0][0] if len(communities) == 1 else None)


def _draft(origin: str | None, origin_id: uuid.UUID) -> MatterDraft | None:
    return next(iter(collect("matter_drafts", origin=origin or "", origin_id=origin_id)), None)


def _communities() -> list[tuple[uuid.UUID, str]]:
    field: Any = PostForm().fields["community_id"]
    return list(field.choices())


def _form(values: Mapping[str, Any], address: str, back: str, error: BaodaoError | None = None, row: Any = None) -> str:
    shown = forms.post_fields(values, _communities(), error.fields if isinstance(error, Invalid) else {})
    return render_template("posts/form.html", fields=shown, action=address, back=back, message=error.message if error else None, row=row)


ROUTES: tuple[Route, ...] = (("/new", "new", new, BOTH), ("/<uuid:matter_id>/edit", "edit", edit, BOTH),
                             ("/<uuid:matter_id>/close", "close", close, POST), ("/<uuid:matter_id>/reopen", "reopen", reopen, POST))
