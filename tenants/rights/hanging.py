"""Which of core's tables hold something about a member, found by their foreign keys, so that a new one is never forgotten."""
from __future__ import annotations

import uuid
from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, select

from core.db import Base
from core.extension.registry import current
from core.privacy.tags import KEY, PersonalTag
from core.tenancy.scope import tenant_id

MEMBER = "member"
_ROOMS = frozenset({"core", "tenants"})
Chain = tuple[tuple[str, str], ...]  # (table, its column that names the next table's row), the last one names the member


@cache
def chains() -> dict[str, Chain]:
    """How each table of core hangs on the member, the member's own table with an empty chain; the shortest way first."""
    found: dict[str, Chain] = {MEMBER: ()}
    ours = _of_core()
    grown = True
    while grown:
        grown = False
        for table in ours:
            if table.name not in found and (way := _way(table, found)) is not None:
                found[table.name], grown = way, True
    return found


def _way(table: Table, found: dict[str, Chain]) -> Chain | None:
    """By a column that names a row about the member whose rows hang on that one's life, an account's being the member's own."""
    ways = [((table.name, _own_column(key)), *found[key.referred_table.name]) for key in table.foreign_key_constraints
            if key.referred_table.name in found and (key.ondelete == "CASCADE" or table.name == "account")]
    return min(ways, key=len) if ways else None


def _own_column(key: Any) -> str:
    return next(str(element.parent.name) for element in key.elements if element.parent.name != "tenant_id")


def _of_core() -> list[Table]:
    """Core's tables whose rows are a tenant's. By where the model stands: a plugin that was refused has left its models behind."""
    ours = {str(mapper.local_table) for mapper in Base.registry.mappers if mapper.class_.__module__.partition(".")[0] in _ROOMS}
    return [table for table in sorted(Base.metadata.tables.values(), key=lambda t: t.name)
            if table.name in ours and "tenant_id" in table.c and "id" in table.c]


def known() -> list[Table]:
    """Core's tables and those of the plugins that are loaded."""
    plugins = {str(model.__tablename__) for plugin in current().plugins.values() for model in plugin.models}  # type: ignore[attr-defined]
    return [*_of_core(), *(table for name, table in sorted(Base.metadata.tables.items()) if name in plugins)]


def about(table: Table, member_id: uuid.UUID) -> ColumnElement[bool]:
    """The condition on a table's rows: they are about this member."""
    return (table.c.tenant_id == tenant_id()) & _tied(table, chains()[table.name], member_id)


def _tied(table: Table, chain: Chain, member_id: uuid.UUID) -> ColumnElement[bool]:
    if not chain:
        return table.c.id == member_id
    column, rest = table.c[chain[0][1]], chain[1:]
    if not rest:
        return column == member_id
    parent = Base.metadata.tables[rest[0][0]]
    return column.in_(select(parent.c.id).where(parent.c.tenant_id == tenant_id(), _tied(parent, rest, member_id)))


def tag(column: Column[Any]) -> PersonalTag | None:
    """The column's tag when it is personal."""
    found = column.info.get(KEY)
    return found if isinstance(found, PersonalTag) else None
