"""The organizations' pages over HTTP: who sees what, and what a form does."""
from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.organizations import queries, tree, units
from core.organizations.queries import UnitFilter
from core.tenancy import session, set_clock
from tests.support.browsing import submit
from tests.support.factories import make_member, make_tenant


def names(page: str) -> list[str]:
    return re.findall(r'<td data-label="[^"]*名称"><a href="[^"]*">([^<]+)</a>', page)


def test_everybody_starts_at_his_own_place(tenant, browser_of):
    for role, place in (("city_administrator", tenant.root), ("county_officer", tenant.counties[0]),
                        ("community_officer", tenant.communities[0])):
        assert browser_of(tenant.accounts[role]).get("/organizations/").location == f"/organizations/{place}"
    assert browser_of(tenant.accounts["unit_liaison"]).get("/organizations/").location == f"/organizations/{tenant.units[0]}"


def test_browsing_shows_children_with_counts(tenant, browser_of):
    page = browser_of(tenant.accounts["city_administrator"]).get(f"/organizations/{tenant.root}").text
    assert names(page) == ["第02区", "第03区", "国资委党委", "市直机关工委"]
    county = browser_of(tenant.accounts["county_officer"]).get(f"/organizations/{tenant.counties[0]}").text
    assert names(county) == ["02001街道", "02002街道"]


def test_what_is_out_of_reach_is_absent(tenant, browser_of):
    officer = browser_of(tenant.accounts["county_officer"])
    other = make_tenant("4228", name="恩施州")
    for path in (f"/organizations/{tenant.root}", f"/organizations/{tenant.counties[1]}", f"/organizations/units/{tenant.units[1]}/edit",
                 f"/organizations/{other.counties[0]}", f"/organizations/units/{other.units[0]}",
                 f"/organizations/units/{other.units[0]}/edit"):
        assert officer.get(path).status_code == 404, path
    assert officer.get("/organizations/sectors/new").status_code == 404
    assert browser_of(tenant.accounts["community_officer"]).get("/organizations/units/new").status_code == 403


def test_search_keeps_within_reach(tenant, browser_of):
    assert names(browser_of(tenant.accounts["county_officer"]).get("/organizations/?q=街道").text) == ["02001街道", "02002街道"]
    assert len(names(browser_of(tenant.accounts["city_administrator"]).get("/organizations/?q=街道").text)) == 4


def test_a_county_officer_enters_and_corrects_a_unit(tenant, browser_of):
    officer = browser_of(tenant.accounts["county_officer"])
    values = {"name": "区教育局", "unit_type": "government", "parent_id": str(tenant.counties[0]), "subordination": "county",
              "credit_code": "", "community_code": "420102001001", "contact_name": "周思", "contact_phone": "02712345678", "version": "0"}
    answer = submit(officer, "/organizations/units/new", **values)
    assert answer.status_code == 303
    assert "02712345678" not in officer.get(answer.location).text
    edited = submit(officer, f"{answer.location}/edit", **values | {"name": "区教育体育局", "version": "1"})
    assert edited.status_code == 303
    assert "区教育体育局" in officer.get(answer.location).text
    assert submit(officer, f"{answer.location}/edit", **values | {"version": "1"}).status_code == 409


def test_the_contacts_number_is_masked_shown_on_demand_and_kept_while_it_is_the_same_person(tenant, browser_of):
    officer, page = browser_of(tenant.accounts["county_officer"]), f"/organizations/units/{tenant.units[0]}"
    values = {"name": "区教育局", "unit_type": "government", "parent_id": str(tenant.counties[0])}
    kept = {}
    for version, (who, number) in enumerate((("周思", "02712345678"), ("周思", ""), ("吴迪", "")), 1):
        assert submit(officer, f"{page}/edit", **values, contact_name=who, contact_phone=number, version=str(version)).status_code == 303
        with tenant.scope():
            row = queries.unit(tenant.units[0])
            kept[version] = units.contact_phone(row.id, row.contact_phone)
        if version == 1:
            texts = [officer.get(page).text, officer.get(f"{page}/edit").text, submit(officer, page, f"{page}/contact").text]
            assert ["02712345678" in text for text in texts] == [False, False, True]
    assert kept == {1: "02712345678", 2: "02712345678", 3: None}
    assert submit(browser_of(tenant.accounts["unit_liaison"]), page, f"{page}/contact").status_code == 403
    with tenant.scope():
        assert session().scalars(select(AuditEntry.object_id).where(
            AuditEntry.tenant_id == tenant.id, AuditEntry.action == "organization.contact_seen")).all() == [tenant.units[0]]


@pytest.mark.parametrize(("change", "message"), [
    ({"name": ""}, "单位名称"), ({"community_code": "420102001999"}, "没有这个社区"), ({"credit_code": "123"}, "请逐位核对")])
def test_a_refused_form_keeps_what_was_written(tenant, browser_of, change, message):
    values = {"name": "区教育局", "unit_type": "government", "parent_id": str(tenant.counties[0]), "contact_name": "周思", "version": "0"}
    answer = submit(browser_of(tenant.accounts["county_officer"]), "/organizations/units/new", **values | change)
    assert answer.status_code == 422
    assert message in answer.text
    assert 'value="周思"' in answer.text


def test_a_unit_cannot_be_put_out_of_reach(tenant, browser_of):
    values = {"name": "区教育局", "unit_type": "government", "parent_id": str(tenant.counties[1]), "version": "0"}
    assert submit(browser_of(tenant.accounts["county_officer"]), "/organizations/units/new", **values).status_code == 404
    with tenant.scope():
        assert len(queries.units(UnitFilter((f"{tenant.code}/",))).rows) == 3


def test_closing_needs_an_empty_unit(tenant, browser_of):
    make_member(tenant, unit=0)
    administrator = browser_of(tenant.accounts["city_administrator"])
    for unit, said in ((tenant.units[0], "还有 1 名在职党员"), (tenant.units[1], "单位已停用")):
        answer = submit(administrator, f"/organizations/units/{unit}", f"/organizations/units/{unit}/state", version="1", active="no")
        assert said in administrator.get(answer.location).text
    with tenant.scope():
        assert [tree.get(u).active for u in tenant.units] == [True, False, True]


def test_filters_by_scope_and_type(tenant, browser_of):
    administrator = browser_of(tenant.accounts["city_administrator"])
    listed = {query: names(administrator.get(f"/organizations/units/?{query}").text) for query in (
        "scope=required", "scope=encouraged", "unit_type=soe", "unit_type=soe&scope=encouraged", "unit_type=nonsense", "q=第2")}
    assert listed == {"scope=required": ["第0单位", "第1单位"], "scope=encouraged": ["第2单位"], "unit_type=soe": ["第1单位"],
                      "unit_type=soe&scope=encouraged": [], "unit_type=nonsense": ["第0单位", "第1单位", "第2单位"], "q=第2": ["第2单位"]}


def test_the_export_holds_the_filtered_units(tenant, browser_of):
    answer = browser_of(tenant.accounts["city_administrator"]).get("/organizations/units/export?scope=required")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert [r[0] for r in rows] == ["单位名称", "第0单位", "第1单位"]
    assert rows[1][2:7] == ["机关", "应当参加", "区（县）直", "第02区", "001001社区"]


def test_the_export_tells_the_time_of_shanghai(tenant, browser_of):
    with set_clock(dt.datetime(2026, 12, 31, 16, 30, tzinfo=dt.UTC)):
        answer = browser_of(tenant.accounts["city_administrator"]).get("/organizations/units/export")
    told = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(1).to_python()
    assert told[1] == ["导出时间", "2027-01-01 00:30"]


def test_sectors(tenant, browser_of):
    administrator = browser_of(tenant.accounts["city_administrator"])
    answer = submit(administrator, "/organizations/sectors/new", name="市委教育工委", version="0")
    assert "市委教育工委" in administrator.get(answer.location).text
    renamed = submit(administrator, answer.location.replace("/organizations/", "/organizations/sectors/") + "/rename",
                     name="市委教育工作委员会", version="1")
    assert "市委教育工作委员会" in administrator.get(renamed.location).text
    assert submit(administrator, "/organizations/sectors/new", name="市委教育工作委员会", version="0").status_code == 409
