"""The first wall: a scope names the tenant, opens the one transaction, and without a scope nothing is read or written."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import database
from core.errors import NotFound, ScopeError
from core.tenancy.models import Tenant


@dataclass(frozen=True, slots=True)
class TenantInfo:
    """What a request needs to know of its tenant."""

    id: int
    code: str
    slug: str
    name: str
    short_name: str
    kind: str


@dataclass(slots=True)
class Scope:
    """An open scope: the tenant's id (None: reference tables only), its session, and a cache that dies with it.

    `door` is called before the session is handed out, as long as somebody has set it. `afterwards` is done when the scope has
    been closed, however it ended, and must not raise.
    """

    tenant_id: int | None
    session: Session
    cache: dict[Any, Any] = field(default_factory=dict)
    door: Callable[[], None] | None = None
    afterwards: list[Callable[[], None]] = field(default_factory=list)


_scope: ContextVar[Scope | None] = ContextVar("baodao_scope", default=None)


@contextmanager
def tenant_scope(tenant_id: int) -> Iterator[Session]:
    """Open the transaction of one tenant; commit at the end, roll back on an exception.

    The tenant comes from the login or from the job's row, never from what a client sent. Raises ScopeError when another
    scope is open in this context: two tenants are never mixed in one transaction.
    """
    if type(tenant_id) is not int or tenant_id <= 0:
        raise ScopeError(f"a tenant id is a positive int, not {tenant_id!r}")
    with _open(tenant_id) as opened:
        yield opened


@contextmanager
def unscoped() -> Iterator[Session]:
    """Open a transaction for reference tables (tenants, divisions, operators) only; a tenant's table raises ScopeError."""
    with _open(None) as opened:
        yield opened


@contextmanager
def _open(tenant_id: int | None) -> Iterator[Session]:
    if _scope.get() is not None:
        raise ScopeError("a scope is open already; scopes do not nest")
    opened = database.new_session(_opening(tenant_id))
    opened.info["tenant_id"] = tenant_id
    scope = Scope(tenant_id, opened)
    token = _scope.set(scope)
    try:
        yield opened
        opened.commit()
    except BaseException:
        opened.rollback()
        raise
    finally:
        _scope.reset(token)
        opened.close()
        for work in scope.afterwards:
            work()


def in_scope() -> bool:
    """Whether a tenant's scope is open in this context."""
    scope = _scope.get()
    return scope is not None and scope.tenant_id is not None


def session() -> Session:
    """The open scope's session; raises ScopeError without one."""
    scope = _require()
    if scope.door is not None:
        scope.door()
    return scope.session


def open_scope() -> Scope:
    """The open scope itself, for what lends its session to others (core.extension). Raises ScopeError without one."""
    return _require()


def scope_cache() -> dict[Any, Any]:
    """A cache that lives as long as the scope: settings, enabled plugins, terms, grants."""
    return _require().cache


def current_tenant() -> TenantInfo:
    """The open scope's tenant. Raises ScopeError without a scope, NotFound when the tenant is gone."""
    scope = _require()
    if scope.tenant_id is None:
        raise ScopeError("this scope has no tenant")
    if (known := scope.cache.get("tenant")) is None:
        row = session().execute(select(Tenant.id, Tenant.code, Tenant.slug, Tenant.name, Tenant.short_name, Tenant.kind)
                                    .where(Tenant.id == scope.tenant_id)).one_or_none()
        if row is None:
            raise NotFound
        known = scope.cache["tenant"] = TenantInfo(*row)
    return known


def know_tenant(tenant: TenantInfo) -> None:
    """Spare `current_tenant` its query: the statement that let a request in has read the tenant along. Raises ScopeError."""
    if tenant.id != tenant_id():
        raise ScopeError("another tenant than the scope's")
    _require().cache["tenant"] = tenant


def tenant_id() -> int:
    """The open scope's tenant id, for the explicit predicate that every query carries. Raises ScopeError without one."""
    scope = _require()
    if scope.tenant_id is None:
        raise ScopeError("this scope has no tenant")
    return scope.tenant_id


def _require() -> Scope:
    scope = _scope.get()
    if scope is None:
        raise ScopeError("no tenant scope is open")
    return scope


def _opening(tenant_id: int | None) -> str:
    # A literal, not a bind parameter: SET takes none, and Citus forwards only this form (security rule 4).
    return "BEGIN" if tenant_id is None else f"BEGIN; SET LOCAL app.tenant_id = '{int(tenant_id)}'"
