"""What is sent to PostgreSQL, noted where every statement passes: at the driver's cursor."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import psycopg


@contextmanager
def sent() -> Iterator[list[str]]:
    """The statements that are sent inside the block, in their order, without a transaction's beginning and end."""
    seen: list[str] = []
    execute, executemany = psycopg.Cursor.execute, psycopg.Cursor.executemany

    def note(cursor: Any, query: Any, *values: Any, **options: Any) -> Any:
        if not str(query).startswith("BEGIN"):
            seen.append(str(query))
        return execute(cursor, query, *values, **options)

    def note_many(cursor: Any, query: Any, *values: Any, **options: Any) -> Any:
        seen.append(str(query))
        return executemany(cursor, query, *values, **options)

    with patch.object(psycopg.Cursor, "execute", note), patch.object(psycopg.Cursor, "executemany", note_many):
        yield seen
