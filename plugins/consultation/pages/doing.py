"""What the pages of consultations share: what forms held of an answer, and the columns of their lists."""
from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from flask import request

from core.api import Column, _
from core.pages import said
from plugins.consultation.answering import OpinionInput


def words() -> int:
    """The version of the answer's words that was read."""
    return request.form.get("words", 0, type=int)


def opinions(subject_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, OpinionInput]:
    """What the form says of each person."""
    return {one: OpinionInput(said(f"opinion-{one}"), said(f"reason-{one}")) for one in subject_ids}


def list_columns() -> list[Column]:
    """The columns of a list of requests that is taken away."""
    return [Column("asker", _("征求意见的单位"), 24), Column("community", _("社区"), 22), Column("purpose", _("事由"), 16), Column("about", _("对象"), 30),
            Column("persons", _("数量"), 8, "integer"), Column("asked_on", _("征求日期"), 12, "date"), Column("deadline", _("期限"), 12, "date"),
            Column("word", _("状态"), 12), Column("closed_on", _("办结日期"), 12, "date")]
