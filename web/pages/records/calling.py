"""Call-backs on pages: the community's list of records that were drawn, and what the recipients said."""
from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.errors import Conflict, Invalid
from core.i18n import _
from core.members.reach import grants_for
from core.service import callbacks
from core.service.rights import VERIFY, authorize_verify
from core.service.summary import counts_for_communities
from core.service.waiting import callbacks as waiting_callbacks
from web.pages.records.blueprint import pages
from web.pages.records.tabs import work_tabs
from web.pages.records.words import CALLBACKS
from web.pages.records.work import detail
from web.tenant import actor


@pages.page("/work/callbacks", access=VERIFY, endpoint="callbacks")
def callbacks_list() -> str:
    """What waits, from the oldest on."""
    grants = grants_for(actor(), VERIFY)
    page = waiting_callbacks(grants, after=request.args.get("after", type=uuid.UUID))
    rows = [row._asdict() | {"url": url_for("records.decide", record_id=row.record_id)} for row in page.rows]
    return render_template("records/callbacks.html", rows=rows, page=page, states=CALLBACKS,
                           tabs=work_tabs("callbacks", counts_for_communities(grants)))


@pages.page("/work/<uuid:record_id>/callback", access=VERIFY, methods=("POST",))
def note_callback(record_id: uuid.UUID) -> Response | tuple[str, int]:
    """What was heard."""
    authorize_verify(actor(), record_id)
    given = request.form
    try:
        callbacks.note(record_id, given.get("outcome", ""), given.get("means", ""), given.get("note", ""), by=actor().account_id)
    except (Invalid, Conflict) as error:
        return detail(record_id, error, given), error.status
    if given.get("outcome") == "differs":
        flash(_("已登记与记录不符。请核对这条记录，不实的请撤销。"), "warning")
        return redirect(url_for("records.decide", record_id=record_id), 303)
    flash(_("回访已登记。"), "success")
    return redirect(url_for("records.callbacks"), 303)


@pages.page("/work/<uuid:record_id>/callback/settle", access=VERIFY, methods=("POST",))
def settle_callback(record_id: uuid.UUID) -> Response | tuple[str, int]:
    """The record was looked into and stands."""
    authorize_verify(actor(), record_id)
    try:
        callbacks.settle(record_id, request.form.get("finding", ""), by=actor().account_id)
    except (Invalid, Conflict) as error:
        return detail(record_id, error, request.form), error.status
    flash(_("核对结果已登记，记录保留。"), "success")
    return redirect(url_for("records.callbacks"), 303)
