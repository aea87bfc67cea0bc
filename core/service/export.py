"""The filed records as a workbook: what one looks for by name at once and within a bound, everything else by a job in flat memory."""
from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Iterator
from typing import Any, BinaryIO

from core import audit
from core.access.actor import Actor, load_actor
from core.ahead import ahead
from core.documents import storage
from core.documents.spreadsheet import Column, Sheet, Watermark, write_workbook
from core.errors import Invalid
from core.i18n import _, _l
from core.jobs import JobContext, enqueue, handler
from core.members.reach import grants_for
from core.service.queries import RecordFilter, count_filed, filed_batches
from core.service.rights import READ
from core.tenancy import now
from core.tenancy.clock import LOCAL
from core.terms import term

EXPORT = "records.export"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BATCH, DAYS, MOST_ROWS = 1_000, 3, 20_000
SOURCES = {"system": _l("系统记录"), "reported": _l("本人填写"), "officer": _l("经办人录入")}
STATES = {"verified": _l("待评价"), "counted": _l("已计入")}
HOUR = 60


def start_export(wanted: RecordFilter) -> uuid.UUID:
    """Let the filed records of the actor's reach be exported; answers the job's id. Raises ValueError for a typed text."""
    if wanted.typed:
        raise ValueError("a job's payload holds nobody's name")
    return enqueue(EXPORT, {"kind": wanted.kind, "since": wanted.since and wanted.since.isoformat(),
                            "until": wanted.until and wanted.until.isoformat()})


@handler(EXPORT, label=_l("导出服务备案"))
def export(job: JobContext) -> dict[str, Any]:
    """Write the workbook and keep it for three days, for its owner only."""
    actor = load_actor(job.created_by) if job.created_by else None
    if actor is None or not actor.can(READ):
        return {"refused": _("您已没有查看服务纪实的权限。")}
    since, until = (dt.date.fromisoformat(text) if (text := job.payload[name]) else None for name in ("since", "until"))
    wanted = RecordFilter(kind=job.payload["kind"], since=since, until=until)
    grants, target = grants_for(actor, READ), io.BytesIO()
    count = _write(target, actor, _reported(_rows(actor, wanted), job, count_filed(grants, wanted)))
    file_id = storage.save(_("服务备案.xlsx"), XLSX, target.getvalue(), READ, DAYS, actor.account_id)
    audit.record("records.exported", "stored_file", file_id, {"rows": count, "by": actor.account_id})
    return {"file": file_id, "rows": count}


def export_found(actor: Actor, wanted: RecordFilter, target: BinaryIO) -> int:
    """Write what a search found and answer the number of rows. Raises Invalid beyond 20,000."""
    if count_filed(grants_for(actor, READ), wanted) > MOST_ROWS:
        raise Invalid(_("一次最多导出 20000 行。请先按日期或类别缩小范围，再导出。"))
    count = _write(target, actor, _rows(actor, wanted))
    audit.record("records.exported", "tenant", None, {"rows": count})
    return count


def _write(target: BinaryIO, actor: Actor, rows: Iterator[list[Any]]) -> int:
    return write_workbook(target, [Sheet(_("服务备案"), _columns(), rows)],
                          Watermark(actor.display_name, now().astimezone(LOCAL), _("服务备案导出")))


def _columns() -> list[Column]:
    return [Column("member", _("党员"), 12), Column("unit", term("unit"), 32), Column("title", _("服务内容"), 40),
            Column("kind", _("类别"), 12), Column("happened_on", _("日期"), 12, "date"), Column("hours", _("时长（小时）"), 12, "decimal"),
            Column("hours_source", _("时长来源"), 12), Column("community", term("community"), 20), Column("status", _("状态"), 10)]


def _rows(actor: Actor, wanted: RecordFilter) -> Iterator[list[Any]]:
    states, sources = ({key: str(title) for key, title in words.items()} for words in (STATES, SOURCES))
    for batch in ahead(filed_batches(grants_for(actor, READ), wanted, size=BATCH)):
        for row in batch:
            yield [row.member, row.unit, row.title, row.kind, row.happened_on, round(row.minutes / HOUR, 2), sources[row.hours_source],
                   row.community, states[row.status]]


def _reported(rows: Iterator[list[Any]], job: JobContext, total: int) -> Iterator[list[Any]]:
    for done, row in enumerate(rows, start=1):
        yield row
        if done % BATCH == 0:
            job.progress(done, total, _("已写入 %(count)d 行") % {"count": done})
