"""Publishing the list, ending the publication, deciding, and undoing a decision."""
from __future__ import annotations

import uuid

from flask import request, url_for
from werkzeug.wrappers import Response

from core.api import _, requires
from core.pages import Route, asked, attempt, day, said, version
from plugins.awards import deciding, publishing
from plugins.awards.pages.doing import managed
from plugins.awards.pages.selections import page

MOST = 1000


@requires("awards.manage")
def publish(selection_id: uuid.UUID) -> Response | str:
    """Publish those that were ticked, for the tenant's number of working days."""
    row = managed(selection_id)
    chosen = []
    for text in request.form.getlist("chosen")[:MOST]:
        try:
            chosen.append(uuid.UUID(text))
        except ValueError:
            continue
    return attempt(lambda: publishing.publish(selection_id, version(), chosen), _("已开始公示。请打印张贴，公开网页上同时可以看到。"),
                   _address(selection_id), lambda error: page(row, error))


@requires("awards.manage")
def end_publication(selection_id: uuid.UUID) -> Response | str:
    """End the publication before the decision, with a reason."""
    row = managed(selection_id)
    back = _address(selection_id)
    if len(said("reason")) > 1 and (question := asked(_("确定终止公示吗？名单从公开网页上撤下，可以修改后重新公示。"), _("终止公示"), back)):
        return question
    return attempt(lambda: publishing.reopen(selection_id, version(), said("reason")), _("公示已终止，名单可以重新办理。"), back,
                   lambda error: page(row, error))


@requires("awards.manage")
def decide(selection_id: uuid.UUID) -> Response | str:
    """Commend those on the list."""
    row = managed(selection_id)
    back = _address(selection_id)
    if len(said("document_number")) > 1 and said("decided_on") and (question := asked(
            _("确定按公示名单作出表彰决定吗？将给出证书编号，按规则登记，并公布名单。"), _("作出表彰决定"), back)):
        return question
    return attempt(lambda: deciding.decide(selection_id, version(), day("decided_on"), said("document_number")),
                   _("已作出表彰决定，可以打印名单和证书。"), back, lambda error: page(row, error))


@requires("awards.manage")
def undo(selection_id: uuid.UUID) -> Response | str:
    """Undo a decision that was wrong, with a reason."""
    row = managed(selection_id)
    back = _address(selection_id)
    if len(said("reason")) > 1 and (question := asked(_("确定撤回表彰决定吗？已给出的证书编号全部作废，按规则登记的事项同时撤回；名单回到公示状态，可以重新决定。"),
                                                      _("撤回决定"), back)):
        return question
    return attempt(lambda: deciding.reopen(selection_id, version(), said("reason")), _("表彰决定已撤回。"), back,
                   lambda error: page(row, error))


def _address(selection_id: uuid.UUID) -> str:
    return url_for("awards.show", selection_id=selection_id)


_BASE = "/selections/<uuid:selection_id>"
ROUTES: tuple[Route, ...] = ((f"{_BASE}/publish", "publish", publish, "POST"), (f"{_BASE}/end-publication", "end_publication", end_publication, "POST"),
                             (f"{_BASE}/decide", "decide", decide, "POST"), (f"{_BASE}/undo", "undo", undo, "POST"))
