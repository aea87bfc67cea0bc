"""A rehearsal's outcome as a workbook: totals by county, then every member with the reason, in flat memory."""
from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from typing import Any

from core import audit
from core.access.actor import Actor, load_actor
from core.ahead import ahead
from core.documents import storage
from core.documents.spreadsheet import Column, Sheet, Watermark, write_workbook
from core.errors import NotFound
from core.extension.rule_kinds import RuleKind
from core.i18n import _, _l
from core.jobs import JobContext, enqueue, handler
from core.members.reach import grants_for
from core.rules.kinds import rule_kind
from core.rules.outcomes import Trial, batches, totals, trial
from core.rules.queries import pack_version
from core.tenancy import now
from core.tenancy.clock import LOCAL
from core.terms import term

EXPORT, MANAGE = "rules.export", "rules.manage"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BATCH, DAYS = 1_000, 3


def start_export(rehearsal_id: uuid.UUID) -> uuid.UUID:
    """Let the outcome be written; answers the job's id. Raises NotFound."""
    return enqueue(EXPORT, {"rehearsal": str(trial(rehearsal_id).id)})


@handler(EXPORT, label=_l("导出规则试算"))
def export(job: JobContext) -> dict[str, Any]:
    """Write the workbook and keep it for three days, for its owner only."""
    actor = load_actor(job.created_by) if job.created_by else None
    if actor is None or not actor.can(MANAGE):
        return {"refused": _("您已没有制定规则的权限。")}
    try:
        tried = trial(uuid.UUID(job.payload["rehearsal"]))
    except NotFound:
        return {"refused": _("这次试算已被清理，请重新试算。")}
    target, count = io.BytesIO(), [0]
    write_workbook(target, _sheets(actor, tried, count, job), Watermark(actor.display_name, now().astimezone(LOCAL), _("规则试算")))
    file_id = storage.save(_("规则试算.xlsx"), XLSX, target.getvalue(), EXPORT, DAYS, actor.account_id)
    audit.record("rules.exported", "stored_file", file_id, {"rows": count[0], "by": actor.account_id})
    return {"file": file_id, "rows": count[0]}


def _sheets(actor: Actor, tried: Trial, count: list[int], job: JobContext) -> list[Sheet]:
    kind, grants = rule_kind(pack_version(tried.pack_id).kind), grants_for(actor, MANAGE)
    counted = [Column("name", term("county"), 24), *(Column(key, title, 12, "integer") for key, title in (
        ("gain", _("增加人数")), ("lose", _("减少人数")), ("same", _("不变人数")))),
        Column("before", _("现有合计"), 16), Column("after", _("试算合计"), 16)]
    sums: list[list[Any]] = [[t.name or _("未填社区"), t.gain, t.lose, t.same, kind.show(t.before, tried.document), kind.show(t.after, tried.document)]
            for t in totals(tried.id, grants)]
    people = [Column("member", _("党员"), 12), Column("unit", term("unit"), 32), Column("before", _("现有"), 14), Column("after", _("试算"), 14),
              Column("why", _("原因"), 60)]
    return [Sheet(_("按区县"), counted, sums), Sheet(_("逐人"), people, _people(kind, tried, grants, count, job))]


def _people(kind: RuleKind, tried: Trial, grants: Any, count: list[int], job: JobContext) -> Iterator[list[Any]]:
    for batch in ahead(batches(tried.id, grants, size=BATCH)):
        for row in batch:
            yield [row.member, row.unit, kind.show(row.before, tried.document), kind.show(row.after, tried.document),
                   kind.why(row.why, tried.document)]
        count[0] += len(batch)
        job.progress(count[0], None, _("已写入 %(count)d 行") % {"count": count[0]})
