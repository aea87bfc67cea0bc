"""Statements that nearly every request runs: compiled once with the tenant's predicate in them, then sent as they are.

SQLAlchemy builds, narrows, keys and looks up a statement anew each time, which costs more than PostgreSQL takes to answer.
Here that is done once a shape. The walls stay: no scope, no statement; the guard's predicate is compiled into each tenant
table, aliases included; and row security stands behind it.
"""
from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Select, bindparam
from sqlalchemy.orm import with_loader_criteria

from core.db import TenantRow, fetch
from core.tenancy.scope import session, tenant_id

TENANT = "hot_tenant_id"  # bound from the scope, whatever the caller passes
_MOST = 500
_compiled: dict[Hashable, tuple[str, list[str], dict[str, Any]]] = {}


def rows(shape: Hashable, build: Callable[[], Select[Any]], **values: Any) -> Sequence[Any]:
    """The rows, as named tuples, of the statement that `build` makes for this `shape`, with `values` for its bind parameters.

    `shape` names everything by which two statements differ in their text, the values in a list of IN among it. Values go and come as
    the driver has them: no IN over a bind parameter (use `= ANY`), no type with a conversion of its own. Raises ScopeError without a tenant's scope.
    """
    tenant = tenant_id()
    session().flush()  # as a query through the ORM would
    connection = session().connection()
    if (known := _compiled.get(shape)) is None:
        if len(_compiled) >= _MOST:
            _compiled.clear()
        made: Any = _narrowed(build()).compile(dialect=_numbering(connection), compile_kwargs={"render_postcompile": True})
        known = _compiled[shape] = (str(made), list(made.positiontup), {name: value for name, value in made.params.items() if value is not None})
    text, names, constants = known
    given = {**constants, **values, TENANT: tenant}
    return fetch(connection, text, [given[name] for name in names])


def _numbering(connection: Connection) -> Dialect:
    """The connection's dialect, with parameters as the server numbers them: the driver would read a long statement anew each time."""
    kind: Any = type(connection.dialect)
    dialect: Dialect = kind(paramstyle="numeric_dollar")
    dialect.server_version_info = connection.dialect.server_version_info
    return dialect


def _narrowed(statement: Select[Any]) -> Select[Any]:
    return statement.options(with_loader_criteria(
        TenantRow, lambda cls: cls.tenant_id == bindparam("hot_tenant_id", required=False), include_aliases=True))  # TENANT: a lambda takes no text
