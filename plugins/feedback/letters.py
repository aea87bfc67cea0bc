"""A pack as an official letter: its words and its table once, from which the PDF, the Word file and the workbook are made.

The letter is the country's, so its words are Chinese, whoever prints it.
"""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.api import organization_names, render_layout, session, settings, tenant_id
from plugins.feedback import queries
from plugins.feedback.models import UNSIGNED, FeedbackPack
from plugins.feedback.periods import written
from plugins.feedback.words import hours, waived

LAYOUT = Path(__file__).with_name("letter.typ")
REPORTED = {"confirmed": "已报到", "submitted": "待确认", "ended": "已转出", None: "未在本社区报到"}
NOTE = "评价只计次数，不含服务对象的姓名和意见；公共区域免评价的服务不计入。“未在本社区报到”指在别处报到、到本社区服务的党员。"
_NARROW = 1.2  # of a column, in shares of the width
_WIDE = 12  # columns from which on the table lies across


def letters(pack_ids: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    """The letters of packs in the order given, as plain values; a fixed number of queries and one more for each correction."""
    packs = queries.several(pack_ids)
    lines, names = queries.lines_of(pack_ids), organization_names({one for pack in packs for one in (pack.community_id, pack.unit_id)})
    return [_letter(pack, lines[pack.id], names) for pack in packs]


def pdf(found: Sequence[dict[str, Any]]) -> bytes:
    """Letters as one PDF, each beginning on a page of its own."""
    return render_layout(LAYOUT, {"letters": list(found)})


def columns(pack: FeedbackPack, lines: Sequence[Any]) -> list[tuple[str, float, str]]:
    """The table's columns as title, share of the width and alignment; remarks have one only where there are any."""
    return [("序号", 0.7, "center"), ("姓名", 1.3, "left"), ("报到情况", 2.4, "left"), ("认领事项", 0.9, "right"), ("办结", 0.8, "right"),
            *((one["title"], 0.9, "right") for one in pack.parts), ("参加活动（次）", 1.2, "right"), ("服务时长（小时）", 1.2, "right"),
            ("满意", 0.8, "right"), ("基本满意", 0.8, "right"), ("不满意", 0.9, "right"),
            *([("社区评语", 2.8, "left")] if any(line.remark for line in lines) else [])]


def rows(pack: FeedbackPack, lines: Sequence[Any]) -> list[list[str]]:
    """The table's rows as texts."""
    remarks = any(line.remark for line in lines)
    return [[str(place), line.name, _reported(line), str(line.claims), str(line.claims_done),
             *(str(line.parts.get(one["key"], 0)) for one in pack.parts), str(line.activities), hours(line.minutes), str(line.satisfied),
             str(line.fair), str(line.dissatisfied), *([line.remark or ""] if remarks else [])] for place, line in enumerate(lines, 1)]


def _reported(line: Any) -> str:
    return REPORTED[line.report_state] + (f" {line.reported_on:%Y-%m-%d}" if line.reported_on else "")


def _letter(pack: FeedbackPack, lines: Sequence[Any], names: dict[uuid.UUID, str]) -> dict[str, Any]:
    issuer = _party(names.get(pack.community_id, "") if pack.community_id else pack.sender or "")
    heads, values = columns(pack, lines), settings("feedback", pack.community_id)
    wide = len(heads) >= _WIDE
    return {"red_head": values["red_head"], "issuer": issuer, "number": pack.number or "", "draft": pack.state in UNSIGNED,
            "title": f"关于{written(pack.period)}在职党员到社区服务情况的反馈函", "addressee": f"{_party(names.get(pack.unit_id, ''))}：",
            "paragraphs": _paragraphs(pack, values["answer_days"]), "columns": [{"title": _broken(t, share), "share": share, "align": a} for t, share, a in heads],
            "rows": rows(pack, lines), "note": NOTE, "wide": wide, "signer": pack.signer or "",
            "date": _day(pack.signed_on) if pack.signed_on else "　　　年　　月　　日", "table": f"{written(pack.period)}在职党员服务情况表"}


def _broken(title: str, share: float) -> str:
    """A head for a narrow column, broken where the sense allows it: 参加活动 over （次）, 基本 over 满意."""
    if share > _NARROW:
        return title
    return title.replace("（", "\n（") if "（" in title else f"{title[:2]}\n{title[2:]}" if len(title) == 4 else title


def _party(name: str) -> str:
    """The Party organisation of a place or unit, which some are called by already."""
    return name if name.startswith("中共") or name.endswith(("党委", "党组", "党总支", "党支部", "党组织", "工委")) else f"{name}党组织"


def _paragraphs(pack: FeedbackPack, answer_days: int) -> list[str]:
    parts = "".join(f"{one['title']} {one['total']} 项，" for one in pack.parts)
    served = (f"你单位有 {pack.members} 名党员在本社区报到或服务，其中已报到 {pack.reported} 名。期内认领事项 {pack.claims} 项，其中已办结 {pack.claims_done} 项；"
              f"{parts}参加活动 {pack.activities} 人次，服务纪实 {pack.records} 条、{hours(pack.minutes)} 小时。"
              f"服务对象评价满意 {pack.satisfied} 次、基本满意 {pack.fair} 次、不满意 {pack.dissatisfied} 次。各人情况见所附情况表。")
    if unrated := waived(pack):
        served = served.replace("。各人情况见", f"，公共区域服务免评价 {unrated} 次。各人情况见")
    norm = f"每名党员每年参加活动一般不少于 {pack.norm} 次，此处仅供了解情况，不作考核。" if pack.norm else ""
    remark = f"社区的意见：{pack.remark}" if pack.remark else ""
    return [one for one in (
        f"现将你单位在职党员 {_day(pack.begins_on)}至{_day(pack.ends_on)}在本社区报到和服务群众的情况反馈如下。", served, norm, remark, _corrects(pack),
        f"请了解本单位党员在社区的现实表现。如有意见和建议，请在收到后 {answer_days} 天内答复，也可以随时与社区联系。") if one]


def _corrects(pack: FeedbackPack) -> str:
    if pack.revision == 1:
        return ""
    old = session().get(FeedbackPack, (tenant_id(), pack.replaces_id)) if pack.replaces_id else None
    return f"本函更正此前的{old.number if old and old.number else '反馈函'}，以本函为准。"


def _day(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
