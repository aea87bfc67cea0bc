"""Plugins name here what they erase at a resident's own wish, so that a restored backup does not bring it back (PIPL article 47)."""
from __future__ import annotations

import uuid
from collections.abc import Sequence

from core.audit import erasures
from core.db import Base
from core.privacy.tags import KEY, PersonalTag

KIND = "columns"  # in the list of erasures


def note_erasure(table: str, row_id: uuid.UUID, columns: Sequence[str]) -> None:
    """Note that these columns of a row have just been emptied; a restore to an earlier moment empties them again.

    For what a person asked for. What a nightly job forgets when its time is over it forgets again by itself. Raises ValueError for
    columns that are no resident's.
    """
    if wrong := [name for name in columns if name not in residents_columns(table)]:
        raise ValueError(f"{table}: {wrong} could not be emptied again: columns tagged personal(whose=\"resident\") that may be null")
    erasures.note(KIND, row_id, table, columns)


def residents_columns(table: str) -> list[str]:
    """The columns of a table that are a resident's and may be emptied."""
    known = Base.metadata.tables.get(table)
    return [] if known is None else [column.name for column in known.columns if column.nullable and (
        isinstance(tag := column.info.get(KEY), PersonalTag) and tag.whose == "resident")]
