"""Says in the model which columns hold personal data, so that masking, export, deletion and tests read one truth (rule 15)."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, Column, MetaData, String

KEY = "privacy"


@dataclass(frozen=True, slots=True)
class PersonalTag:
    """What a personal column holds. `retention` names the event after which it goes: "member" (with the member's
    erasure), "year" (after the closed year) or "log" (with the logs).
    """

    kind: str
    sensitive: bool = False
    retention: str = "member"
    masked: bool = True


@dataclass(frozen=True, slots=True)
class PlainTag:
    """A text column that holds no personal data, and why where that is not plain to see."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class PersonalColumn:
    """One tagged column of the schema."""

    table: str
    column: str
    tag: PersonalTag

    @property
    def path(self) -> str:
        """"table.column", the name used in export files and tests."""
        return f"{self.table}.{self.column}"


def personal(kind: str, *, sensitive: bool = False, retention: str = "member", masked: bool = True) -> dict[str, Any]:
    """The `info` of a mapped_column that holds personal data. `sensitive` is the meaning of PIPL article 28."""
    return {KEY: PersonalTag(kind, sensitive, retention, masked)}


def plain(reason: str = "") -> dict[str, Any]:
    """The `info` of a text column that holds no personal data."""
    return {KEY: PlainTag(reason)}


def untagged_text_columns(metadata: MetaData) -> list[str]:
    """"table.column" of each text column, or array of texts, without a tag; a test fails the build if there is one."""
    return sorted(f"{table.name}.{column.name}" for table in metadata.tables.values() for column in table.columns
                  if _is_text(column) and KEY not in column.info)


def personal_columns(metadata: MetaData) -> list[PersonalColumn]:
    """Every personal column of the schema, sorted by table, then in the table's order."""
    return [PersonalColumn(table.name, column.name, column.info[KEY])
            for table in sorted(metadata.tables.values(), key=lambda t: t.name) for column in table.columns
            if isinstance(column.info.get(KEY), PersonalTag)]


def _is_text(column: Column[Any]) -> bool:
    kind = column.type
    return isinstance(kind.item_type if isinstance(kind, ARRAY) else kind, String)
