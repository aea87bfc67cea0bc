"""The papers of co-building: the agreement to be signed by both, and the yearly list. Papers are Chinese, whatever an officer reads."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.api import PaperColumn, TablePaper, current_tenant, render_layout, table_pdf, today

LAYOUT = Path(__file__).with_name("agreement.typ")
MOST = 1000
_KINDS = {"information": "信息", "funds": "资金", "talent": "人才", "venues": "场所"}


def agreement_pdf(row: Mapping[str, Any]) -> bytes:
    """A4: what is agreed between whom, with room for two seals."""
    day = today()
    parts = [f"{row['amount']:,} 元" if row["amount"] else "", f"{row['hours']} 小时" if row["hours"] else "",
             f"{row['seats']} 人（座）" if row["seats"] else ""]
    return render_layout(LAYOUT, {
        "tenant": current_tenant().name, "unit": row["unit"], "community": row["community"], "kind": _kind(row["kind"]), "title": row["title"],
        "details": row["details"] or "", "quantity": "，".join(part for part in parts if part), "funds": bool(row["amount"]), "since": _day(row["since"]),
        "until": _day(row["until"]), "draft": row["state"] == "proposed", "printed": _day(day)})


def yearly_pdf(rows: Sequence[Mapping[str, Any]], title: str, who: str) -> bytes:
    """The yearly list, A4 across, with its sums."""
    heads = (("单位", 1.8), ("社区", 1.6), ("种类", 0.8), ("共建内容", 2.4), ("时间", 1.7), ("约定金额（元）", 1.1),
             ("到位金额（元）", 1.1), ("履行时数", 0.9), ("次数", 0.6))
    cells = [[row["unit"], row["community"], _kind(row["kind"]), row["title"], f"{row['since'].isoformat()} 至 {row['until'].isoformat()}",
              _number(row["amount"]), _number(row["done_amount"]), _number(row["done_hours"]), _number(row["times"])] for row in rows]
    sums = [sum(row[key] or 0 for row in rows) for key in ("amount", "done_amount", "done_hours", "times")]
    total = [["合计", "", "", f"{len(rows)} 份协议", "", *(_number(one) for one in sums)]] if rows else []
    columns = [PaperColumn(head, share, "right" if number > 4 else "left") for number, (head, share) in enumerate(heads)]
    return table_pdf(TablePaper(title, columns, [*cells, *total], subtitle=f"{current_tenant().name}　金额、时数只算社区确认过的",
                                note=f"{who} {_day(today())}打印", landscape=True))


def _kind(kind: str) -> str:
    return _KINDS.get(kind, kind)


def _number(value: int | None) -> str:
    return f"{value:,}" if value else ""


def _day(day: Any) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
