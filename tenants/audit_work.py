"""Jobs on the audit log: its export, the check that nothing in it was altered, and the hourly copy of its end."""
from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from core import audit
from core.access.actor import load_actor
from core.audit import OPERATORS, EntryFilter, EntryRow, anchors, entries
from core.documents import storage
from core.documents.cells import Cell
from core.documents.spreadsheet import Column, Sheet, Watermark, write_workbook
from core.i18n import _, _l
from core.jobs import JobContext, enqueue, handler, periodic
from core.tenancy import now
from core.tenancy.clock import LOCAL
from tenants.audit_titles import ACTORS, action_title, fault_places, object_title
from tenants.directory import display_names

PERMISSION = "audit.read"
EXPORT, VERIFY, ANCHOR = "audit.export", "audit.verify", "audit.anchor"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BATCH, DAYS, LONGEST = 1_000, 3, 200_000


def start_export(wanted: EntryFilter) -> uuid.UUID:
    """Let the entries of a filter be written to a workbook; answers the job's id."""
    names = ("action", "object_type", "object_id", "actor_id", "since", "until")
    return enqueue(EXPORT, {name: str(value) for name in names if (value := getattr(wanted, name)) is not None})


def start_verify() -> uuid.UUID:
    """Let the whole chain be checked; answers the job's id."""
    return enqueue(VERIFY, {})


@handler(EXPORT, label=_l("导出审计日志"))
def export(job: JobContext) -> dict[str, Any]:
    """Write the workbook and keep it for three days, for its owner only."""
    actor = load_actor(job.created_by) if job.created_by else None
    if actor is None or not actor.can(PERMISSION):
        return {"refused": _("您已没有查看审计日志的权限。")}
    wanted = _filter(job.payload)
    target = io.BytesIO()
    columns = [Column("seq", _("序号"), 8, "integer"), Column("at", _("时间"), 20), Column("actor", _("操作人"), 16), Column("action", _("操作"), 18),
               Column("object", _("对象"), 12), Column("object_id", _("对象编号"), 38), Column("details", _("说明"), 60)]
    rows = write_workbook(target, [Sheet(_("审计日志"), columns, _rows(job, wanted))],
                          Watermark(actor.display_name, now().astimezone(LOCAL), _("审计")))
    file_id = storage.save(_("审计日志.xlsx"), XLSX, target.getvalue(), PERMISSION, DAYS, actor.account_id)
    audit.record("audit.exported", "stored_file", file_id, {"rows": rows})
    return {"file": str(file_id), "rows": rows}


@handler(VERIFY, label=_l("核验审计日志"))
def check(job: JobContext) -> dict[str, Any]:
    """Walk the chain and compare it with its kept heads; the job's message says what was found and where."""
    faults = audit.verify(anchors.kept(), seen=lambda count: job.progress(count, message=_("已核验 %(count)s 条", count=count)))
    audit.record("audit.verified", "audit", None, {"faults": len(faults), "first": [[f.seq, f.kind] for f in faults[:20]]})
    if faults:
        return {"faults": len(faults),
                "refused": _("审计日志不完整：%(places)s。请立即联系运营人员，并保留现场。", places=fault_places(faults))}
    return {"faults": 0}


@handler(ANCHOR, label=_l("另存审计日志的末尾标记"))
def anchor(_job: JobContext) -> dict[str, Any]:
    """Copy the ends of this tenant's chain and of the operators' to where they are kept outside the database."""
    for trail in (OPERATORS, None):
        anchors.keep(trail)
    return {}


periodic(ANCHOR, every=dt.timedelta(hours=1))


def _rows(job: JobContext, wanted: EntryFilter) -> Iterator[Sequence[Cell]]:
    before, written = None, 0
    while written < LONGEST:
        batch = entries(wanted, before, BATCH)
        names = display_names(e.actor_id for e in batch)
        yield from (_line(e, names) for e in batch)
        written += len(batch)
        job.progress(written, message=_("已写出 %(count)s 条", count=written))
        if len(batch) < BATCH:
            return
        before = batch[-1].seq


def _line(entry: EntryRow, names: dict[uuid.UUID | None, str]) -> Sequence[Cell]:
    details = orjson.dumps(entry.details).decode() if entry.details else ""
    return (entry.seq, f"{entry.at.astimezone(LOCAL):%Y-%m-%d %H:%M:%S}", names.get(entry.actor_id) or str(ACTORS[entry.actor_kind]),
            action_title(entry.action), object_title(entry.object_type), str(entry.object_id or ""), details)


def _filter(payload: dict[str, Any]) -> EntryFilter:
    def identity(name: str) -> uuid.UUID | None:
        return uuid.UUID(payload[name]) if name in payload else None

    def moment(name: str) -> dt.datetime | None:
        return dt.datetime.fromisoformat(payload[name]) if name in payload else None

    return EntryFilter(payload.get("action"), payload.get("object_type"), identity("object_id"), identity("actor_id"), moment("since"),
                       moment("until"))
