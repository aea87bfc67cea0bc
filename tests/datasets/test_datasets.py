"""Each dataset: its columns are those of its rows, its rows are those of the reach, the place and the period, and numbers are masked."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.access.actor import load_actor
from core.datasets import catalogue, claims, figures, members, records, report_ins
from core.datasets.scope import data_place, data_reach, find_places
from core.errors import NotFound
from core.extension.checks import faults
from core.extension.dataset import DataRequest, Dataset
from core.extension.datasets import dataset, datasets, report_format_folders
from core.extension.known import Known
from core.extension.manifest import Plugin
from core.extension.registry import Registry, current, using
from core.service.claims.claiming import claim
from core.service.claims.collective import claim_for_unit
from core.service.claims.fulfilling import Service, complete
from core.service.claims.matters import MatterInput, open_matter
from core.tenancy import today
from tests.plugins.reports.conftest import serve, settle
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_member, make_tenant

YEAR = (dt.date(today().year, 1, 1), dt.date(today().year, 12, 31))
ALL = (members.MEMBERS, report_ins.REPORT_INS, records.RECORDS, claims.CLAIMS, *figures.FIGURES)


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """张三 of the first unit and community, who served once, and 李四 of the last ones, who served twice; another city beside it."""
    made, other = make_tenant(plugins=("posts",)), make_tenant("4228", name="恩施州")
    near, far = make_member(made, "张三"), make_member(made, "李四", unit=-1, residence=-1)
    settle(made, near)
    settle(made, far, times=2)
    with made.scope():
        for one in (near, far):
            matter = open_matter("posts", MatterInput(one.residence_id, "环境卫生", "清扫楼道", recipient_group="elderly"), by=None)
            complete(claim(matter, one.id, by=None).id, 1, Service(today(), 90), by=None)
    make_member(made, "王未报")
    settle(other, make_member(other, "向梅"))
    return made


def rows(tenant: TestTenant, data: Dataset, role: str = "city_administrator", **changes: Any) -> list[dict[str, Any]]:
    """The rows that an account of that role gets, by column."""
    with tenant.scope():
        account = tenant.accounts.get(role) or tenant.others[role.removeprefix("other_")]
        actor = load_actor(account.id)
        assert actor is not None
        place = changes.pop("at", None)
        request = DataRequest(data_reach(actor, data.permission), *YEAR,
                              place=data_place(actor, data.permission, place).reach if place else None, **changes)
        found = [dict(zip(data.keys, row, strict=True)) for batch in data.read(request) for row in batch]
        assert data.count(request) == len(found)
    return found


@pytest.mark.parametrize("data", ALL, ids=lambda data: data.name)
def test_every_row_has_every_column_and_its_kind(tenant: TestTenant, data: Dataset) -> None:
    kinds = {"text": str, "code": str, "integer": int, "decimal": (int, float), "date": dt.date}
    found = rows(tenant, data)
    assert found
    assert [(row, c.key) for row in found for c in data.columns if row[c.key] is not None and not isinstance(row[c.key], kinds[c.kind])] == []


WHO: list[tuple[Dataset, str, str, list[str]]] = [
    (members.MEMBERS, "name", "city_administrator", ["李四", "王未报", "张三"]), (members.MEMBERS, "name", "community_officer", ["王未报", "张三"]),
    (members.MEMBERS, "name", "other_community_officer", ["李四"]), (members.MEMBERS, "name", "unit_liaison", ["王未报", "张三"]),
    (members.MEMBERS, "name", "member", []), (report_ins.REPORT_INS, "name", "city_administrator", ["李四", "张三"]),
    (report_ins.REPORT_INS, "name", "community_officer", ["张三"]), (report_ins.REPORT_INS, "name", "other_community_officer", ["李四"]),
    (records.RECORDS, "member", "community_officer", ["张三"]), (records.RECORDS, "member", "other_community_officer", ["李四", "李四"]),
    (claims.CLAIMS, "member", "community_officer", ["张三"]), (claims.CLAIMS, "member", "other_community_officer", ["李四"]),
    (claims.CLAIMS, "member", "unit_liaison", ["张三"]), (claims.CLAIMS, "member", "member", []),
    (records.RECORDS, "member", "city_administrator", ["张三", "李四", "李四"]), (records.RECORDS, "member", "member", []),
]


@pytest.mark.parametrize(("data", "column", "role", "names"), WHO)
def test_rows_are_those_of_the_reach(tenant: TestTenant, data: Dataset, column: str, role: str, names: list[str]) -> None:
    tenant.accounts.setdefault("member", tenant.accounts["auditor"])
    assert sorted(row[column] for row in rows(tenant, data, role)) == sorted(names)


@pytest.mark.parametrize("data", ALL[:4], ids=lambda data: data.name)
def test_a_place_narrows_and_never_widens(tenant: TestTenant, data: Dataset) -> None:
    name = data.keys[0]
    assert {row[name] for row in rows(tenant, data, at=tenant.communities[-1])} == {"李四"}
    assert {row[name] for row in rows(tenant, data, at=tenant.units[-1])} == {"李四"}
    with pytest.raises(NotFound):
        rows(tenant, data, "community_officer", at=tenant.communities[-1])


def test_numbers_are_masked_unless_full(tenant: TestTenant) -> None:
    masked, full = (rows(tenant, members.MEMBERS, full=clear)[0] for clear in (False, True))
    for key in ("id_number", "phone"):
        assert ("*" in masked[key], "*" in full[key], masked[key][:3] == full[key][:3]) == (True, False, True)
    assert {c.key for c in members.MEMBERS.columns if c.masked} == {"id_number", "phone", "address"}


def test_services_of_another_period_do_not_count(tenant: TestTenant) -> None:
    before = dt.date(today().year - 1, 5, 5)
    with tenant.scope():
        serve(make_member_of(tenant), before)
    assert len(rows(tenant, records.RECORDS)) == 3
    assert {row["name"]: (row["activities"], row["hours"]) for row in rows(tenant, members.MEMBERS)} == {
        "张三": (1, 1.5), "李四": (2, 3.0), "王未报": (0, 0.0)}


def make_member_of(tenant: TestTenant) -> Any:
    """Somebody's row for a record: 李四's."""
    from sqlalchemy import select

    from core.members.models import Member
    from core.tenancy import session
    return session().execute(select(Member.id, Member.unit_id, Member.residence_id).where(
        Member.tenant_id == tenant.id, Member.name == "李四")).one()


def test_a_claim_says_what_came_of_it_and_a_units_names_its_members(tenant: TestTenant) -> None:
    with tenant.scope():
        who = make_member_of(tenant)
        matter = open_matter("posts", MatterInput(tenant.communities[0], "环境卫生", "整治楼道", collective=True), by=None)
        claim_for_unit(matter, tenant.units[-1], [who.id], by=None)
    own = [(row["title"], row["services"], row["hours"], row["status"], row["recipient_group"]) for row in rows(tenant, claims.CLAIMS, member_id=who.id)]
    assert own == [("清扫楼道", 1, 0.0, "已办结", "空巢老人"), ("整治楼道", 0, 0.0, "进行中", "公共区域")]  # not yet counted
    assert [(row["member"], row["title"]) for row in rows(tenant, claims.CLAIMS, at=tenant.units[-1])] == [("李四", "清扫楼道"), ("李四", "整治楼道")]
    before = dt.date(today().year - 1, 12, 31)
    with tenant.scope():
        actor = load_actor(tenant.accounts["city_administrator"].id)
        assert actor is not None
        assert claims.CLAIMS.count(DataRequest(data_reach(actor, "claims.read"), before, before)) == 0


FIGURES = [
    ("figures_by_community", [(2, 1, 50.0, 1, 1, 0, 1, 1.5), (1, 1, 100.0, 1, 1, 1, 2, 3.0)]),
    ("figures_by_unit", [(2, 1, 50.0, 1, 1, 0, 1, 1.5), (1, 1, 100.0, 1, 1, 1, 2, 3.0)]),
    ("figures_by_county", [(2, 1, 50.0, 1, 1, 0, 1, 1.5), (1, 1, 100.0, 1, 1, 1, 2, 3.0)]),
]


@pytest.mark.parametrize(("name", "expected"), FIGURES)
def test_figures_agree_with_what_was_done(tenant: TestTenant, name: str, expected: list[tuple[Any, ...]]) -> None:
    data = next(d for d in figures.FIGURES if d.name == name)
    found = [tuple(row[key] for key in ("expected", "reported", "rate", "report_ins", "served", "served_twice", "activities", "hours"))
             for row in rows(tenant, data)]
    assert sorted(row for row in found if row[0]) == sorted(expected)
    quarter = (today().month - 1) // 3 + 1
    assert sum(row[f"activities_q{quarter}"] for row in rows(tenant, data)) == 3
    assert sum(row["activities_h1"] + row["activities_h2"] for row in rows(tenant, data)) == 3


def test_figures_of_ones_own_places_only(tenant: TestTenant) -> None:
    community = next(d for d in figures.FIGURES if d.name == "figures_by_community")
    assert len(rows(tenant, community, "community_officer")) == 1
    assert len(rows(tenant, community, "county_officer")) == 4
    assert len(rows(tenant, community)) == len(tenant.communities)


def test_places_are_found_by_name_within_the_reach(tenant: TestTenant) -> None:
    with tenant.scope():
        officer = load_actor(tenant.accounts["county_officer"].id)
        assert officer is not None
        assert len(find_places(officer, "members.read", "社区")) == 4
        assert all(found.above for found in find_places(officer, "members.read", "社区"))


@pytest.fixture
def contributing() -> Iterator[Dataset]:
    """A plugin that is loaded and has a dataset, as points and pledges may."""
    data = Dataset("snow.duties", "扫雪值班", members.COLUMNS[:1], "members.read", lambda _r: iter([[("张三",)]]), lambda _r: 1)
    registry = Registry()
    registry.plugins = {**current().plugins, "snow": Plugin("snow", "扫雪", "", "1", datasets=(data,))}
    with using(registry):
        yield data


def test_a_dataset_of_a_plugin_is_there_where_the_plugin_is_on(database: TestDatabase, contributing: Dataset) -> None:
    on, off = make_tenant(plugins=("snow",)), make_tenant("4228", name="恩施州")
    with on.scope():
        assert dataset("snow.duties") is contributing
    with off.scope():
        assert "snow.duties" not in datasets()
        with pytest.raises(NotFound, match="这份格式需要插件“扫雪”的数据，本地没有启用这个插件。"):
            dataset("snow.duties")


def test_formats_are_those_of_plugins_that_are_on(database: TestDatabase, tmp_path: Path) -> None:
    on, off = make_tenant(plugins=("snow",)), make_tenant("4228", name="恩施州")
    registry = Registry()
    registry.plugins = {"snow": Plugin("snow", "扫雪", "", "1", report_formats=tmp_path)}
    with using(registry):
        found = {}
        for one in (on, off):
            with one.scope():
                found[one.slug] = report_format_folders()
    assert found == {on.slug: {"snow": tmp_path}, off.slug: {}}


def test_a_plugin_with_a_foreign_dataset_or_without_its_folder_is_refused(tmp_path: Path) -> None:
    data = Dataset("ice.duties", "扫雪", (), "members.read", lambda _r: iter([]), lambda _r: 0)
    assert faults(Plugin("snow", "扫雪", "", "1", datasets=(data,), report_formats=tmp_path / "none"), Known(frozenset(), frozenset(), {}, {})) == [
        "数据 ice.duties 应以 “snow.” 开头", "目录 none 不存在"]


def test_a_dataset_that_does_not_exist_is_told_with_what_was_meant(tenant: TestTenant) -> None:
    with tenant.scope(), pytest.raises(NotFound, match="需要名为 record 的数据，本系统没有（您是否想写 records？）。"):
        dataset("record")


def test_columns_are_documented() -> None:
    assert catalogue is not None
    for data in ALL:
        assert str(data.description)
        assert len(set(data.keys)) == len({str(c.title) for c in data.columns}) == len(data.columns)
