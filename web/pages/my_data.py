"""A member's rights over the own data: see all, take a copy, ask to correct or erase, say what it may be used for (PIPL 15, 44 to 47)."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Response as FlaskResponse, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.i18n import _
from core.members import consents, data_requests
from core.members.data_requests import DAYS, KIND_TITLES, STATE_TITLES
from core.tenancy import today
from tenants.rights import copying
from tenants.rights.titles import readable
from web.routing import Pages
from web.tenant import actor

PERMISSION = "members.self"
pages = Pages("my_data", __name__, url_prefix="/me/data")


@pages.page("/", access=PERMISSION)
def index() -> str:
    """What may be done, what was asked, what was agreed to."""
    return _page()


@pages.page("/all", access=PERMISSION, methods=("POST",))
def everything() -> str:
    """All that is kept, to read and to print; the log notes it."""
    member_id = _own()
    found = copying.parts(member_id)
    copying.note_copy(member_id, "page")
    return render_template("my_data/all.html", parts=found, readable=readable, back=url_for("my_data.index"), day=today())


@pages.page("/copy", access=PERMISSION, methods=("POST",))
def copy() -> Response:
    """The same as a file for machines."""
    member_id = _own()
    content = copying.document(copying.parts(member_id), member_id)
    copying.note_copy(member_id, "file")
    return FlaskResponse(content, mimetype="application/json", headers={
        "Content-Disposition": f"attachment; filename=my-data-{today():%Y%m%d}.json"})


@pages.page("/requests", access=PERMISSION, methods=("POST",))
def ask() -> Response | tuple[str, int]:
    """Ask to have something corrected, or everything erased."""
    kind = request.form.get("kind", "")
    try:
        data_requests.ask(_own(), kind if kind in ("correction", "deletion") else "", "self", request.form.get("says", ""), by=actor().account_id)
    except (Invalid, Conflict) as error:
        return _page(error, request.form), error.status
    flash(_("申请已提交，%(days)s 天内答复。", days=DAYS), "success")
    return redirect(url_for("my_data.index"), 303)


@pages.page("/requests/<uuid:data_request_id>/take-back", access=PERMISSION, methods=("POST",))
def take_back(data_request_id: uuid.UUID) -> Response:
    """No longer ask it."""
    data_requests.take_back(_own(), data_request_id)
    flash(_("申请已撤回。"), "success")
    return redirect(url_for("my_data.index"), 303)


@pages.page("/consents", access=PERMISSION, methods=("POST",))
def consent() -> Response | tuple[str, int]:
    """Say yes or no to one purpose; it holds at once."""
    given = request.form.get("given") == "yes"
    try:
        consents.say(_own(), request.form.get("purpose", ""), given=given, channel="self", by=actor().account_id)
    except Invalid as error:
        return _page(error), error.status
    flash(_("已同意。") if given else _("已撤回同意，立即生效。"), "success")
    return redirect(url_for("my_data.index"), 303)


def _own() -> uuid.UUID:
    if (member_id := actor().member_id) is None:
        raise NotFound
    return member_id


def _page(error: BaodaoError | None = None, values: Any = None) -> str:
    member_id = _own()
    rows = [row._asdict() | {"kind_title": KIND_TITLES[row.kind], "state_title": STATE_TITLES[row.state],
                             "answer": data_requests.words(row.id)[1]} for row in data_requests.of_member(member_id)[:20]]
    return render_template("my_data/index.html", rows=rows, consents=consents.standing(member_id), days=DAYS, values=values or {},
                           message=error.message if error else None, errors=error.fields if isinstance(error, Invalid) else {})
