"""Dated duties to report in: who is overdue, why (R18), reminders (R13), more time, and the history of each."""
from __future__ import annotations

import uuid
from io import BytesIO
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from core import audit
from core.access.authorization import Target, allowed, authorize
from core.documents.spreadsheet import Column, Sheet, Watermark, write_workbook
from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.extension.settings import effective
from core.i18n import _, _l
from core.jobs import JobView, job_view
from core.members.reach import grants_for
from core.organizations import tree
from core.registration import adjusting, obligation_queries, obligations
from core.registration.obligation_queries import EventRow, ObligationFilter, ObligationView
from core.tenancy import now
from core.tenancy.clock import LOCAL
from web.forms import form_fields, load_form
from web.navigation import NavigationItem, register
from web.pages.report_ins.blueprint import CAUSES
from web.progress import progress_page
from web.queries import with_query
from web.rendering import date_zh
from web.routing import Pages
from web.tenant import actor

READ, MANAGE, ADJUST = "registration.read", "obligations.manage", "settings.manage"
STATES = {"overdue": _l("已逾期"), "open": _l("未办结"), "met": _l("已报到"), "closed": _l("已终止")}
STATUS_TITLES = {"open": _l("未到期"), "met": _l("已报到"), "superseded": _l("已由新任务代替"), "waived": _l("已免除")}
BASES = {"any": _l("居住地或工作地"), "residence": _l("居住地"), "workplace": _l("工作地")}
EVENTS = {"opened": _l("产生任务"), "reason": _l("登记原因"), "extended": _l("延期"), "reminded": _l("已提醒本人"),
          "met": _l("已报到，任务办结"), "superseded": _l("由新任务代替"), "waived": _l("免除")}
TONES = {"opened": "info", "reason": "warn", "extended": "warn", "reminded": "info", "met": "good"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 20_000

pages = Pages("obligations", __name__, url_prefix="/obligations")
register("registration", _l("报到"), NavigationItem(_l("报到到期情况"), "obligations.index", "calendar-due", permission=READ, order=5),
         order=30)


class ListFilter(Schema):
    """What the list can be narrowed by."""

    cause = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(list(CAUSES)),
                          metadata={"title": _l("任务来由"), "choices": tuple(CAUSES.items())})
    reason = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(("none", "given")), metadata={
        "title": _l("未报到原因"), "choices": (("none", _l("未登记")), ("given", _l("已登记")))})


class ReasonForm(Schema):
    """Why a member has not reported in yet."""

    version = fields.Integer(required=True, metadata={"widget": "hidden"})
    reason_code = fields.String(required=True, metadata={"title": _l("原因"), "widget": "select"})
    text = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=300),
                         metadata={"title": _l("补充说明"), "widget": "textarea", "rows": 2})


class ExtendForm(Schema):
    """More time, with a reason."""

    version = fields.Integer(required=True, metadata={"widget": "hidden"})
    due_on = fields.Date(required=True, metadata={"title": _l("新的截止日期")})
    note = fields.String(required=True, validate=validate.Length(1, 300),
                         metadata={"title": _l("延期原因"), "widget": "textarea", "rows": 2})


class RemindForm(Schema):
    """How the member was reminded."""

    version = fields.Integer(required=True, metadata={"widget": "hidden"})
    how = fields.String(required=True, validate=validate.OneOf(list(obligations.REMINDERS)), metadata={
        "title": _l("提醒方式"), "widget": "radio", "choices": tuple(obligations.REMINDERS.items())})


@pages.page("/", access=READ)
def index() -> str:
    """The list, the earliest due first; filters stand in the address."""
    return _list(_wanted())


@pages.page("/search", access=READ, methods=("POST",))
def search() -> str:
    """The same list for one name, which has no place in an address."""
    return _list(_wanted(request.form.get("q", "")[:50]))


@pages.page("/export.xlsx", access=READ, methods=("POST",))
def export() -> Response:
    """The list under the present filter as a workbook. Refused beyond 20,000 rows."""
    reason = request.form.get("why", "").strip()
    if not reason:
        raise Invalid(_("请写明导出的用途，会印在表上。"))
    rows = list(obligation_queries.obligation_rows(_wanted(), MOST_ROWS + 1))
    if len(rows) > MOST_ROWS:
        raise Invalid(_("一次最多导出 20000 行。请先按单位或来由缩小范围。"))
    columns = [Column("name", _("姓名"), 12), Column("unit", _("单位"), 32), Column("community", _("社区"), 20),
               Column("cause", _("任务来由"), 14), Column("due_on", _("截止日期"), 12, "date"),
               Column("days", _("逾期天数"), 10, "integer"), Column("reason", _("未报到原因"), 20)]
    data = ((r.name, r.unit, r.community, str(CAUSES[r.cause]), r.due_on, r.overdue_days, r.reason_code) for r in rows)
    target = BytesIO()
    write_workbook(target, [Sheet(_("报到到期情况"), columns, data)],
                   Watermark(actor().display_name, now().astimezone(LOCAL), reason[:100]))
    audit.record("obligations.exported", "tenant", None, {"rows": len(rows)})
    target.seek(0)
    return send_file(target, XLSX, as_attachment=True, download_name=_("报到到期情况.xlsx"))


@pages.page("/<uuid:obligation_id>", access=READ)
def show(obligation_id: uuid.UUID) -> str:
    """One duty: history, reason, reminder, extension."""
    return _show(_find(obligation_id, READ))


@pages.page("/<uuid:obligation_id>/reason", access=MANAGE, methods=("POST",))
def reason(obligation_id: uuid.UUID) -> Response | tuple[str, int]:
    """Record why (R18)."""
    return _change(obligation_id, ReasonForm(),
                   lambda d: obligations.record_reason(obligation_id, d["reason_code"], d["text"], d["version"]))


@pages.page("/<uuid:obligation_id>/extend", access=MANAGE, methods=("POST",))
def extend(obligation_id: uuid.UUID) -> Response | tuple[str, int]:
    """Give more time."""
    return _change(obligation_id, ExtendForm(), lambda d: obligations.extend(obligation_id, d["due_on"], d["note"], d["version"]))


@pages.page("/<uuid:obligation_id>/remind", access=MANAGE, methods=("POST",))
def remind(obligation_id: uuid.UUID) -> Response | tuple[str, int]:
    """Note that the member was reminded (R13)."""
    return _change(obligation_id, RemindForm(), lambda d: obligations.remind(obligation_id, d["how"], d["version"]))


@pages.page("/adjust", access=ADJUST)
def adjust() -> str:
    """What bringing the open first duties to the tenant's present date would change."""
    _whole_tenant()
    return render_template("obligations/adjust.html", preview=adjusting.preview())


@pages.page("/adjust", access=ADJUST, methods=("POST",))
def start_adjusting() -> Response:
    """Do it, as a job."""
    _whole_tenant()
    if adjusting.preview().due_on is None:
        raise Conflict(_("还没有设置首次报到截止日期，没有可以调整的任务。"))
    return redirect(url_for("obligations.adjusted", job_id=adjusting.start()), 303)


@pages.page("/adjust/<uuid:job_id>", access=ADJUST)
def adjusted(job_id: uuid.UUID) -> str | Response:
    """The progress and the result. htmx asks for the bar only."""
    _whole_tenant()
    return progress_page(_adjust_job(job_id), url_for("obligations.adjusted", job_id=job_id), "obligations/adjusted.html")


def _change(obligation_id: uuid.UUID, schema: Schema, act: Any) -> Response | tuple[str, int]:
    found = _find(obligation_id, MANAGE)
    try:
        act(load_form(schema, request.form))
    except (Invalid, Conflict) as error:
        return _show(found, type(schema), error), error.status
    flash(_("已登记。"), "success")
    return redirect(url_for("obligations.show", obligation_id=obligation_id), 303)


def _show(found: ObligationView, refused: type[Schema] | None = None, error: BaodaoError | None = None) -> str:
    row = found.row
    choices = {"reason_code": [(code, code) for code in effective("registration")["reasons"]]}
    forms = {}
    for name, schema in (("reason", ReasonForm), ("remind", RemindForm), ("extend", ExtendForm)):
        values: Any = {"version": row.version, "reason_code": row.reason_code, "text": row.reason}
        if schema is refused:
            values = request.form
        errors = error.fields if schema is refused and isinstance(error, Invalid) else {}
        forms[name] = form_fields(schema(), values, errors, choices=choices)
    return render_template("obligations/show.html", row=row, forms=forms, refused=refused.__name__ if refused else "", bases=BASES,
                           causes=CAUSES, statuses=STATUS_TITLES, message=error.message if error else None,
                           events=[_event(e) for e in found.events], may_manage=allowed(actor(), MANAGE, Target(found.target.paths)))


def _event(event: EventRow) -> dict[str, Any]:
    text = event.note
    if event.kind == "opened" and event.note and event.note not in CAUSES:  # a report-in that met it was taken back
        return {"when": event.at, "title": _("报到确认被撤销，重新计入"), "text": event.note, "who": event.who, "tone": TONES["opened"]}
    if event.kind == "opened":
        text = str(CAUSES[event.note or "initial"])
    elif event.kind == "reminded":
        text = str(obligations.REMINDERS.get(event.note or "", event.note or ""))
    elif event.kind == "extended":
        note = _("按新的首次报到截止日期统一调整") if event.note == adjusting.ADJUSTED else event.note
        text = _("%(before)s 改为 %(after)s：%(note)s", before=date_zh(event.due_before), after=date_zh(event.due_after), note=note)
    when = event.at.astimezone(LOCAL).date() if event.kind == "opened" else event.at
    return {"when": when, "title": EVENTS[event.kind], "text": text, "who": event.who, "tone": TONES.get(event.kind, "neutral")}


def _list(wanted: ObligationFilter) -> str:
    page = obligation_queries.obligation_list(wanted, after=_id("after"), before=_id("before"))
    rows = [r._asdict() | {"days": r.overdue_days, "url": url_for("obligations.show", obligation_id=r.id)} for r in page.rows]
    counts = obligation_queries.obligation_counts(wanted.grants)
    tabs = [{"title": title, "url": url_for("obligations.index", state=key, unit=_id("unit"), place=_id("place")),
             "active": key == wanted.state, "count": counts.get(key)} for key, title in STATES.items()]
    narrowed = tree.get(chosen) if (chosen := _id("unit") or _id("place")) else None
    values = {"cause": wanted.cause, "reason": wanted.reason}
    return render_template("obligations/index.html", rows=rows, page=page, tabs=tabs, wanted=wanted, causes=CAUSES, bases=BASES,
                           statuses=STATUS_TITLES, narrowed=narrowed, fields=form_fields(ListFilter(), values, as_filter=True),
                           may_adjust=actor().can(ADJUST) and any(g.kind == "committee" for g in wanted.grants),
                           next_url=with_query(after=page.next, before=None) if page.next else None,
                           previous_url=with_query(before=page.previous, after=None) if page.previous else None)


def _wanted(text: str = "") -> ObligationFilter:
    state, cause, why = (request.values.get(name) for name in ("state", "cause", "reason"))
    below = ""
    if chosen := _id("unit") or _id("place"):
        below = tree.get(chosen).path
        authorize(actor(), READ, Target((below,)))
    return ObligationFilter(grants_for(actor(), READ), state=state if state in STATES else "open", cause=cause if cause in CAUSES else None,
                            reason=why if why in ("none", "given") else None, below=below, text=text)


def _find(obligation_id: uuid.UUID, permission: str) -> ObligationView:
    found = obligation_queries.obligation(obligation_id)
    authorize(actor(), permission, Target(found.target.paths))
    return found


def _whole_tenant() -> None:
    authorize(actor(), ADJUST, Target((tree.root().path,)))


def _adjust_job(job_id: uuid.UUID) -> JobView:
    job = job_view(job_id)
    if job.kind != adjusting.KIND:
        raise NotFound
    return job


def _id(name: str) -> uuid.UUID | None:
    found: uuid.UUID | None = request.values.get(name, type=uuid.UUID)
    return found
