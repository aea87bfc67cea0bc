"""Looks at each statement before it is sent: at the driver's cursor, where SQLAlchemy and raw use both pass.

Whoever wants to may look on. And what would outlive its transaction, as a SET without LOCAL or a temporary table, is noted, so that
the connection is not given to the next tenant.
"""
from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import psycopg

#: Called with each statement of this context before it is sent; what it raises keeps the statement from being sent.
onlooker: ContextVar[Callable[[object], None] | None] = ContextVar("baodao_onlooker", default=None)


_LASTING = re.compile(r"\s*(?:set\s+(?!local\b|transaction\b|constraints\b)|reset\b|discard\b|create\s+(?:\w+\s+)?temp|do\b|call\b|listen\b)",
                      re.IGNORECASE)
_MARK = "lasting"


class WatchedCursor(psycopg.Cursor[Any]):
    """The cursor of every connection; a look costs less than a hundredth of the shortest statement."""

    def execute(self, query: Any, *values: Any, **options: Any) -> Any:
        """As the driver's, seen by the onlooker first."""
        _show(query)
        if not isinstance(query, str) or _LASTING.match(query) or "set_config" in query:
            setattr(self.connection, _MARK, True)
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


def outlived(connection: object) -> bool:
    """Whether something may have been sent on the connection that outlives the transaction."""
    return getattr(connection, _MARK, False)


def _show(query: object) -> None:
    if (look := onlooker.get()) is not None:
        look(query)
