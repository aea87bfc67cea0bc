"""What the pages of pledges share: rows of lists in words, on a page and in a workbook."""
from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Response
from sqlalchemy import Row

from core.api import (
    Column,
    _,
    organization_names,
    settings,
    today,
)
from core.pages import in_batches, workbook as write_list
from plugins.pledges.words import is_late, state_word, tone


def days() -> int:
    """How many days ahead a pledge counts as due, for the tenant."""
    return int(settings("pledges")["remind_days"])


def lines(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows of a list in words; the names of places and units in one query."""
    names = organization_names({row.community_id for row in rows} | {row.unit_id for row in rows if row.member_id is None})
    return [line(row, names) for row in rows]


def line(row: Row, names: Mapping[uuid.UUID, str]) -> dict[str, Any]:
    """One row of a list in words."""
    who = row.name if row.member_id is not None else names.get(row.unit_id, "")
    return {**row._mapping, "who": who or "—", "unit": (row.unit_name or "—") if row.member_id is not None else who,
            "community": names.get(row.community_id, ""), "word": state_word(row.state, row.deadline, today()),
            "tone": tone(row.state, row.deadline, today()), "late": is_late(row.state, row.deadline, today()),
            "choice": f"{row.id}:{row.version}"}


def workbook(title: str, rows: Iterable[Row], why: str) -> Response:
    """The list to take away, with a note of who took it, when and why."""
    columns = [Column("who", _("姓名"), 12), Column("unit", _("所在单位"), 24), Column("community", _("社区"), 20), Column("title", _("服务事项"), 26),
               Column("text", _("承诺"), 40), Column("deadline", _("完成期限"), 12, "date"), Column("word", _("状态"), 10),
               Column("published_on", _("公开日期"), 12, "date"), Column("ended_on", _("办结日期"), 12, "date"),
               Column("filed_on", _("备案日期"), 12, "date")]
    return write_list(title, columns, in_batches(rows, lines), why)
