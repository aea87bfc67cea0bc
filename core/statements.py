"""Lets an onlooker see each statement before it is sent: at the driver's cursor, where SQLAlchemy and raw use both pass."""
from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import psycopg

#: Called with each statement of this context before it is sent; what it raises keeps the statement from being sent.
onlooker: ContextVar[Callable[[object], None] | None] = ContextVar("baodao_onlooker", default=None)


class WatchedCursor(psycopg.Cursor[Any]):
    """The cursor of every connection; without an onlooker it costs a look at a variable."""

    def execute(self, query: Any, *values: Any, **options: Any) -> Any:
        """As the driver's, seen by the onlooker first."""
        _show(query)
        return super().execute(query, *values, **options)

    def executemany(self, query: Any, *values: Any, **options: Any) -> None:
        """Likewise."""
        _show(query)
        super().executemany(query, *values, **options)

    def stream(self, query: Any, *values: Any, **options: Any) -> Any:
        """Likewise."""
        _show(query)
        return super().stream(query, *values, **options)

    def copy(self, statement: Any, *values: Any, **options: Any) -> Any:
        """Likewise."""
        _show(statement)
        return super().copy(statement, *values, **options)


def _show(query: object) -> None:
    if (look := onlooker.get()) is not None:
        look(query)
