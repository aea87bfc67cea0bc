"""Takes in what came out of a group's chat as a table: read in a child process, shown with what is wrong in which line, then taken over."""
from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from core.api import Conflict, Invalid, NotFound, _, audit, new_id, now, seal, session, settings, small_table, tenant_id, today, unseal
from plugins.needs.models import CHANNELS, NeedSheet
from plugins.needs.texts import tidy
from plugins.needs.words import CHANNELS as CHANNEL_TITLES
from plugins.needs.writing import CONTACT, LONGEST, Contact, NeedInput, receive

MOST_LINES = 500
HEADINGS = {"text": "内容", "category": "类别", "channel": "渠道", "received_on": "日期", "name": "称呼", "phone": "电话"}
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: its number on the sheet, its values as text, and what is wrong with it."""

    number: int
    values: dict[str, str]
    faults: list[str]


def read(content: bytes, filename: str, community_id: uuid.UUID) -> list[Line]:
    """The lines of a csv or xlsx file, each with its faults. Raises Invalid for a file that cannot be read or has not the columns."""
    rows = small_table(content, filename, rows=MOST_LINES + 20)
    head = next((number for number, row in enumerate(rows[:10]) if HEADINGS["text"] in [_text(cell) for cell in row]), None)
    if head is None:
        raise Invalid(_("没有找到“内容”这一列。请下载模板，把内容粘贴进去再上传。"), {"file": [_("缺少“内容”列")]})
    places = {name: [_text(cell) for cell in rows[head]].index(title) for name, title in HEADINGS.items() if title in
              [_text(cell) for cell in rows[head]]}
    found = [(number, {name: _text(row[place]) if place < len(row) else "" for name, place in places.items()})
             for number, row in enumerate(rows[head + 1:], head + 2)]
    lines = [Line(number, values, _faults(values, settings("needs", community_id)["categories"])) for number, values in found if any(values.values())]
    if not 0 < len(lines) <= MOST_LINES:
        raise Invalid(_("表格应有 1 至 %(most)s 行内容，现在是 %(count)s 行。", most=MOST_LINES, count=len(lines)), {"file": [_("请检查行数")]})
    return _doubles_marked(lines)


def keep(lines: Sequence[Line], community_id: uuid.UUID, *, by: uuid.UUID) -> uuid.UUID:
    """Hold the lines (sealed) until the officer has looked at them; answers where."""
    identity = new_id()
    text = json.dumps([dataclasses.asdict(line) for line in lines], ensure_ascii=False)
    session().add(NeedSheet(id=identity, community_id=community_id, lines=seal("needs_sheet", "lines", identity, text),
                            accepted=sum(not line.faults for line in lines), imported_on=None, uploaded_by=by, created_at=now()))
    session().flush()
    audit("needs.sheet_read", "needs_sheet", identity, {"lines": len(lines)})
    return identity


def kept(sheet_id: uuid.UUID) -> tuple[NeedSheet, list[Line]]:
    """A sheet that waits, with its lines. Raises NotFound."""
    row = session().scalar(select(NeedSheet).where(NeedSheet.tenant_id == tenant_id(), NeedSheet.id == sheet_id))
    if row is None:
        raise NotFound
    return row, [Line(**line) for line in json.loads(unseal("needs_sheet", "lines", row.id, row.lines) or "[]")]


def take_over(sheet_id: uuid.UUID, *, by: uuid.UUID) -> int:
    """Take in the lines that are right; sent twice they are taken in once. Answers their number. Raises Conflict, NotFound."""
    row = session().scalar(select(NeedSheet).where(NeedSheet.tenant_id == tenant_id(), NeedSheet.id == sheet_id).with_for_update()
                           .execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.imported_on is not None:
        return row.accepted
    lines = [line for line in kept(sheet_id)[1] if not line.faults]
    if not lines:
        raise Conflict(_("没有可以导入的行。请按提示改好表格，重新上传。"))
    for line in lines:
        receive(_given(line.values, row.community_id), by=by, need_id=uuid.uuid5(sheet_id, str(line.number)))
    row.imported_on, row.accepted = today(), len(lines)
    row.lines = seal("needs_sheet", "lines", row.id, "[]") or b""  # what was taken over is kept once
    session().flush()
    audit("needs.sheet_imported", "needs_sheet", sheet_id, {"needs": len(lines)})
    return len(lines)


def _given(values: Mapping[str, str], community_id: uuid.UUID) -> NeedInput:
    channel, note = _channel(values.get("channel", ""))
    return NeedInput(community_id, values["text"], values.get("category") or None, channel, note,
                     contact=Contact(values.get("name", ""), values.get("phone", "")), received_on=_day(values.get("received_on", "")))


def _channel(text: str) -> tuple[str, str]:
    """The channel's key by its name; one of the tenant's own keeps its name."""
    if not text:
        return "other", ""
    known = {str(title).casefold(): key for key, title in CHANNEL_TITLES.items()} | {key: key for key in CHANNELS} | {
        "qq": "qq", "微信群": "wechat", "公众号": "wechat", "社区网站": "website", "入户": "visit", "走访": "visit"}
    key = known.get(text.casefold())
    return (key, "") if key and key != "member" else ("other", text[:30])


def _faults(values: Mapping[str, str], categories: list[str]) -> list[str]:
    faults = []
    if not 2 <= len(values.get("text", "")) <= LONGEST:
        faults.append(_("内容应为 2 至 %(most)s 个字", most=LONGEST))
    if values.get("category") and values["category"] not in categories:
        faults.append(_("类别不在列表中：%(value)s", value=values["category"][:20]))
    if given := values.get("received_on"):
        day = _day(given)
        if day is None or not today() - dt.timedelta(days=730) <= day <= today():
            faults.append(_("日期应为今天或以前两年内，如 2026-03-05"))
    faults += [_("%(column)s最多 %(most)s 个字", column=HEADINGS[name], most=CONTACT[name]) for name in ("name", "phone")
               if len(values.get(name, "")) > CONTACT[name]]
    return faults


def _doubles_marked(lines: list[Line]) -> list[Line]:
    """A text that stands on the sheet twice is taken in once: people send the same message to two groups."""
    seen: dict[tuple[str, str], int] = {}
    for line in lines:
        key = (line.values.get("text", ""), line.values.get("phone", ""))
        if key in seen:
            line.faults.append(_("与第 %(line)s 行重复", line=seen[key]))
        seen.setdefault(key, line.number)
    return lines


def _day(text: str) -> dt.date | None:
    match = _DAY.fullmatch(text.split(" ", maxsplit=1)[0])
    try:
        return dt.date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        return None


def _text(cell: Any) -> str:
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return tidy(str(cell)) if cell is not None else ""
