"""Corrections on pages: the member asks on the record's page, the community answers from its list."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from core.db import new_id
from core.errors import BaodaoError, Conflict, Invalid
from core.extension.settings import effective
from core.i18n import _, _l
from core.members.reach import grants_for
from core.service import corrections
from core.service.corrections import FIELDS, CorrectionInput
from core.service.detail import RecordView, record_view
from core.service.rights import OWN, VERIFY, authorize_own, authorize_verify
from core.service.summary import counts_for_communities
from core.service.waiting import corrections as waiting_corrections
from web.forms import form_fields, load_form
from web.pages.records.blueprint import pages
from web.pages.records.comparing import differences
from web.pages.records.forms import HALF_HOUR
from web.pages.records.tabs import work_tabs
from web.pages.records.work import detail
from web.rendering import hours
from web.tenant import actor

UNSEEN = uuid.UUID(int=0)  # no request: an answer that names none is refused


class CorrectionForm(Schema):
    """The record as it should be, and why."""

    correction_id = fields.UUID(required=True, metadata={"widget": "hidden"})
    version = fields.Integer(required=True, metadata={"widget": "hidden"})
    happened_on = fields.Date(required=True, metadata={"title": _l("哪一天")})
    minutes = fields.Integer(required=True, metadata={"title": _l("多长时间"), "widget": "select"})
    title = fields.String(required=True, validate=validate.Length(2, 100), metadata={
        "title": _l("做了什么"), "help": _l("请不要写居民的姓名。")})
    kind = fields.String(required=True, validate=validate.Length(1, 20), metadata={"title": _l("服务类别"), "widget": "select"})
    place = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=60), metadata={
        "title": _l("具体地点"), "help": _l("可不填")})
    reason = fields.String(required=True, validate=validate.Length(2, 300), metadata={
        "title": _l("为什么要更正"), "widget": "textarea", "rows": 2, "help": _l("社区看得到。请不要写居民的姓名。")})


@pages.page("/<uuid:record_id>/correct", access=OWN, methods=("GET", "POST"))
def correct(record_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Ask for a correction; sent twice it is one request."""
    authorize_own(actor(), record_id)
    return _ask(record_id, url_for("records.correct", record_id=record_id), url_for("records.show", record_id=record_id))


@pages.page("/work/<uuid:record_id>/correct", access=VERIFY, methods=("GET", "POST"))
def correct_for(record_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """The same in the officer's hand, for a member without a phone; another officer answers where there is one."""
    authorize_verify(actor(), record_id)
    return _ask(record_id, url_for("records.correct_for", record_id=record_id), url_for("records.decide", record_id=record_id))


@pages.page("/<uuid:record_id>/correct/withdraw", access=OWN, methods=("POST",))
def take_back_correction(record_id: uuid.UUID) -> Response:
    """The member no longer asks; it can be asked again."""
    authorize_own(actor(), record_id)
    corrections.take_back(record_id)
    flash(_("已收回更正申请，记录没有改动。"), "success")
    return redirect(url_for("records.show", record_id=record_id), 303)


@pages.page("/work/corrections", access=VERIFY, endpoint="corrections")
def corrections_list() -> str:
    """What waits, from the oldest on: what it would change, and why."""
    grants = grants_for(actor(), VERIFY)
    page = waiting_corrections(grants, after=request.args.get("after", type=uuid.UUID))
    rows = [{"member": row.member, "title": row.title, "asked": row.created_at, "reason": row.reason, "status": row.status,
             "differences": differences(row, row, "wanted_"), "url": url_for("records.decide", record_id=row.record_id)} for row in page.rows]
    return render_template("records/corrections.html", rows=rows, page=page, tabs=work_tabs("corrections", counts_for_communities(grants)))


@pages.page("/work/<uuid:record_id>/correction", access=VERIFY, methods=("POST",))
def answer_correction(record_id: uuid.UUID) -> Response | tuple[str, int]:
    """Put the record right, or leave it and say why."""
    authorize_verify(actor(), record_id)
    asked, accepted = request.form.get("correction_id", UNSEEN, type=uuid.UUID), request.form.get("decision") == "accept"
    try:
        if accepted:
            record_id = corrections.accept(record_id, asked, by=actor().account_id)
        else:
            corrections.refuse(record_id, asked, request.form.get("answer", ""), by=actor().account_id)
    except (Invalid, Conflict) as error:
        return detail(record_id, error, request.form), error.status
    flash(_("已更正。") if accepted else _("已答复，党员会看到原因。"), "success")
    return redirect(url_for("records.decide", record_id=record_id) if accepted else url_for("records.corrections"), 303)


def _ask(record_id: uuid.UUID, address: str, back: str) -> str | Response | tuple[str, int]:
    record = record_view(record_id)
    if record.status not in corrections.VERIFIED:
        raise Conflict(_("只有社区已经查验的记录才需要申请更正。"))
    if request.method == "GET":
        values = {name: getattr(record, name) for name in (*FIELDS, "version")} | {"correction_id": new_id(), "reason": ""}
        return _form(record, values, address, back)
    try:
        data = load_form(CorrectionForm(), request.form)
        wanted = CorrectionInput(**{name: data[name] for name in (*FIELDS, "reason")})
        corrections.ask(record_id, wanted, data["version"], by=actor().account_id, correction_id=data["correction_id"])
    except (Invalid, Conflict) as error:
        return _form(record, request.form, address, back, error), error.status
    flash(_("已提交更正申请，等社区答复。"), "success")
    return redirect(back, 303)


def _form(record: RecordView, values: Mapping[str, Any], address: str, back: str, error: BaodaoError | None = None) -> str:
    settings = effective("service", record.community_id)
    lengths = sorted({record.minutes, *range(HALF_HOUR, settings["longest_minutes"] + 1, HALF_HOUR)})
    choices = {"kind": [(k, k) for k in dict.fromkeys([*settings["kinds"], record.kind])], "minutes": [(m, hours(m)) for m in lengths]}
    shown = form_fields(CorrectionForm(), values, error.fields if isinstance(error, Invalid) else {}, choices=choices)
    return render_template("records/correct.html", fields=shown, record=record, message=error.message if error else None,
                           action=address, cancel=back, own=actor().member_id == record.member_id)
