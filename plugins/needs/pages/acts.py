"""What the community's officer does with a need; what fails is shown with what was typed."""
from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from core.api import NotFound, _, requires
from core.pages import Route, asked, attempt, version
from plugins.needs import contacts, handling, merging, queries
from plugins.needs.pages import detail
from plugins.needs.pages.doing import reached_need, said, tried
from plugins.needs.pages.fields import Form

Answered = Response | tuple[str, int]


@requires("needs.manage")
def classify(need_id: uuid.UUID) -> Answered:
    """Sort it in and sum it up."""
    return _do(need_id, "classify", lambda: handling.classify(
        need_id, version(), category=said("category"), summary=said("summary"), recipient_group=said("recipient_group")), _("已分类。"))


@requires("needs.manage")
def answer(need_id: uuid.UUID) -> Answered:
    """Answer the asker."""
    return _do(need_id, "answer", lambda: handling.answer(need_id, version(), said("answer", lines=True)),
               _("已答复。对方凭回执码可以看到；没有手机的，请打印答复单送去。"))


@requires("needs.manage")
def refuse(need_id: uuid.UUID) -> Answered:
    """No, because."""
    return _do(need_id, "refuse", lambda: handling.refuse(need_id, version(), said("reason", lines=True)), _("已答复不能办理的原因。"))


@requires("needs.manage")
def finish(need_id: uuid.UUID) -> Answered:
    """It was seen to by the community itself."""
    return _do(need_id, "finish", lambda: handling.finish(need_id, version()), _("已办结。还没有答复的，请告诉对方结果。"))


@requires("needs.manage")
def reopen(need_id: uuid.UUID) -> Answered:
    """Take the end back."""
    return _do(need_id, "reopen", lambda: handling.reopen(need_id, version()), _("已重新办理。"))


@requires("needs.manage")
def merge(need_id: uuid.UUID) -> Response:
    """Merge it into one that was proposed."""
    reached_need(need_id, "needs.manage")
    into = request.form.get("into", type=uuid.UUID)
    if into is None:
        raise NotFound
    reached_need(into, "needs.manage")
    return attempt(lambda: merging.merge(need_id, version(), into), _("已归并，可以撤销。"), _address(need_id))


@requires("needs.manage")
def unmerge(need_id: uuid.UUID) -> Response:
    """Take it out again."""
    reached_need(need_id, "needs.manage")
    return attempt(lambda: merging.unmerge(need_id, version()), _("已撤销归并。"), _address(need_id))


@requires("needs.manage")
def contact(need_id: uuid.UUID) -> str:
    """Show the contact; each look is noted."""
    row = reached_need(need_id, "needs.manage")
    return detail.page(row, contact=contacts.see(row))


@requires("needs.manage")
def forget(need_id: uuid.UUID) -> str | Response:
    """Remove the contact at once."""
    reached_need(need_id, "needs.manage")
    return asked(_("清除联系方式吗？"), _("清除"), _address(need_id), _("清除后不能恢复；内容和答复保留。")) or attempt(
        lambda: contacts.forget(need_id, version()), _("联系方式已清除。"), _address(need_id))


def _do(need_id: uuid.UUID, name: str, action: Callable[[], object], done: str) -> Answered:
    reached_need(need_id, "needs.manage")
    if error := tried(action):
        return detail.page(queries.get(need_id), Form(request.form, error.fields, error.message), name), error.status
    flash(done, "success")
    return redirect(_address(need_id), 303)


def _address(need_id: uuid.UUID) -> str:
    return url_for("needs.show", need_id=need_id)


ROUTES: tuple[Route, ...] = tuple((f"/needs/<uuid:need_id>/{name}", name, view, "POST") for name, view in (
    ("classify", classify), ("answer", answer), ("refuse", refuse), ("finish", finish), ("reopen", reopen), ("merge", merge),
    ("unmerge", unmerge), ("contact", contact), ("forget", forget)))
