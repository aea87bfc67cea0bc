"""Packs as workbooks: one pack with its members, and the list of packs."""
from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from core.api import Column, Sheet, Watermark, _, acting, now, organization_names, write_workbook
from plugins.feedback import letters, queries
from plugins.feedback.periods import words, written
from plugins.feedback.words import STATES, hours

_BATCH = 200


def pack(pack_id: uuid.UUID) -> bytes:
    """A pack's table with the letter's columns; the words are the paper's."""
    found, lines = queries.one(pack_id), queries.lines_of([pack_id])[pack_id]
    heads = letters.columns(found, lines)
    columns = [Column(str(place), title, max(8, int(share * 9)), _kind(title, align)) for place, (title, share, align) in enumerate(heads)]
    return _written(written(found.period), columns, (_numbers(row, heads) for row in letters.rows(found, lines)), _("反馈函情况表"))


def _kind(title: str, align: str) -> Literal["text", "integer", "decimal"]:
    return "text" if align == "left" else "decimal" if "小时" in title else "integer"


def _numbers(row: Sequence[str], heads: Sequence[tuple[str, float, str]]) -> list[Any]:
    cast: dict[str, Callable[[str], Any]] = {"text": str, "integer": int, "decimal": float}
    return [cast[_kind(title, align)](text) for text, (title, _share, align) in zip(row, heads, strict=True)]


def listing(rows: Iterable[Any], period: str) -> bytes:
    """The list of packs to take away, with a note of who took it, when and why."""
    columns = [Column("unit", _("单位"), 28), Column("community", _("社区"), 24), Column("state", _("状态"), 10), Column("number", _("发文字号"), 20),
               Column("members", _("党员"), 8, "integer"), Column("reported", _("已报到"), 8, "integer"), Column("claims", _("认领"), 8, "integer"),
               Column("done", _("办结"), 8, "integer"),
               Column("activities", _("活动（次）"), 10, "integer"), Column("hours", _("时长（小时）"), 12, "decimal"),
               Column("sent_on", _("送出日期"), 12, "date"),
               Column("answered_on", _("答复日期"), 12, "date")]
    return _written(words(period), columns, _cells(rows), _("反馈清单导出"))


def _cells(rows: Iterable[Any]) -> Iterable[list[Any]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield from _lines(batch)
            batch = []
    yield from _lines(batch)


def _lines(batch: Sequence[Any]) -> Iterable[list[Any]]:
    names = organization_names({one for row in batch for one in (row.community_id, row.unit_id)})
    for row in batch:
        yield [names.get(row.unit_id, ""), names.get(row.community_id, ""), str(STATES[row.state]), row.number or "", row.members, row.reported,
               row.claims, row.claims_done, row.activities, float(hours(row.minutes)), row.sent_on, row.answered_on]


def _written(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], why: str) -> bytes:
    content = io.BytesIO()
    write_workbook(content, [Sheet(title, list(columns), rows)], Watermark(acting().display_name, now(), why))
    return content.getvalue()
