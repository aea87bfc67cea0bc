"""The tree changed by one officer, and what must stay as it is: each refusal with its sentence, and nothing moved."""
from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select, update

from core.access.roles import ADMINISTRATOR, COUNTY
from core.audit.models import AuditEntry
from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.organizations import hierarchy as moving, queries, tree, units
from core.organizations.models import Organization
from core.organizations.queries import UnitFilter
from core.organizations.units import UnitInput
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tenants import hierarchy
from tenants.settings import get, save
from tests.support.factories import TestTenant, make_member

CODE = "11420000277836150H"
REASON = "区划调整"


def standing(tenant: TestTenant) -> dict[str, tuple[str, bool]]:
    """(path, open) of every organization by its code."""
    with tenant.scope():
        return {row.code: (row.path, row.active) for row in session().execute(select(Organization.code, Organization.path, Organization.active).where(
            Organization.tenant_id == tenant_id()))}


def said(tenant: TestTenant, place: uuid.UUID, act: str, to: uuid.UUID | None) -> str:
    """The sentence with which a change is refused."""
    with pytest.raises(BaodaoError) as refused, tenant.scope():
        hierarchy.change(tree.get(place), act, to, REASON, by=tenant.actor(ADMINISTRATOR))
    return refused.value.message


def test_what_does_not_fit_moves_nothing(tenant: TestTenant) -> None:
    with tenant.scope():
        save("approvals", {"hierarchy": False}, version=get("approvals").version)
    make_member(tenant, residence=2)
    before = standing(tenant)
    street, other, community = tenant.streets[0], tenant.streets[1], tenant.communities[0]
    with tenant.scope():
        names = {place: tree.get(place).name for place in (street, tenant.counties[0])}
        assert hierarchy.targets(tree.get(street), "close", tenant.actor(ADMINISTRATOR), "") == []
        assert [row.id for row in hierarchy.targets(tree.get(street), "merge", tenant.actor(COUNTY), "")] == [other]
    assert said(tenant, street, "move", other) == f"“{names[street]}”不能划到“02002街道”下面：街道划入区县，社区划入街道。"
    assert said(tenant, street, "move", tenant.counties[0]) == f"“{names[street]}”已经在“{names[tenant.counties[0]]}”下面，不用再划转。"
    assert said(tenant, street, "merge", street) == said(tenant, street, "merge", tenant.counties[1]) == "只能并入另一个同级的组织。"
    assert said(tenant, street, "move", None) == "请查找并选择去向。"
    assert said(tenant, community, "merge", tenant.communities[1]) == said(tenant, tenant.units[0], "close", None) == "请选择要办理的事项。"
    assert said(tenant, other, "close", None) == "这里和下级还有 1 名在职党员，请先把他们转到别处，再停用。"
    with tenant.scope(), pytest.raises(Invalid, match="这类组织不能在这里停用。"):
        moving.close(tree.get(tenant.units[0]))
    assert standing(tenant) == before


def test_a_street_is_closed_with_its_communities_and_no_other(tenant: TestTenant) -> None:
    with tenant.scope():
        save("approvals", {"hierarchy": False}, version=get("approvals").version)
    before = standing(tenant)
    with tenant.scope():
        place = tree.get(tenant.streets[0])
        assert hierarchy.change(place, "close", None, REASON, by=tenant.actor(ADMINISTRATOR)) is None
    closed = {code for code, (path, _active) in before.items() if path.startswith(place.path)}
    assert standing(tenant) == {code: (path, code not in closed) for code, (path, _active) in before.items()}
    assert len(closed) == 3
    with tenant.scope():
        assert session().scalars(select(AuditEntry.details).where(AuditEntry.tenant_id == tenant_id(), AuditEntry.action == "organization.closed")).all() == [
            {"code": place.code, "count": 3}]
        assert hierarchy.acts_for(tree.get(tenant.streets[0])) == []


def test_a_code_is_given_once(tenant: TestTenant) -> None:
    with tenant.scope():
        session().execute(update(Organization).where(Organization.tenant_id == tenant_id(), Organization.id == tenant.units[1])
                          .values(code="4201U0002"))
        plain = units.create(UnitInput("甲局", "government", tenant.sectors[0], "city"))
        assert tree.get(plain).code == "4201U0003"
        units.amend(plain, UnitInput("甲局", "government", tenant.sectors[0], "city", CODE), 1)
        later = units.create(UnitInput("乙局", "government", tenant.sectors[0], "county"))
        taken = "这个统一社会信用代码已有单位使用，请先在单位名册中查找。"
        with pytest.raises(Conflict, match=taken):
            units.create(UnitInput("丙局", "government", tenant.sectors[0], "city", CODE))
        with pytest.raises(Conflict, match=taken):
            units.amend(later, UnitInput("乙局", "government", tenant.sectors[0], "city", CODE), 1)
        root = tree.root()
        with pytest.raises(Invalid, match="请选择单位类别。"):
            tree.add(root, "unit", "4201X", "丁局")
        with pytest.raises(Conflict, match="代码 4201U0003 已经存在，请核对。"):
            tree.add(root, "county", "4201U0003", "某区")
        units.set_open(later, 1, active=True)
        assert [(row.name, row.version) for row in map(queries.unit, (plain, later)) if row is not None] == [("甲局", 2), ("乙局", 1)]
        assert [row.id for row in queries.units(UnitFilter((root.path,), subordination="county", text="乙")).rows] == [later]
        assert queries.units(UnitFilter((root.path,), subordination="city", text="乙")).rows == []


def test_a_tenant_without_a_tree_has_no_root(tenant: TestTenant) -> None:
    with tenant.scope():
        session().execute(update(Organization).where(Organization.tenant_id == tenant_id(), Organization.id == tenant.root).values(kind="sector"))
        with pytest.raises(NotFound):
            tree.root()
