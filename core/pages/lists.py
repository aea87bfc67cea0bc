"""A list by pages: each begins after the last row of the one before, so that it stays quick and skips nothing."""
from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import request


def after() -> uuid.UUID | None:
    """From where the list goes on: the id in the address or the form; None for the first page."""
    return request.values.get("after", type=uuid.UUID)


def following(rows: Sequence[Any], size: int) -> Any | None:
    """The id after which the next page begins, where there is one; `rows` (with an id each) are one more than a page of `size` shows."""
    if len(rows) <= size:
        return None
    last = rows[size - 1]
    return last["id"] if isinstance(last, Mapping) else last.id
