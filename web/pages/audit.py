"""The audit log for auditors and administrators: filters, the chain's check, and an export."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from core.audit import EntryFilter, anchors, entries
from core.i18n import _l
from core.tenancy.clock import LOCAL
from tenants import audit_work
from tenants.audit_titles import ACTIONS, ACTORS, OBJECTS, action_title, object_title
from tenants.directory import display_names
from web.forms import FormField
from web.navigation import NavigationItem, register
from web.queries import with_query
from web.routing import Pages

pages = Pages("audit", __name__, url_prefix="/audit")
PERMISSION, PAGE = audit_work.PERMISSION, 50
register("manage", _l("管理"), NavigationItem(_l("审计日志"), "audit.index", "history", permission=PERMISSION, order=70), order=90)


@pages.page("/", access=PERMISSION)
def index() -> str:
    """Entries, newest first."""
    wanted = _wanted(request.args)
    found = entries(wanted, request.args.get("before", type=int), PAGE + 1)
    shown = found[:PAGE]
    names = display_names(i for e in shown for i in (e.actor_id, e.object_id if e.object_type == "account" else None))
    rows = [{"entry": e, "at": e.at, "action": action_title(e.action), "who": names.get(e.actor_id) or str(ACTORS[e.actor_kind]),
             "object": f"{object_title(e.object_type)} {names.get(e.object_id, '')}".strip()} for e in shown]
    return render_template("audit/index.html", rows=rows, fields=_filters(), wanted=wanted, kept=_kept(wanted), checked=_checked(),
                           actor_name=display_names([wanted.actor_id]).get(wanted.actor_id),
                           next_url=with_query(before=shown[-1].seq) if len(found) > PAGE else None)


@pages.page("/export", access=PERMISSION, methods=("POST",))
def export() -> Response:
    """A workbook of what the filter shows."""
    job_id = audit_work.start_export(_wanted(request.form))
    return redirect(url_for("jobs.show", job_id=job_id, next=url_for("audit.index")), 303)


@pages.page("/verify", access=PERMISSION, methods=("POST",))
def verify() -> Response:
    """Check that nothing was altered."""
    return redirect(url_for("jobs.show", job_id=audit_work.start_verify(), next=url_for("audit.index")), 303)


def _wanted(given: MultiDict[str, str]) -> EntryFilter:
    action, kind = given.get("action"), given.get("object_type")
    day = given.get("day", type=dt.date.fromisoformat)
    day = day if day and dt.date.min < day < dt.date.max else None  # the first and last day of the calendar have no neighbour
    last = given.get("until", type=dt.date.fromisoformat)
    last = last if last and dt.date.min < last < dt.date.max else None if given.get("until") else day
    since, until = _midnight(day), _midnight(last + dt.timedelta(days=1) if last else None)
    return EntryFilter(action if action in ACTIONS else None, kind if kind in OBJECTS else None, given.get("object_id", type=uuid.UUID),
                       given.get("actor_id", type=uuid.UUID), since, until)


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return dt.datetime.combine(day, dt.time(), LOCAL) if day else None


def _checked() -> dict[str, Any]:
    """When the chain was last verified and with what result, and when its end was last kept outside; None where never."""
    last = next(iter(entries(EntryFilter(action="audit.verified"), limit=1)), None)
    return {"at": last.at if last else None, "faults": (last.details or {}).get("faults", 0) if last else 0, "kept_at": anchors.kept_at()}


def _filters() -> list[FormField]:
    def select(name: str, label: str, options: dict) -> FormField:
        chosen = request.args.get(name, "")
        return FormField(name, "select", label, selected=(chosen,) if chosen else (), filter=True,
                         choices=tuple((k, str(v)) for k, v in options.items()))

    day, until = request.args.get("day", ""), request.args.get("until", "")
    return [select("action", str(_l("操作")), ACTIONS), select("object_type", str(_l("对象")), OBJECTS),
            FormField("day", "date", str(_l("日期")), selected=(day,) if day else ()),
            FormField("until", "date", str(_l("至")), selected=(until,) if until else ())]


def _kept(wanted: EntryFilter) -> dict[str, str]:
    """The filter as hidden fields of the export's form."""
    kept = {"action": wanted.action, "object_type": wanted.object_type, "object_id": wanted.object_id, "actor_id": wanted.actor_id,
            "day": wanted.since.date() if wanted.since else None, "until": wanted.until.date() - dt.timedelta(days=1) if wanted.until else None}
    return {name: str(value) for name, value in kept.items() if value is not None}
