"""Says in the model which columns hold personal data, so that masking, export, deletion and tests read one truth (rule 15)."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, JSON, Column, LargeBinary, MetaData, String

KEY = "privacy"


@dataclass(frozen=True, slots=True)
class PersonalTag:
    """What a personal column holds. `retention` names the event after which it goes: "member" (with the member's
    erasure), "year" (after the closed year) or "log" (with the logs). `index`: its bytes are a blind index or a fingerprint of the
    value, by which it is found and from which it cannot be read. `whose`: "member", or "resident" and "officer" for what stands in
    a row about a member and is somebody else's.
    """

    kind: str
    sensitive: bool = False
    retention: str = "member"
    masked: bool = True
    index: bool = False
    whose: str = "member"


@dataclass(frozen=True, slots=True)
class PlainTag:
    """A text or JSON column that holds no personal data, and why where that is not plain to see, as in JSON it never is. `sealed`: it is encrypted all the same."""

    reason: str = ""
    sealed: bool = False


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


def personal(kind: str, *, sensitive: bool = False, retention: str = "member", masked: bool = True, index: bool = False,
             whose: str = "member") -> dict[str, Any]:
    """The `info` of a mapped_column that holds personal data. `sensitive` is the meaning of PIPL article 28.

    Bytes are sealed (core.residents.sealing) unless `index` says that they are a fingerprint. What is somebody else's than the
    member's whom the row is about says `whose`: it is in nobody's copy but the owner's.
    """
    return {KEY: PersonalTag(kind, sensitive, retention, masked, index, whose)}


def plain(reason: str = "", *, sealed: bool = False) -> dict[str, Any]:
    """The `info` of a text column that holds no personal data; `sealed` for bytes that are encrypted although they are nobody's."""
    return {KEY: PlainTag(reason, sealed)}


def is_sealed(column: Column[Any]) -> bool:
    """Whether the column's bytes are field encryption's, so that a rotation of keys must encrypt them again."""
    tag = column.info.get(KEY)
    return isinstance(column.type, LargeBinary) and (
        (isinstance(tag, PersonalTag) and not tag.index) or (isinstance(tag, PlainTag) and tag.sealed))


def sealed_columns(metadata: MetaData) -> dict[str, list[str]]:
    """The sealed columns of each table that has any, sorted by table."""
    found = {table.name: [column.name for column in table.columns if is_sealed(column)] for table in metadata.tables.values()}
    return {name: columns for name, columns in sorted(found.items()) if columns}


def untagged_text_columns(metadata: MetaData) -> list[str]:
    """"table.column" of each text column, array of texts or JSON without a tag; a test fails the build if there is one.

    JSON takes in anything that somebody puts there, so that a plain one must say what it is.
    """
    return sorted(f"{table.name}.{column.name}" for table in metadata.tables.values() for column in table.columns
                  if (_is_text(column) and KEY not in column.info) or (isinstance(column.type, JSON) and not _told(column)))


def personal_columns(metadata: MetaData) -> list[PersonalColumn]:
    """Every personal column of the schema, sorted by table, then in the table's order."""
    return [PersonalColumn(table.name, column.name, column.info[KEY])
            for table in sorted(metadata.tables.values(), key=lambda t: t.name) for column in table.columns
            if isinstance(column.info.get(KEY), PersonalTag)]


def _told(column: Column[Any]) -> bool:
    tag = column.info.get(KEY)
    return isinstance(tag, PersonalTag) or (isinstance(tag, PlainTag) and bool(tag.reason))


def _is_text(column: Column[Any]) -> bool:
    kind = column.type
    return isinstance(kind.item_type if isinstance(kind, ARRAY) else kind, String)
