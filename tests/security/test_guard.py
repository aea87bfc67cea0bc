"""The second wall: every shape of query is narrowed to the tenant, also where row-level security is away."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import delete, event, exists, func, insert, literal, select, union_all, update
from sqlalchemy.orm import ORMExecuteState, Session, aliased, with_loader_criteria

from core.db import TenantRow, new_id
from core.errors import NotFound, ScopeError
from core.organizations.models import Organization
from core.tenancy import current_tenant, guard, now, session, tenant_scope, today, unscoped
from core.tenancy.scope import know_tenant
from tests.security.conftest import MINE, THEIRS

pytestmark = pytest.mark.promise(3)
Shape = Callable[[Session], Any]
Other = aliased(Organization)

# Each shape counts the organizations it can reach; only two belong to the scope's tenant, five stand in the table.
SHAPES: dict[str, Shape] = {
    "entities": lambda s: len(s.scalars(select(Organization)).all()),
    "columns": lambda s: len(s.execute(select(Organization.id)).all()),
    "count of entity": lambda s: s.scalar(select(func.count(Organization.id))),
    "count star from": lambda s: s.scalar(select(func.count()).select_from(Organization)),
    "query": lambda s: len(s.query(Organization).all()),
    "query count": lambda s: s.query(Organization).count(),
    "sub-query": lambda s: s.scalar(select(func.count()).select_from(select(Organization.id).subquery())),
    "in sub-query": lambda s: len(s.execute(select(Organization.id).where(Organization.id.in_(select(Other.id)))).all()),
    "scalar sub-query": lambda s: s.scalar(select(select(func.count(Organization.id)).scalar_subquery())),
    "cte": lambda s: s.scalar(select(func.count()).select_from(select(Organization.id).cte())),
    "union all": lambda s: len(s.execute(union_all(select(Organization.id), select(Organization.id).where(literal(value=False)))).all()),
    "alias": lambda s: len(s.execute(select(Other.id)).all()),
    "self join": lambda s: len(s.execute(select(Organization.id).join(Other, Organization.id == Other.id)).all()),
    "outer join": lambda s: len({row[0] for row in s.execute(
        select(Organization.id, Other.id).outerjoin(Other, Organization.id == Other.parent_id))}),
    "group by": lambda s: sum(count for _kind, count in s.execute(
        select(Organization.kind, func.count()).group_by(Organization.kind))),
    "window": lambda s: len(s.execute(select(Organization.id, func.row_number().over(order_by=Organization.id))).all()),
    "bulk update": lambda s: s.execute(update(Organization).values(active=True)).rowcount,
    "bulk delete": lambda s: s.execute(delete(Organization)).rowcount,
}


def test_there_are_eighteen_shapes() -> None:
    assert len(SHAPES) == 18


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_shape_reaches_only_the_tenants_rows(shape: Shape, cities: object, without_policies: None) -> None:
    with tenant_scope(MINE) as opened:
        assert shape(opened) == 2
        opened.rollback()


@pytest.fixture
def no_guard() -> Iterator[None]:
    guard.remove()
    yield
    guard.install()


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_twin_without_the_guard_each_shape_leaks(shape: Shape, cities: object, without_policies: None, no_guard: None) -> None:
    with tenant_scope(MINE) as opened:
        assert shape(opened) == 5
        opened.rollback()


def _naive(state: ORMExecuteState) -> None:
    """The guard that looks right: it asks first whether a tenant's entity stands in the top-level columns."""
    tenant = state.session.info.get("tenant_id")
    if any(issubclass(mapper.class_, TenantRow) for mapper in state.all_mappers):
        state.statement = state.statement.options(
            with_loader_criteria(TenantRow, lambda cls: cls.tenant_id == tenant, include_aliases=True))


def test_twin_the_naive_guard_leaks(cities: object, without_policies: None, no_guard: None) -> None:
    event.listen(Session, "do_orm_execute", _naive)
    try:
        with tenant_scope(MINE) as opened:
            leaking = {name for name, shape in SHAPES.items() if not name.startswith("bulk") and shape(opened) != 2}
    finally:
        event.remove(Session, "do_orm_execute", _naive)
    assert {"count star from", "sub-query", "cte"} <= leaking


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_without_a_tenant_every_shape_raises(shape: Shape, cities: object) -> None:
    with pytest.raises(ScopeError), unscoped() as opened:
        shape(opened)


@pytest.mark.parametrize("statement", [insert(Organization).from_select(["id"], select(Organization.id)), insert(Organization).values(kind="county")],
                         ids=["insert from select", "insert"])
def test_without_a_tenant_no_statement_writes_and_its_table_is_named(statement: Any, cities: object) -> None:
    with pytest.raises(ScopeError, match=r"^no tenant scope for organization$"), unscoped() as opened:
        opened.execute(statement)


def test_without_any_scope_nothing_is_reached(cities: object) -> None:
    with pytest.raises(ScopeError):
        session()
    with pytest.raises(ScopeError):
        today() and session().scalar(select(exists().where(Organization.id == new_id())))


@pytest.mark.parametrize("wrap", [lambda q: q, lambda q: select(func.count()).select_from(q.subquery())], ids=["alone", "inside"])
def test_a_window_without_its_entity_is_refused(wrap: Callable[[Any], Any], cities: object) -> None:
    with pytest.raises(ScopeError, match="window"), tenant_scope(MINE) as opened:
        opened.execute(wrap(select(func.row_number().over(order_by=Organization.id))))


def _foreign(**values: Any) -> Organization:
    return Organization(**{"kind": "county", "code": "x", "name": "x", "sort_key": "x", "path": "x/", "created_at": now(), **values})


def test_a_new_row_is_stamped_with_the_tenant(cities: object) -> None:
    with tenant_scope(MINE) as opened:
        row = _foreign()
        opened.add(row)
        opened.flush()
        assert row.tenant_id == MINE


def test_a_row_of_another_tenant_is_refused(cities: object, without_policies: None) -> None:
    with pytest.raises(ScopeError), tenant_scope(MINE) as opened:
        opened.add(_foreign(tenant_id=THEIRS))
        opened.flush()


def test_twin_without_the_guard_the_foreign_row_is_written(cities: object, without_policies: None, no_guard: None) -> None:
    with tenant_scope(MINE) as opened:
        opened.add(_foreign(tenant_id=THEIRS))
        opened.flush()
        opened.rollback()


def test_without_a_tenant_no_row_of_one_is_written(cities: object) -> None:
    with pytest.raises(ScopeError, match="writing organization"), unscoped() as opened:
        opened.add(_foreign(tenant_id=MINE))
        opened.flush()


def test_the_guard_stands_once_however_often_it_is_put_up(cities: object) -> None:
    guard.install()
    guard.remove()
    guard.remove()
    try:
        assert not event.contains(Session, "do_orm_execute", guard.narrow)
    finally:
        guard.install()
    with tenant_scope(MINE) as opened:
        assert SHAPES["count star from"](opened) == 2


def test_a_scope_knows_its_own_tenant_and_no_other(cities: object) -> None:
    with pytest.raises(ScopeError), unscoped():
        current_tenant()
    with pytest.raises(NotFound), tenant_scope(404):
        current_tenant()
    with tenant_scope(THEIRS):
        theirs = current_tenant()
    with tenant_scope(MINE):
        with pytest.raises(ScopeError):
            know_tenant(theirs)
        assert (current_tenant().id, theirs.id) == (MINE, THEIRS)


def test_scopes_do_not_nest(cities: object) -> None:
    with tenant_scope(MINE), pytest.raises(ScopeError), tenant_scope(THEIRS):
        pass


@pytest.mark.parametrize("tenant", ["1", 0, -1, True, 1.0, None, "1'; drop table member"])
def test_a_scope_takes_a_positive_int_only(tenant: Any) -> None:
    with pytest.raises(ScopeError), tenant_scope(tenant):
        pass


def test_core_insert_for_another_tenant_meets_the_policy(cities: object) -> None:
    values = {"tenant_id": THEIRS, "id": new_id(), "kind": "county", "code": "y", "name": "y", "sort_key": "y", "path": "y/",
              "active": True, "version": 1, "created_at": now()}
    with pytest.raises(Exception, match="row-level security"), tenant_scope(MINE) as opened:
        opened.execute(insert(Organization), [values])
