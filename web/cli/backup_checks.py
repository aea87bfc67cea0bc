"""What `baodao doctor` looks at about backups: the age of the last copy, of the last rehearsal, and of the audit logs' kept heads."""
from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

from core.audit import anchors
from web.backup.shelf import Shelf
from web.cli.findings import FAIL, OK, WARN, Finding
from web.embedded import DataFolder

COPY_HOURS, DRILL_HOURS, HEAD_HOURS = 26, 24 * 8, 2


def backup_findings(data: DataFolder) -> Iterator[Finding]:
    """Security rule 25: a copy each night, a rehearsal now and then, and heads kept outside each hour. An old copy is a failure."""
    shelf = Shelf(Path(os.environ.get("BAODAO_BACKUPS") or data.path / "backups"))
    notes = shelf.notes()
    if not notes:
        yield Finding("备份", WARN, f"{shelf.path} 中还没有备份", "运行 baodao backup key 与 baodao backup，并每夜运行，见 deploy/README.md。")
    else:
        hours = _hours(notes[-1].finished)
        good = hours <= COPY_HOURS
        yield Finding("备份", OK if good else FAIL, f"最近一次在 {hours:.0f} 小时前", "" if good else "运行 baodao backup，并查明夜间备份为何没有进行。")
        yield _drill(shelf)
    yield _heads(data)


def _drill(shelf: Shelf) -> Finding:
    told = shelf.last_drill()
    if told is None:
        return Finding("恢复演练", WARN, "还没有演练过", "运行 baodao backup drill --key 私钥文件。")
    hours = _hours(dt.datetime.fromisoformat(told["at"]))
    if not told["sound"]:
        return Finding("恢复演练", FAIL, f"{hours:.0f} 小时前的演练没有通过", "再次运行 baodao backup drill，按它的说明处理。")
    late = hours > DRILL_HOURS
    return Finding("恢复演练", WARN if late else OK, f"最近一次在 {hours:.0f} 小时前，恢复用时 {told['rto_seconds']:.0f} 秒",
                   "运行 baodao backup drill --key 私钥文件。" if late else "")


def _heads(data: DataFolder) -> Finding:
    folder = Path(os.environ.get("BAODAO_AUDIT_ANCHORS") or data.path / "anchors")
    newest = anchors.newest(folder)
    if newest is None or _hours(newest) > HEAD_HOURS:
        seen = "没有另存过" if newest is None else f"{_hours(newest):.0f} 小时没有另存"
        return Finding("审计标记", WARN, f"{folder}：{seen}", "服务运行时每小时自动另存；目录须能写入，最好在另一台机器上（BAODAO_AUDIT_ANCHORS）。")
    return Finding("审计标记", OK, f"{folder}：最近一小时内另存" if _hours(newest) <= 1 else f"{folder}：{_hours(newest):.0f} 小时前另存")


def _hours(moment: dt.datetime) -> float:
    return (dt.datetime.now(dt.UTC) - moment).total_seconds() / 3600
