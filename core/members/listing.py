"""Reads the rows of a table that a plugin declares: narrowed to one's reach, searched, ordered, page by page or all for an export."""
from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Subquery, TableClause, and_, false, inspect, or_, select, true
from sqlalchemy.orm import aliased
from sqlalchemy.sql import visitors
from sqlalchemy.sql.operators import desc_op

from core.db import Base
from core.extension.declarations import Table, TableColumn
from core.extension.reach import NAME
from core.members.models import Member
from core.members.queries import named
from core.members.reaching import in_reach
from core.organizations.models import Organization
from core.spelling import did_you_mean
from core.tenancy import session
from core.tenancy.scope import tenant_id

PAGE, BATCH = 50, 1_000
_KEY = "_order_{}"


@dataclass(frozen=True, slots=True)
class TablePage:
    """One page of rows; `following` is the last row's id when there are more. `cut`: more rows than can be shown without paging."""

    rows: Sequence[Row[Any]]
    following: uuid.UUID | None = None
    cut: bool = False


def page_of(query: Select[Any], table: Table, *, text: str = "", after: uuid.UUID | None = None) -> TablePage:
    """The rows that follow `after`, at most fifty, of those in which `text` occurs.

    A query that has no column `id`, such as one of sums, is shown in one page. Raises TypeError for what is no `select`, KeyError for
    a column that it does not have.
    """
    rows = _Rows(query, table)
    statement = rows.statement(text)
    if rows.id is None:
        found = session().execute(statement.limit(BATCH + 1)).all()
        return TablePage(found[:BATCH], cut=len(found) > BATCH)
    if after is not None and (anchor := session().execute(select(*rows.keys).where(rows.id == after)).first()) is not None:
        statement = statement.where(rows.behind(anchor))
    found = session().execute(statement.limit(PAGE + 1)).all()
    return TablePage(found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None)


def every_row(query: Select[Any], table: Table, *, text: str = "") -> Iterator[Row[Any]]:
    """All rows in which `text` occurs, read in batches as they are needed."""
    statement = _Rows(query, table).statement(text)
    yield from session().execute(statement.execution_options(yield_per=BATCH))


class _Rows:
    """A plugin's query as a sub-query, with the keys of its order beside its columns."""

    def __init__(self, query: Select[Any], table: Table) -> None:
        if not isinstance(query, Select):
            raise TypeError(f"{table.name} must return a select(), not {type(query).__name__}")
        order = [_direction(clause) for clause in query._order_by_clauses]
        inner = query.where(*(in_reach(entity, table.permission) for entity in _reaching(query, table.name))).order_by(None)
        inner = inner.add_columns(*(key.label(_KEY.format(place)) for place, (key, _down) in enumerate(order)))
        self.table, self.found = table, inner.subquery(f"{table.name}_rows")
        self.id: Any = self.found.c.get("id")
        self.keys: list[Any] = [self.found.c[_KEY.format(place)] for place in range(len(order))]
        self.down = [down for _key, down in order]
        if self.id is not None:  # two rows may be equal in all that orders them
            self.keys.append(self.id)
            self.down.append(self.down[-1] if self.down else True)

    def statement(self, text: str) -> Select[Any]:
        """The shown columns of the rows in which `text` occurs, in order."""
        shown, joins = [] if self.id is None else [self.id.label("id")], []
        wanted: list[ColumnElement[bool]] = []
        for column in self.table.columns:
            value, joined = _shown(column, self.found)
            shown.append(value.label(column.key))
            joins += joined
            if column.search and text:
                wanted.append(_search(column, joined, value, text))
        statement = select(*shown).select_from(self.found)
        for other, tie in joins:
            statement = statement.outerjoin(other, tie)
        condition = true() if not text else or_(*wanted) if wanted else false()
        return statement.where(condition).order_by(*(key.desc() if down else key.asc() for key, down in zip(self.keys, self.down, strict=True)))

    def behind(self, anchor: Row[Any]) -> ColumnElement[bool]:
        """Rows that come after the one whose keys are `anchor`; nulls stand last, or first where the order goes down."""
        parts: list[ColumnElement[bool]] = []
        equal: list[ColumnElement[bool]] = []
        for key, value, down in zip(self.keys, anchor, self.down, strict=True):
            parts.append(and_(*equal, _later(key, value, down=down)))
            equal.append(key.is_not_distinct_from(value))
        # Said once more in a form that lets an index begin there.
        first = self.keys[0] <= anchor[0] if self.down[0] and anchor[0] is not None else true()
        return and_(first, or_(*parts))


def _reaching(query: Select[Any], name: str) -> list[Any]:
    """The entities of the query whose rows belong to somebody. Raises TypeError when such rows are read without naming one."""
    entities = {id(one["entity"]): one["entity"] for one in query.column_descriptions if one.get("entity") is not None}
    found = [entity for entity in entities.values() if hasattr(inspect(entity).mapper.class_, NAME)]
    if not found and (hidden := {element.name for source in query.get_final_froms() for element in visitors.iterate(source)
                                 if isinstance(element, TableClause)} & _tables_with_reach()):
        raise TypeError(f"{name} must name a column of {', '.join(sorted(hidden))} in its select(), or it would not keep to one's reach")
    return found


def _tables_with_reach() -> set[str]:
    return {mapper.local_table.name for mapper in Base.registry.mappers  # type: ignore[attr-defined]
            if getattr(mapper.class_, NAME, None) is not None}


def _direction(clause: Any) -> tuple[Any, bool]:
    """What an ORDER BY's part orders by, and whether it goes down."""
    if getattr(clause, "modifier", None) is desc_op:
        return clause.element, True
    return getattr(clause, "element", clause) if getattr(clause, "modifier", None) is not None else clause, False


def _later(key: Any, value: Any, *, down: bool) -> ColumnElement[bool]:
    if down:
        return key.is_not(None) if value is None else key < value
    return false() if value is None else or_(key > value, key.is_(None))


def _shown(column: TableColumn, found: Subquery) -> tuple[Any, list[tuple[Any, Any]]]:
    """The column's value, and what must be joined for it."""
    if column.key not in found.c:
        known = [name for name in found.c.keys() if not name.startswith("_")]  # noqa: SIM118  a collection of columns is no dict
        raise KeyError(f"{found.name} has no column {column.key}{did_you_mean(column.key, known)}")
    identity: Any = found.c[column.key]
    if column.kind not in ("place", "member"):
        return identity, []
    other: Any = aliased(Organization if column.kind == "place" else Member, name=f"{column.key}_{column.kind}")
    return other.name, [(other, (other.tenant_id == tenant_id()) & (other.id == identity))]


def _search(column: TableColumn, joined: list[tuple[Any, Any]], value: Any, text: str) -> ColumnElement[bool]:
    if column.kind == "member":  # by name, pinyin or initials, each answered by an index
        return joined[0][0].id.in_(select(Member.id).where(Member.tenant_id == tenant_id(), named(text)))
    found: ColumnElement[bool] = value.icontains(text, autoescape=True)
    return found
