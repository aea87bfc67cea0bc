"""The work register 工作台账 as a workbook: one entry, two registers, the community's and the unit's (R20, R55, D4)."""
from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

from core import audit
from core.access.actor import Actor, load_actor
from core.documents import storage
from core.documents.spreadsheet import Column, Sheet, Watermark, write_workbook
from core.errors import Invalid
from core.extension.dispatch import collect
from core.extension.facts import ClaimPart
from core.extension.registry import current
from core.i18n import _, _l
from core.jobs import JobContext, enqueue, handler
from core.members.reach import grants_for
from core.service.claims.queries import ClaimFilter, ClaimRow, Served, count_register, names_under, register_batches, served
from core.service.claims.rights import EXPORT
from core.service.words import GROUPS, RECIPIENTS
from core.tenancy import now
from core.tenancy.clock import LOCAL
from core.terms import term

JOB = "claims.register"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BATCH, DAYS, MOST_ROWS, HOUR = 500, 3, 20_000, 60
STATES = {"held": _l("进行中"), "waiting": _l("候补"), "done": _l("已办结"), "released": _l("已退出"), "lapsed": _l("随事项关闭")}
SIDES = {"community": _l("社区工作台账"), "unit": _l("单位工作台账")}
NOTHING = Served()


def source_title(source: str) -> str:
    """How the matters of a plugin are called; also while it is off."""
    plugin = current().plugins.get(source)
    return str((plugin.matters.title if plugin.matters else plugin.title) if plugin else source)


def who(row: ClaimRow, under: Sequence[str]) -> str:
    """The member, or for a unit's claim those who serve under it."""
    return row.member or (_("集体认领（%(count)s 人）：%(names)s", count=len(under), names="、".join(under)) if under else _("集体认领"))


def parts_of(claim_ids: Sequence[uuid.UUID]) -> list[ClaimPart]:
    """The plugins' columns for these claims, in their order."""
    return sorted(collect("claim_parts", claim_ids=tuple(claim_ids)), key=lambda part: part.order)


def start_export(side: str, wanted: ClaimFilter) -> uuid.UUID:
    """Let a register be written by a job; answers its id. Raises ValueError for a typed name, which no job may hold."""
    if wanted.name:
        raise ValueError("a job's payload holds nobody's name")
    return enqueue(JOB, {"side": side, "source": wanted.source, "since": wanted.since and wanted.since.isoformat(),
                         "until": wanted.until and wanted.until.isoformat()})


@handler(JOB, label=_l("导出工作台账"))
def export(job: JobContext) -> dict[str, Any]:
    """Write the workbook and keep it for three days, for its owner only."""
    actor = load_actor(job.created_by) if job.created_by else None
    if actor is None or not actor.can(EXPORT):
        return {"refused": _("您已没有导出工作台账的权限。")}
    since, until = (dt.date.fromisoformat(text) if (text := job.payload[name]) else None for name in ("since", "until"))
    side, wanted, target = job.payload["side"], ClaimFilter(job.payload["source"], since=since, until=until), io.BytesIO()
    total = count_register(side, grants_for(actor, EXPORT), wanted)
    count = _write(target, actor, side, wanted, lambda done: job.progress(done, total, _("已写入 %(count)d 行") % {"count": done}))
    file_id = storage.save(f"{SIDES[side]}.xlsx", XLSX, target.getvalue(), EXPORT, DAYS, actor.account_id)
    audit.record("claims.exported", "stored_file", file_id, {"rows": count, "by": actor.account_id})
    return {"file": file_id, "rows": count}


def export_found(actor: Actor, side: str, wanted: ClaimFilter, target: BinaryIO) -> int:
    """Write what a search found and answer the number of rows. Raises Invalid beyond 20,000."""
    if count_register(side, grants_for(actor, EXPORT), wanted) > MOST_ROWS:
        raise Invalid(_("一次最多导出 20000 行。请先按日期缩小范围，再导出。"))
    count = _write(target, actor, side, wanted, lambda _done: None)
    audit.record("claims.exported", "tenant", None, {"rows": count})
    return count


def _write(target: BinaryIO, actor: Actor, side: str, wanted: ClaimFilter, tell: Callable[[int], None]) -> int:
    title = str(SIDES[side])
    parts = [part.title for part in parts_of(())]
    rows = _rows(register_batches(side, grants_for(actor, EXPORT), wanted, size=BATCH), parts, tell)
    return write_workbook(target, [Sheet(title, [*_columns(), *(Column(f"part{n}", part, 24) for n, part in enumerate(parts))], rows)],
                          Watermark(actor.display_name, now().astimezone(LOCAL), title))


def _columns() -> list[Column]:
    return [Column("claimed_on", _("认领日期"), 12, "date"), Column("who", _("党员"), 14), Column("unit", term("unit"), 28),
            Column("community", term("community"), 20), Column("source", _("来源"), 10), Column("title", _("服务事项"), 36),
            Column("recipient", _("服务对象类别"), 16), Column("due_on", _("完成期限"), 12, "date"), Column("state", _("状态"), 10),
            Column("ended_on", _("办结日期"), 12, "date"), Column("reason", _("退出原因"), 20), Column("records", _("服务次数"), 10, "integer"),
            Column("counted", _("已计入次数"), 10, "integer"), Column("hours", _("已计入时长（小时）"), 12, "decimal")]


def _rows(batches: Iterator[Sequence[Any]], parts: Sequence[str], tell: Callable[[int], None]) -> Iterator[list[Any]]:
    done = 0
    for batch in batches:
        rows = [ClaimRow(*row) for row in batch]
        ids = [row.id for row in rows]
        came, under, said = served(ids), names_under(ids), {part.title: part.values for part in parts_of(ids)}
        for row in rows:
            yield [*_cells(row, came.get(row.id, NOTHING), under.get(row.id, ())), *(said.get(part, {}).get(row.id) for part in parts)]
        tell(done := done + len(rows))


def _cells(row: ClaimRow, came: Served, under: Sequence[str]) -> list[Any]:
    recipient = GROUPS.get(row.recipient_group or "", row.recipient_group) or RECIPIENTS[row.recipient_kind]
    return [row.claimed_on, who(row, under), row.unit, row.community, source_title(row.source), row.title, str(recipient), row.due_on,
            str(STATES[row.state]), row.ended_on, row.reason, came.records, came.counted, round(came.counted_minutes / HOUR, 2)]
