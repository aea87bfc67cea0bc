"""The community's list: what waits for verification, for evaluation, and what is done; each record with what can be done to it."""
from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.errors import Conflict, Invalid
from core.extension.settings import effective
from core.i18n import _
from core.members.reach import grants_for
from core.service import records
from core.service.callbacks import callback_view, may_call
from core.service.detail import RecordView, correction_view, evaluation_view, history, record_view, replaced_by
from core.service.evaluation import waiver_reason
from core.service.queries import ALL, RecordFilter, of_communities
from core.service.rights import READ, VERIFY, authorize_read, authorize_verify
from core.service.summary import counts_for_communities
from core.tenancy import today
from web.pages.records.blueprint import pages
from web.pages.records.comparing import differences
from web.pages.records.forms import HALF_HOUR
from web.pages.records.narrowing import in_address, kinds_of, narrowed, shown
from web.pages.records.tabs import work_tabs
from web.pages.records.words import (
    CALLBACKS,
    CHANNELS,
    CORRECTIONS,
    GROUPS,
    MEANS,
    OUTCOMES,
    RATINGS,
    RECIPIENTS,
    SOURCES,
    STATES,
    STEPS,
    TABS,
)
from web.rendering import hours
from web.tenant import actor

MOST = 50  # rows of a list, and thus of a batch


@pages.page("/work/", access=READ)
def work() -> str:
    """One list by state; the officer verifies from here."""
    return _list(narrowed(request.args, kinds_of(grants_for(actor(), READ))))


@pages.page("/work/search", access=READ, methods=("POST",))
def search_work() -> str | Response:
    """The same for a name or words; without either, kind and days go back to the address."""
    wanted = narrowed(request.form, kinds_of(grants_for(actor(), READ)), typed=True)
    if not wanted.typed:
        return redirect(url_for("records.work", status=_status(), **in_address(wanted)), 303)
    return _list(wanted)


def _list(wanted: RecordFilter) -> str:
    status, grants = _status(), grants_for(actor(), READ)
    page = of_communities(grants, status, wanted, after=request.values.get("after", type=uuid.UUID))
    rows = [row._asdict() | {"url": url_for("records.decide", record_id=row.id)} for row in page.rows]
    # For those above a community a count would read too much, and beside a filter it would say something else than the list.
    counts = counts_for_communities(grants) if actor().can(VERIFY) and wanted == ALL else None
    return render_template("records/work.html", rows=rows, page=page, status=status, states=STATES, tabs=work_tabs(status, counts, wanted),
                           recipients=RECIPIENTS, sources=SOURCES, may_verify=actor().can(VERIFY), wanted=wanted, narrow=wanted != ALL,
                           kept=in_address(wanted), fields=shown(wanted, kinds_of(grants)), year=today().year,
                           counts=counts if status == "counted" else None)


def _status() -> str:
    """The chosen state: a tab that was pressed beside a search, else the one that was open."""
    chosen = request.values.get("tab") or request.values.get("status")
    return chosen if chosen in TABS else "submitted"


@pages.page("/work/<uuid:record_id>", access=READ)
def decide(record_id: uuid.UUID) -> str:
    """One record with all that can be done to it."""
    return detail(record_id)


@pages.page("/work/<uuid:record_id>/verify", access=VERIFY, methods=("POST",))
def verify(record_id: uuid.UUID) -> Response | tuple[str, int]:
    """Vouch for a record, with the hours put right where need be."""
    authorize_verify(actor(), record_id)
    try:
        records.verify(record_id, _version(), by=actor().account_id, minutes=request.form.get("minutes", type=int))
    except (Invalid, Conflict) as error:
        return detail(record_id, error), error.status
    flash(_("已查验通过。请打印评价单交给服务对象，或登记评价。"), "success")
    return redirect(url_for("records.work"), 303)


@pages.page("/work/<uuid:record_id>/return", access=VERIFY, methods=("POST",))
def send_back(record_id: uuid.UUID) -> Response | tuple[str, int]:
    """Return a record to its member with the reason."""
    authorize_verify(actor(), record_id)
    try:
        records.send_back(record_id, _version(), request.form.get("reason", ""))
    except (Invalid, Conflict) as error:
        return detail(record_id, error), error.status
    flash(_("已退回，党员会看到退回的原因。"), "success")
    return redirect(url_for("records.work"), 303)


@pages.page("/work/<uuid:record_id>/cancel", access=VERIFY, methods=("POST",))
def cancel(record_id: uuid.UUID) -> Response | tuple[str, int]:
    """Take back a record that counted by mistake; plugins reverse what they made of it."""
    authorize_verify(actor(), record_id)
    reason = request.form.get("reason", "")
    if not reason.strip():
        return detail(record_id, Invalid(_("请写明撤销的原因，党员会看到。"), {"cancel_reason": [_("请填写")]})), 422
    try:
        records.withdraw(record_id, _version(), reason)
    except (Invalid, Conflict) as error:
        return detail(record_id, error), error.status
    flash(_("已撤销，这次服务不再计入。"), "success")
    return redirect(url_for("records.work", status="counted"), 303)


@pages.page("/work/verify", access=VERIFY, methods=("POST",))
def verify_several() -> Response:
    """Vouch for one record by its button, or for all that are ticked; one that has changed meanwhile is left and told."""
    wanted = request.form.getlist("one") or request.form.getlist("record")
    done, left = 0, 0
    for record_id, version in sorted(map(parse_choice, wanted[:MOST])):  # in one order: two officers never wait for each other
        authorize_verify(actor(), record_id)
        try:
            records.verify(record_id, version, by=actor().account_id)
            done += 1
        except Conflict:
            left += 1
    if done:
        flash(_("已查验通过 %(count)s 条。", count=done), "success")
    if left:
        flash(_("有 %(count)s 条刚被别人处理或修改，没有查验，请核对后再办。", count=left), "warning")
    if not wanted:
        flash(_("请先勾选要查验的记录。"), "warning")
    kept = narrowed(request.form, kinds_of(grants_for(actor(), READ)))
    return redirect(url_for("records.work", **in_address(kept)), 303)


def parse_choice(text: str) -> tuple[uuid.UUID, int]:
    """The id and version that a list's checkbox or button sends. Raises Invalid."""
    identity, _dot, version = text.partition(".")
    try:
        return uuid.UUID(identity), int(version)
    except ValueError:
        raise Invalid(_("选择的内容有误，请刷新页面后重新勾选。")) from None


def detail(record_id: uuid.UUID, error: Any = None, values: Any = None) -> str:
    """The page of one record for officers and liaisons; opinion and recipient only for those who verify."""
    inside = authorize_read(actor(), record_id)
    record = record_view(record_id)
    may = inside and actor().member_id != record.member_id
    settings = effective("service", record.community_id)
    events = [{"when": e.when, "title": STEPS[e.action][0], "tone": STEPS[e.action][1], "who": e.who if inside else None}
              for e in history(record_id, record.replaces_id) if e.action in STEPS]
    lengths = sorted({record.minutes, *range(HALF_HOUR, settings["longest_minutes"] + 1, HALF_HOUR)})
    return render_template(
        "records/decide.html", record=record, events=events, inside=inside, may=may, lengths=[(m, hours(m)) for m in lengths],
        states=STATES, recipients=RECIPIENTS, groups=GROUPS, ratings=RATINGS, channels=CHANNELS, sources=SOURCES, today=today().isoformat(),
        values=values or {}, message=error.message if error else None, errors=getattr(error, "fields", {}),
        may_waive=settings["public_waiver"] and record.recipient_kind == "public",
        successor=replaced_by(record_id) if record.status == "corrected" else None,
        **(_inside(record) if inside else {"waived": _waived(record)}))


def _inside(record: RecordView) -> dict[str, Any]:
    """What only those see who verify: the judgement, the member's request, the call-back."""
    request_made, callback = correction_view(record.id), callback_view(record.id) if record.status == "counted" else None
    return {"evaluation": evaluation_view(record.id), "correction": request_made, "callback": callback, "correction_states": CORRECTIONS,
            "callback_states": CALLBACKS, "outcomes": OUTCOMES, "means": MEANS,
            "differences": differences(record, request_made) if request_made and request_made.status == "open" else [],
            "may_call": callback is not None and callback.state == "open" and may_call(record.id, actor().account_id)}


def _waived(record: RecordView) -> str | None:
    return waiver_reason(record.id) if record.status == "counted" and record.recipient_kind == "public" else None


def _version() -> int:
    return request.form.get("version", 0, type=int)
