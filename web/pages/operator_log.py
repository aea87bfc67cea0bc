"""The operators' own log: who ran what in this installation, newest first, and the check that nothing in it was altered."""
from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core import audit
from core.access import operators
from core.audit import OPERATORS, EntryFilter, EntryRow, anchors, entries
from core.i18n import _, _l
from tenants.audit_titles import OPERATOR_ACTIONS, OPERATOR_OBJECTS, fault_places
from web.forms import FormField
from web.queries import with_query
from web.routing import OPERATOR, Pages

pages = Pages("operator_log", __name__, url_prefix="/operator/log")
PAGE = 50


@pages.page("/", access=OPERATOR)
def index() -> str:
    """What operators did, on these pages and by command."""
    chosen = request.args.get("action", "")
    wanted = EntryFilter(action=chosen if chosen in OPERATOR_ACTIONS else None)
    found = entries(wanted, request.args.get("before", type=int), PAGE + 1, trail=OPERATORS)
    shown = found[:PAGE]
    names = operators.names(i for e in shown for i in (e.actor_id, e.object_id if e.object_type == "operator" else None))
    rows = [{"entry": e, "at": e.at, "action": str(OPERATOR_ACTIONS.get(e.action) or e.action), "who": _who(e, names),
             "object": _object(e, names)} for e in shown]
    field = FormField("action", "select", str(_l("操作")), selected=(wanted.action,) if wanted.action else (), filter=True,
                      choices=tuple((code, str(title)) for code, title in OPERATOR_ACTIONS.items()))
    return render_template("operator/log.html", rows=rows, fields=[field],
                           next_url=with_query(before=shown[-1].seq) if len(found) > PAGE else None)


@pages.page("/verify", access=OPERATOR, methods=("POST",))
def verify() -> Response:
    """Walk the chain and tell what was found; the check is noted in the log itself."""
    faults = audit.verify(anchors.kept(OPERATORS), trail=OPERATORS)
    audit.record_operator("audit.verified", "audit", None, {"faults": len(faults), "first": [[f.seq, f.kind] for f in faults[:20]]})
    if faults:
        flash(_("操作日志不完整：%(places)s。请保留现场，并对照另外保存的备份查明原因。", places=fault_places(faults)), "error")
    else:
        flash(_("操作日志完整，没有改动或删除。"), "success")
    return redirect(url_for("operator_log.index"), 303)


def _who(entry: EntryRow, names: dict) -> str:
    if entry.actor_id is not None:
        return str(names.get(entry.actor_id) or OPERATOR_OBJECTS["operator"])
    return "—" if entry.action == "login.failed" else _("命令行")


def _object(entry: EntryRow, names: dict) -> str:
    title, details = str(OPERATOR_OBJECTS.get(entry.object_type) or entry.object_type), entry.details or {}
    parts = (names.get(entry.object_id, ""), details.get("tenant", ""), details.get("plugin", details.get("namespace", "")))
    return " ".join(filter(None, (title, *map(str, parts))))
