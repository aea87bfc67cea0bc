"""What the overview asks of plugins: counts by place and month, which core adds up to larger places and longer periods."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from core.extension.dataset import DataReach
from core.i18n import LazyString

Side: TypeAlias = Literal["place", "unit"]
Counts: TypeAlias = Mapping[tuple[uuid.UUID, dt.date | None], int]


@dataclass(frozen=True, slots=True)
class FigureRequest:
    """Which counts: by community (`side` is "place") or by unit ("unit"), of those in `reach` only, for days from `since` to `until`, both
    included. Without any reach nothing is counted, and only the titles are asked for.
    """

    side: Side
    reach: tuple[DataReach, ...]
    since: dt.date
    until: dt.date


@dataclass(frozen=True, slots=True)
class Figure:
    """A named figure of the overview. `key` begins with the plugin's name ("wishes.fulfilled"); `title` and `unit` are for people.

    `values` counts by community or unit and first day of the month, so that months and places may be added up; with `now` it tells how
    things stand, and the day is None. `of` is the key of the figure of which this one is a part, to show the share; `scale` divides what
    is shown (minutes of an hour: 60). `order` sorts, small first.
    """

    key: str
    title: str | LazyString
    values: Counts = field(default_factory=dict)
    unit: str | LazyString = ""
    of: str | None = None
    now: bool = False
    scale: int = 1
    order: int = 100
