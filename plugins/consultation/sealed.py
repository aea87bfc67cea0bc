"""Seals and opens the words of consultations: one place that knows which column of which row they belong to."""
from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from core.api import Invalid, _, seal, unseal, unseal_many

LONGEST = 1000


def put(row: Any, column: str, text: str | None) -> None:
    """Seal a text into a column of a row that has its id."""
    setattr(row, column, seal(row.__tablename__, column, row.id, text or None))


def opened(model: Any, column: str, row_id: uuid.UUID, value: bytes | None) -> str:
    """The text in clear; "" where there is none or it was removed."""
    return unseal(model.__tablename__, column, row_id, value) or ""


def opened_many(model: Any, column: str, rows: Iterable[tuple[uuid.UUID, bytes | None]]) -> Mapping[uuid.UUID, str]:
    """The texts of a page by row, at once."""
    given = list(rows)
    return {row_id: text or "" for (row_id, _value), text in zip(given, unseal_many(model.__tablename__, column, given), strict=True)}


def needed(text: str, field: str, what: str) -> str:
    """A text that says something. Raises Invalid with `what` to do."""
    text = text.strip()
    if len(text) < 2:
        raise Invalid(what, {field: [_("请填写")]})
    if len(text) > LONGEST:
        raise Invalid(_("内容太长，请控制在 %(count)s 个字以内。", count=LONGEST), {field: [_("太长了")]})
    return text
