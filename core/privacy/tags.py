"""Tags that say which columns hold personal data, read by masking, export, deletion, the log filter and the tests."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ARRAY, Column, LargeBinary, MetaData, Text

KEY = "baodao_personal"


def personal(kind: str, *, sensitive: bool = False, masked: bool = True, retention: str | None = None) -> dict[str, Any]:
    """`info` of a column that holds personal data of `kind` (name, phone, id_number, address, note ...).

    `sensitive`: never in clear at rest. `masked`: shown in part until revealed. `retention`: a rule's name, or the member's life.
    """
    return {KEY: {"kind": kind, "sensitive": sensitive, "masked": masked, "retention": retention}}


def plain(reason: str = "") -> dict[str, Any]:
    """`info` of a text column that holds no personal data; `reason` where that is not plain to see."""
    return {KEY: None, "reason": reason}


def personal_columns(metadata: MetaData) -> Iterator[Column[Any]]:
    """Every column tagged as personal, by table and name."""
    for table in metadata.sorted_tables:
        yield from (column for column in table.columns if column.info.get(KEY))


def untagged_text_columns(metadata: MetaData) -> list[str]:
    """"table.column" of each text column that carries no tag; the build fails unless this is empty."""
    return [f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns
            if _holds_text(column) and KEY not in column.info]


def _holds_text(column: Column[Any]) -> bool:
    kind = column.type.item_type if isinstance(column.type, ARRAY) else column.type
    return isinstance(kind, Text) and not isinstance(kind, LargeBinary)
