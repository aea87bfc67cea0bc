"""The second wall: every ORM statement is narrowed to the scope's tenant, and refused when there is none."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Over, Select, Table, event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria
from sqlalchemy.sql import visitors

from core.db import Base, TenantRow
from core.errors import ScopeError


def install() -> None:
    """Attach the guard to every session of this process; calling it again changes nothing."""
    if not event.contains(Session, "do_orm_execute", narrow):
        event.listen(Session, "do_orm_execute", narrow)
        event.listen(Session, "before_flush", check_flush)


def remove() -> None:
    """Detach the guard. Only the twins of the wall's tests call this."""
    if event.contains(Session, "do_orm_execute", narrow):
        event.remove(Session, "do_orm_execute", narrow)
        event.remove(Session, "before_flush", check_flush)


def narrow(state: ORMExecuteState) -> None:
    """Add the tenant's predicate to the statement, whatever its shape; raise ScopeError without a tenant.

    The predicate is attached without asking first which tables occur: a check of the top-level columns alone overlooks
    counts, sub-queries, EXISTS, CTEs and unions.
    """
    tenant = state.session.info.get("tenant_id")
    if tenant is None:
        if found := tenant_tables(state.statement):
            raise ScopeError(f"no tenant scope for {', '.join(sorted(found))}")
        return
    _refuse_bare_windows(state.statement)
    if state.is_select or state.is_update or state.is_delete:
        state.statement = state.statement.options(
            with_loader_criteria(TenantRow, lambda cls: cls.tenant_id == tenant, include_aliases=True,
                                 propagate_to_loaders=False, track_closure_variables=True))


def _refuse_bare_windows(statement: Any) -> None:
    # SQLAlchemy finds no entity in a SELECT whose columns are window functions only, and then narrows nothing.
    for element in visitors.iterate(statement):
        if isinstance(element, Select) and any(isinstance(column, Over) for column in element._raw_columns) and not any(
                "parententity" in getattr(column, "_annotations", {}) for column in element._raw_columns):
            raise ScopeError("a window function needs a column of its entity beside it, or the tenant would not be applied")


def tenant_tables(statement: Any) -> set[str]:
    """Names of the tenants' tables that occur anywhere in `statement`."""
    names = _tenant_table_names()
    return {element.name for element in visitors.iterate(statement) if isinstance(element, Table) and element.name in names}


def _tenant_table_names() -> set[str]:
    return {mapper.local_table.name for mapper in Base.registry.mappers  # type: ignore[attr-defined]
            if issubclass(mapper.class_, TenantRow)}


def check_flush(opened: Session, _context: UOWTransaction, _instances: object) -> None:
    """Stamp new rows with the scope's tenant and refuse rows of another one. Raises ScopeError."""
    tenant = opened.info.get("tenant_id")
    for row in _tenant_rows((*opened.new, *opened.dirty, *opened.deleted)):
        if tenant is None:
            raise ScopeError(f"no tenant scope for writing {type(row).__tablename__}")
        if row.tenant_id is None and row in opened.new:
            row.tenant_id = tenant
        if row.tenant_id != tenant:
            raise ScopeError(f"a row of another tenant in {type(row).__tablename__}")


def _tenant_rows(rows: Iterable[Any]) -> Iterable[Any]:
    return (row for row in rows if isinstance(row, TenantRow))


install()
