"""What a dataset is: a named table with documented columns that report formats are made of; core and plugins declare theirs."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from core.i18n import LazyString

DataKind: TypeAlias = Literal["text", "code", "integer", "decimal", "date"]
Words: TypeAlias = str | LazyString
Batch: TypeAlias = Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class DataColumn:
    """A column: `key` names it in a layout ({{row.key}}), `title` for people, `unit` what a number counts.

    `total`: a sum over the rows makes sense ({{sum.key}}). `masked`: a number or address of a person, masked unless full data may be read.
    """

    key: str
    title: Words
    kind: DataKind = "text"
    unit: Words = ""
    total: bool = False
    masked: bool = False


class DataReach(NamedTuple):
    """A place or unit below which rows may be read."""

    organization_id: uuid.UUID
    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class DataRequest:
    """Which rows: within one of `reach` (what the reader may see) and below `place`, if there is one; `since` and `until` are days,
    both included, for datasets with a period; `member_id` for those about one member. `full`: masked columns in clear.
    """

    reach: tuple[DataReach, ...]
    since: dt.date
    until: dt.date
    place: DataReach | None = None
    member_id: uuid.UUID | None = None
    full: bool = False


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table to make reports of. `permission` is what its reader must hold; `period` tells whether rows fall into the days asked for.

    `read` answers the rows in batches, each row in the order of the columns, and holds no more than two batches at a time;
    `count` answers how many there will be. Neither may look beyond the request's reach.
    """

    name: str
    title: Words
    columns: tuple[DataColumn, ...]
    permission: str
    read: Callable[[DataRequest], Iterator[Batch]]
    count: Callable[[DataRequest], int]
    description: Words = ""
    period: bool = True
    of_member: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns' keys, in order."""
        return tuple(column.key for column in self.columns)

    @property
    def totals(self) -> tuple[str, ...]:
        """The keys of which a sum makes sense."""
        return tuple(column.key for column in self.columns if column.total)
