"""Units and sectors through the services: entered, corrected, closed, found again."""
from __future__ import annotations

import dataclasses

import pytest

from core.audit import EntryFilter, entries
from core.errors import Conflict, Invalid, NotFound
from core.organizations import queries, settings, tree, units
from core.organizations.queries import UnitFilter
from core.organizations.units import UnitInput
from tenants import settings as saving
from tenants.closing import close_unit, member_count
from tests.service.conftest import at_once
from tests.support.factories import make_member, make_tenant

CODE = "11420000277836150H"


def given(tenant, **values) -> UnitInput:
    unit = UnitInput("市教育局", "government", tenant.sectors[0], "city", CODE, tenant.communities[0], "周思", "02712345678")
    return dataclasses.replace(unit, **values)


def test_a_unit_is_entered_and_corrected(tenant):
    with tenant.scope():
        identity = units.create(given(tenant))
        row = queries.unit(identity)
        assert (row.name, row.code, row.path, row.leader, row.community) == (
            "市教育局", CODE, f"{tenant.paths[tenant.sectors[0]]}{CODE}/", "市直机关工委", "001001社区")
        assert units.contact_phone(row.id, row.contact_phone) == "02712345678"
        units.amend(identity, given(tenant, name="市教育 委员会", parent_id=tenant.counties[0], contact_phone=None), version=1)
        row = queries.unit(identity)
        assert (row.name, row.path, row.contact_phone, row.version) == (
            "市教育 委员会", f"{tenant.paths[tenant.counties[0]]}{CODE}/", None, 2)
    with tenant.scope():
        assert [(e.action, e.details) for e in entries(EntryFilter())] == [
            ("organization.changed", {"kind": "unit", "code": CODE}), ("organization.created", {"kind": "unit", "code": CODE})]


def test_a_unit_without_credit_code_gets_a_code_of_ours(tenant):
    with tenant.scope():
        codes = [tree.get(units.create(given(tenant, credit_code=None, name=f"单位{n}"))).code for n in range(2)]
        assert codes == ["4201U0001", "4201U0002"]


def test_two_who_enter_units_at_once(tenant):
    def enter(**values):
        with tenant.scope():
            return tree.get(units.create(given(tenant, **values))).code

    made = at_once(*(lambda n=n: enter(credit_code=None, name=f"单位{n}") for n in range(4)))
    same = at_once(enter, enter)
    assert sorted(made) == [f"4201U{n:04}" for n in range(1, 5)]
    assert sorted(type(one).__name__ for one in same) == ["Conflict", "str"]


@pytest.mark.parametrize(("values", "field"), [
    ({"unit_type": "club"}, "unit_type"), ({"subordination": "village"}, "subordination"),
    ({"credit_code": CODE[:-1] + "X"}, "credit_code"),
    ({"name": "局"}, "name")])
def test_wrong_input_is_told_by_field(tenant, values, field):
    with tenant.scope(), pytest.raises(Invalid) as caught:
        units.create(given(tenant, **values))
    assert list(caught.value.fields) == [field]


def test_a_unit_stands_below_a_leader_and_works_in_a_community(tenant):
    with tenant.scope(), pytest.raises(Invalid) as caught:
        units.create(given(tenant, parent_id=tenant.streets[0], community_id=tenant.streets[0]))
    assert sorted(caught.value.fields) == ["community_id", "parent_id"]


def test_nobody_overwrites_and_no_code_is_given_twice(tenant):
    with tenant.scope():
        identity = units.create(given(tenant))
        with pytest.raises(Conflict):
            units.create(given(tenant, name="另一个单位"))
        with pytest.raises(Conflict):
            units.amend(identity, given(tenant), version=7)


def test_a_unit_with_members_cannot_be_closed(tenant):
    make_member(tenant, unit=0)
    with tenant.scope():
        with pytest.raises(Conflict, match="还有 1 名在职党员"):
            close_unit(tenant.units[0], 1)
        assert member_count(tenant.units[1]) == 0
        close_unit(tenant.units[1], 1)
        assert [r.id for r in queries.units(UnitFilter((f"{tenant.code}/",), active=False)).rows] == [tenant.units[1]]
        units.set_open(tenant.units[1], 2, active=True)
        assert queries.unit(tenant.units[1]).active


def test_sectors_are_entered_and_renamed(tenant):
    with tenant.scope():
        identity = units.create_sector("市委教育工委")
        assert tree.get(identity).code == "4201S01"
        with pytest.raises(Conflict):
            units.create_sector("市委教育工委")
        units.rename_sector(identity, "市委教育工作委员会", 1)
        assert tree.get(identity).name == "市委教育工作委员会"
        with pytest.raises(NotFound):
            units.rename_sector(tenant.counties[0], "不是系统", 1)


def test_the_list_is_paged_filtered_and_bounded(tenant):
    with tenant.scope():
        for n in range(5):
            units.create(given(tenant, name=f"学校{n}", unit_type="university", credit_code=None, community_id=None))
        root = (f"{tenant.code}/",)
        wanted = UnitFilter(root, unit_types=("university",))
        pages, after = [], None
        while True:
            page = queries.units(wanted, after=after, limit=2)
            pages.append([r.name for r in page.rows])
            if (after := page.next) is None:
                break
        assert pages == [["学校0", "学校1"], ["学校2", "学校3"], ["学校4"]]
        back = queries.units(wanted, before=page.previous, limit=2)
        assert [r.name for r in back.rows] == ["学校2", "学校3"]
        assert [r.name for r in queries.all_units(wanted, batch=2)] == [f"学校{n}" for n in range(5)]
        assert [r.name for r in queries.units(UnitFilter(root, text="校3")).rows] == ["学校3"]
        assert queries.unit_counts(root) == {"government": 1, "soe": 1, "enterprise": 1, "university": 5}
        assert queries.units(UnitFilter(())).rows == []


def test_a_community_sees_the_units_on_its_ground(tenant):
    with tenant.scope():
        found = [queries.units(UnitFilter((tenant.paths[place],))).rows for place in (tenant.communities[1], tenant.communities[7])]
        assert [[r.id for r in rows] for rows in found] == [[tenant.units[1]], []]


def test_counts_below_each_child_cost_one_query(tenant):
    with tenant.scope():
        counts = queries.descendant_counts(tree.get(tenant.root))
        assert counts["420102"] == {"county": 1, "street": 2, "community": 4, "unit": 1}
        assert counts["4201-soe"] == {"sector": 1, "unit": 1}
        path = tenant.paths[tenant.communities[0]]
        assert queries.names_above([path]) == {path: ["第02区", "02001街道"]}


def test_a_tenant_says_which_types_are_required(tenant):
    with tenant.scope():
        assert settings.required_types() == ("government", "soe", "university", "institution")
        assert settings.encouraged_types() == ("enterprise", "social", "other")
        saving.save("organizations", {"required_types": ["soe"]}, version=0)
        assert (settings.participation("soe"), settings.participation("government")) == ("required", "encouraged")
        with pytest.raises(Invalid):
            saving.save("organizations", {"required_types": ["soe", "soe"]}, version=1)


def test_another_tenants_unit_is_absent(tenant):
    other = make_tenant("4228", name="恩施州")
    with tenant.scope():
        assert queries.unit(other.units[0]) is None
        with pytest.raises(NotFound):
            units.set_open(other.units[0], 1, active=False)
