"""Has a plugin's deferred constraints checked at the end of its part: at the commit they would take the caller's work along."""
from __future__ import annotations

from typing import Any

from psycopg import sql

_QUERY = """select n.nspname, c.conname, c.condeferred from pg_constraint c join pg_class t on t.oid = c.conrelid
 join pg_namespace n on n.oid = c.connamespace where c.condeferrable and (t.relname = %s or starts_with(t.relname, %s))"""
_Constraint = tuple[str, str, bool]
_known: dict[tuple[str, str], tuple[_Constraint, ...]] = {}  # by database and plugin; migrations run before the process starts


def check_deferred(plugin: str, driver: Any) -> None:
    """Check now what the plugin's tables put off, in the open transaction. Raises the driver's error for what is broken.

    Most plugins defer nothing, and then no statement is sent after the first time.
    """
    key = (driver.info.dbname, plugin)
    if key not in _known:
        _known[key] = tuple(driver.execute(_QUERY, (plugin, f"{plugin}_")).fetchall())
    if found := _known[key]:
        driver.execute(_set(found, "IMMEDIATE").as_string(driver))
        if deferred := [one for one in found if one[2]]:
            driver.execute(_set(deferred, "DEFERRED").as_string(driver))


def _set(constraints: Any, when: str) -> sql.Composed:
    names = sql.SQL(", ").join(sql.Identifier(schema, name) for schema, name, _deferred in constraints)
    return sql.SQL("SET CONSTRAINTS {} {}").format(names, sql.SQL(when))
