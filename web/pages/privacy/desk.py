"""The desk: wishes by their due date, one wish with what was asked, and the decision with what follows from it."""
from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.access.authorization import authorize
from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.i18n import _
from core.members import data_requests
from core.members.data_requests import CHANNEL_TITLES, KIND_TITLES, STATE_TITLES, RequestRow
from core.members.queries import member_view
from core.members.reach import grants_for
from core.members.reveal import refuse_spent
from core.tenancy import today
from tenants.rights import copying
from tenants.rights.erasing import erase
from tenants.rights.titles import readable
from web.pages.privacy.blueprint import DECIDE, pages
from web.tenant import actor


@pages.page("/", access=DECIDE)
def index() -> str:
    """Open wishes, the oldest first, or those that were decided."""
    live = request.args.get("state") != "decided"
    rows, following = data_requests.desk(grants_for(actor(), DECIDE), live=live, after=request.args.get("after", type=uuid.UUID))
    return render_template("privacy/index.html", rows=[_shown(row) for row in rows], live=live, following=following, today=today())


@pages.page("/requests/<uuid:data_request_id>", access=DECIDE)
def show(data_request_id: uuid.UUID) -> str:
    """One wish."""
    return _page(_reached(data_request_id))


@pages.page("/requests/<uuid:data_request_id>", access=DECIDE, methods=("POST",))
def decide(data_request_id: uuid.UUID) -> Response | tuple[str, int]:
    """Grant it, whereupon an erasure is done at once, or refuse it with a reason."""
    row, grant = _reached(data_request_id), request.form.get("decision") == "grant"
    if row.kind == "deletion" and grant and request.form.get("sure") != "yes":
        error = Invalid(_("删除后不能恢复。请先勾选确认。"), {"sure": [_("请勾选")]})
        return _page(row, error), error.status
    try:
        data_requests.decide(actor(), data_request_id, request.form.get("version", -1, type=int), grant=grant,
                             answer=request.form.get("answer", ""))
        if grant and row.kind == "deletion":
            erase(row.member_id, "request")
    except (Invalid, Conflict) as error:
        return _page(row, error), error.status
    flash(_("资料已删除，统计数字不变。") if grant and row.kind == "deletion" else _("已办结，本人可以看到答复。"), "success")
    return redirect(url_for("privacy.show", data_request_id=data_request_id), 303)


@pages.page("/requests/<uuid:data_request_id>/copy", access=DECIDE, methods=("POST",))
def copy(data_request_id: uuid.UUID) -> str:
    """The copy on paper for who has no phone, after the wish was granted; counted like a look at the full numbers, and in the log."""
    row = _reached(data_request_id)
    if row.kind != "access" or row.state != "done":
        raise Conflict(_("同意查阅之后才能打印副本。"))
    refuse_spent(actor().account_id, "member.copied", _("您一小时内已打印 %(count)s 份副本，请稍后再试。"))
    found = copying.parts(row.member_id)
    copying.note_copy(row.member_id, "paper")
    return render_template("my_data/all.html", parts=found, readable=readable, day=today(),
                           back=url_for("privacy.show", data_request_id=data_request_id))


def _reached(request_id: uuid.UUID) -> RequestRow:
    """A wish within the actor's reach. Raises NotFound as for an absent one; of an erased member too the place says whose it is."""
    row = data_requests.request_row(request_id, grants_for(actor(), DECIDE))
    try:
        authorize(actor(), DECIDE, member_view(row.member_id).target)
    except NotFound:
        if row.state == "open":
            raise
    return row


def _shown(row: RequestRow) -> dict[str, object]:
    return row._asdict() | {"kind_title": KIND_TITLES[row.kind], "state_title": STATE_TITLES[row.state], "channel_title": CHANNEL_TITLES[row.channel],
                            "url": url_for("privacy.show", data_request_id=row.id), "late": row.state == "open" and row.due_on < today()}


def _page(row: RequestRow, error: BaodaoError | None = None) -> str:
    says, answer = data_requests.words(row.id)
    return render_template("privacy/show.html", row=_shown(row), says=says, answer=answer, given=request.form.get("answer", ""),
                           may=row.state == "open" and row.member_id != actor().member_id, message=error.message if error else None,
                           errors=error.fields if isinstance(error, Invalid) else {})
