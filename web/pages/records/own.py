"""The member's side, for the phone: write down, look, amend, hand in again, take back."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.i18n import _
from core.service import records
from core.service.corrections import VERIFIED
from core.service.detail import RecordView, correction_view, history, record_view, replaced_by
from core.service.evaluation import waiver_reason
from core.service.queries import of_member
from core.service.rights import OWN, authorize_own
from core.service.summary import member_year
from web.forms import load_form
from web.pages.records.blueprint import pages
from web.pages.records.comparing import differences
from web.pages.records.forms import RecordForm, given, new_values, places_of, record_fields, values_of
from web.pages.records.words import CORRECTIONS, GROUPS, RECIPIENTS, SOURCES, STATES, STEPS
from web.tenant import actor

OPEN = frozenset({"submitted", "returned"})


@pages.page("/", access=OWN)
def index() -> str:
    """My records, newest first, with my year."""
    page = of_member(own_member_id(), after=request.args.get("after", type=uuid.UUID))
    return render_template("records/index.html", page=page, year=member_year(own_member_id()), states=STATES, sources=SOURCES)


@pages.page("/new", access=OWN, methods=("GET", "POST"))
def new() -> str | Response | tuple[str, int]:
    """Write one down. Sent twice over a weak net, it is one record all the same."""
    member_id = own_member_id()
    if request.method == "GET":
        places = places_of(member_id)
        return _form(new_values(places[0].id if places else None), url_for("records.new"), draft="new")
    if "find" in request.form:
        return _form(request.form, url_for("records.new"), draft="new")
    try:
        data = load_form(RecordForm(), request.form)
        record_id = records.submit(member_id, given(data), entered_by=actor().account_id, record_id=data["record_id"])
    except (Invalid, Conflict) as error:
        return _form(request.form, url_for("records.new"), error, draft="new"), error.status
    flash(_("已提交，等社区查验。"), "success")
    return redirect(url_for("records.show", record_id=record_id), 303)


@pages.page("/<uuid:record_id>", access=OWN)
def show(record_id: uuid.UUID) -> str:
    """One of my records, and what has happened to it. Nobody's opinion is told, only that it was given."""
    authorize_own(actor(), record_id)
    record = record_view(record_id)
    events = [{"when": e.when, "title": STEPS[e.action][0], "tone": STEPS[e.action][1]} for e in history(record_id, record.replaces_id)
              if e.action in STEPS and e.action != "evaluation.code_issued"]
    asked = correction_view(record_id) if record.status in VERIFIED else None
    return render_template(
        "records/show.html", record=record, events=events, states=STATES, recipients=RECIPIENTS, groups=GROUPS, sources=SOURCES,
        open=record.status in OPEN, correction=asked, correction_states=CORRECTIONS, verified=record.status in VERIFIED,
        differences=differences(record, asked) if asked and asked.status == "open" else [],
        waived=waiver_reason(record_id) if record.status == "counted" and record.recipient_kind == "public" else None,
        successor=replaced_by(record_id) if record.status == "corrected" else None)


@pages.page("/<uuid:record_id>/edit", access=OWN, methods=("GET", "POST"))
def edit(record_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Amend a record before it is verified, or hand in again one that was returned."""
    authorize_own(actor(), record_id)
    record, address = record_view(record_id), url_for("records.edit", record_id=record_id)
    if record.status not in OPEN:
        raise Conflict(_("这条记录已经查验，不能直接修改；如有错误，请申请更正。"))
    if request.method == "GET" or "find" in request.form:
        return _form(request.form if "find" in request.form else values_of(record), address, record=record)
    try:
        data = load_form(RecordForm(), request.form)
        records.amend(record_id, given(data), data["version"])
    except (Invalid, Conflict) as error:
        return _form(request.form, address, error, record=record), error.status
    flash(_("已重新提交，等社区查验。"), "success")
    return redirect(url_for("records.show", record_id=record_id), 303)


@pages.page("/<uuid:record_id>/withdraw", access=OWN, methods=("POST",))
def withdraw(record_id: uuid.UUID) -> str | Response:
    """Take a record back; asks once more."""
    authorize_own(actor(), record_id)
    version = request.form.get("version", 0, type=int)
    if "confirmed" not in request.form:
        return render_template("records/confirm.html", action=url_for("records.withdraw", record_id=record_id), version=version,
                               back=url_for("records.show", record_id=record_id))
    records.withdraw(record_id, version)
    flash(_("已撤回，这次服务不再计入。"), "success")
    return redirect(url_for("records.index"), 303)


def own_member_id() -> uuid.UUID:
    """The member who is signed in. Raises NotFound for an account that is nobody's."""
    if (member_id := actor().member_id) is None:
        raise NotFound(_("这个账号没有对应的党员，不能记录服务。请联系单位联络员。"))
    return member_id


def _form(values: Mapping[str, Any], address: str, error: BaodaoError | None = None, *, record: RecordView | None = None,
          draft: str | None = None) -> str:
    errors = error.fields if isinstance(error, Invalid) else {}
    places = places_of(own_member_id(), record.community_id if record else None)
    shown = record_fields(RecordForm(), values, places, errors)
    return render_template("records/form.html", fields=shown, action=address, message=error.message if error else None, record=record,
                           draft=f"{draft}-{own_member_id()}" if draft else None, found="find" in request.form,
                           cancel=url_for("records.show", record_id=record.id) if record else url_for("records.index"))
