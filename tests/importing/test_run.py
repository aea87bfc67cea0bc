"""What an import writes, what it leaves alone, and what it says about bad lines."""
from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from core.errors import Invalid
from core.members.models import Affiliation, Member
from core.organizations.models import Organization
from core.privacy.keyring import for_tenant
from core.registration.models import Obligation
from core.tenancy import session, set_clock
from core.tenancy.scope import tenant_id
from tests.importing.conftest import MEMBER_TITLES, faults, load, member, members_of, unit, workbook
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_id_number, make_member, make_tenant

TABLES = (Member, Affiliation, Obligation, Organization)


def snapshot(tenant: TestTenant) -> list[Any]:
    """The transaction that last wrote each row: equal before and after means that nothing was written."""
    with tenant.scope():
        return [sorted(session().execute(select(model.id, text(f"{model.__tablename__}.xmin::text"))
                                         .where(model.tenant_id == tenant_id())).all()) for model in TABLES]


def test_writes_members_units_affiliations_and_obligations(tenant: TestTenant) -> None:
    outcome = load(tenant, workbook([member(1, 所在单位="市教育局"), member(2, 姓名="单雄信")],
                                    [unit("市教育局"), unit("江岸区司法局", 隶属="区直", 上级党组织="中共第02区委直属机关工作委员会")]))
    assert (faults(outcome), outcome.members.new, outcome.units.new, outcome.sectors) == ([], 2, 2, 1)
    with tenant.scope():
        units = session().execute(select(Organization.name, Organization.path, Organization.unit_type, Organization.community_id)
                                  .where(Organization.tenant_id == tenant_id(), Organization.name.in_(("市教育局", "江岸区司法局")))
                                  .order_by(Organization.path)).all()
        new_unit = session().scalar(select(Member.unit_id).where(Member.name == "王小明"))
        open_ties = session().execute(select(Affiliation.kind, Affiliation.source, func.count()).where(
            Affiliation.tenant_id == tenant_id(), Affiliation.valid_to.is_(None)).group_by(Affiliation.kind, Affiliation.source)
            .order_by(Affiliation.kind)).all()
        owed = session().scalar(select(func.count()).select_from(Obligation))
        phone = session().execute(select(Member.id, Member.phone, Member.pinyin).where(Member.name == "单雄信")).one()
        assert (for_tenant(tenant.id).decrypt("member", "phone", phone.id, phone.phone), phone.pinyin) == ("13900000002", "shanxiongxin")
    assert [tuple(u) for u in units] == [("江岸区司法局", "4201/420102/4201U0002/", "government", None),
                                         ("市教育局", "4201/4201S01/4201U0001/", "government", tenant.communities[2])]
    assert [tuple(t) for t in open_ties] == [("residence", "import", 2), ("unit", "import", 2), ("workplace", "import", 2)]
    assert owed == 2
    assert members_of(tenant) == [
        ("单雄信", "female" if int(make_id_number(2)[16]) % 2 == 0 else "male", "full", ["手语", "园艺"], tenant.units[0],
         tenant.communities[0], tenant.communities[2], 1, "active"),
        ("王小明", "male" if int(make_id_number(1)[16]) % 2 else "female", "full", ["手语", "园艺"], new_unit,
         tenant.communities[0], tenant.communities[2], 1, "active")]


def test_second_import_of_the_same_file_writes_nothing(tenant: TestTenant) -> None:
    content = workbook([member(n) for n in range(1, 6)], [unit("市教育局")])
    load(tenant, content)
    before = snapshot(tenant)
    outcome = load(tenant, content)
    assert (outcome.members.unchanged, outcome.members.new, outcome.members.changed, outcome.units.unchanged) == (5, 0, 0, 1)
    assert snapshot(tenant) == before


@pytest.mark.parametrize("method", ["copy", "values"])
def test_both_forms_of_writing_give_the_same(tenant: TestTenant, method: str) -> None:
    load(tenant, workbook([member(1), member(2)]), method=method)
    outcome = load(tenant, workbook([member(1, 特长="法律咨询"), member(2), member(3)]), method=method)
    assert (outcome.members.new, outcome.members.changed, outcome.members.unchanged) == (1, 1, 1)
    assert sorted((tuple(m[3]), m[7]) for m in members_of(tenant)) == [(("手语", "园艺"), 1), (("手语", "园艺"), 1), (("法律咨询",), 2)]


def test_change_of_residence_closes_the_old_affiliation_and_opens_an_obligation(tenant: TestTenant) -> None:
    with set_clock(dt.date(2026, 3, 1)):
        load(tenant, workbook([member(1)]))
    with set_clock(dt.date(2026, 5, 31)):
        outcome = load(tenant, workbook([member(1, 居住社区="", 居住社区代码="420103001001")]))
    assert outcome.members.changed == 1
    with tenant.scope():
        ties = session().execute(select(Affiliation.organization_id, Affiliation.valid_from, Affiliation.valid_to).where(
            Affiliation.tenant_id == tenant_id(), Affiliation.kind == "residence").order_by(Affiliation.valid_from)).all()
        causes = session().scalars(select(Obligation.cause).where(Obligation.tenant_id == tenant_id()).order_by(Obligation.starts_on)).all()
    assert [tuple(t) for t in ties] == [(tenant.communities[0], dt.date(2026, 3, 1), dt.date(2026, 5, 31)),
                                        (tenant.communities[4], dt.date(2026, 5, 31), None)]
    assert causes[-1] == "residence_changed"


def test_blank_cells_and_absent_columns_keep_what_is_known(tenant: TestTenant) -> None:
    load(tenant, workbook([member(1)]))
    before = snapshot(tenant)
    outcome = load(tenant, workbook([member(1, 特长="", 手机号="", 居住地址="")]))
    assert outcome.members.unchanged == 1
    titles = ["姓名", "身份证号", "单位", "居住社区代码"]
    load(tenant, workbook([["王小明", make_id_number(1), "第0单位", "420102001001"]], titles=titles))
    assert snapshot(tenant) == before


FAULTS: dict[str, tuple[dict[str, Any], tuple[int, str, str]]] = {
    "no name": ({"姓名": ""}, (2, "姓名", "missing")),
    "check digit": ({"公民身份号码": make_id_number(10)[:-1] + ("0" if make_id_number(10)[-1] != "0" else "1")},
                    (2, "公民身份号码", "id_number")),
    "sex": ({"性别": "男" if int(make_id_number(1)[16]) % 2 == 0 else "女"}, (2, "性别", "disagrees")),
    "phone": ({"手机号": "12345"}, (2, "手机号", "phone")),
    "date": ({"入党时间": "去年"}, (2, "入党时间", "date")),
    "too young": ({"入党时间": "1990-01-01"}, (2, "入党时间", "date")),
    "future": ({"入党时间": "2099-01-01"}, (2, "入党时间", "date")),
    "category": ({"党员类别": "群众"}, (2, "党员类别", "value")),
    "unknown unit": ({"所在单位": "第零单位"}, (2, "所在单位", "unit")),
    "no unit": ({"所在单位": ""}, (2, "所在单位", "missing")),
    "unknown code": ({"居住社区代码": "420102001999"}, (2, "居住社区代码", "community")),
    "no residence": ({"居住社区代码": "", "居住社区": ""}, (2, "居住社区代码", "missing")),
    "ambiguous name": ({"居住社区代码": "", "居住社区": "001001社区"}, (2, "居住社区代码", "community")),
    "workplace": ({"工作地社区代码": "4201"}, (2, "工作地社区代码", "community")),
    "long address": ({"居住地址": "路" * 201}, (2, "居住地址", "too_long")),
}


@pytest.mark.parametrize("case", FAULTS)
def test_one_fault_keeps_one_line_out(tenant: TestTenant, case: str) -> None:
    cells, expected = FAULTS[case]
    outcome = load(tenant, workbook([member(1, **cells), member(2)]))
    assert (faults(outcome), outcome.members.new, outcome.members.faulty) == ([expected], 1, 1)
    assert len(members_of(tenant)) == 1


def test_near_matches_are_proposed(tenant: TestTenant) -> None:
    outcome = load(tenant, workbook([member(1, 所在单位="第0单位位"), member(2, 居住社区="001001社", 居住社区代码=""),
                                     member(3, 居住社区代码="", 居住社区="001001社区")]))
    suggested = {p.row: p.suggestions for p in outcome.problems.shown}
    both = ("第02区02001街道001001社区（420102001001）", "第03区03001街道001001社区（420103001001）")
    assert suggested[2][0] == "第0单位"
    assert suggested[3][:2] == both
    assert suggested[4] == both


def test_duplicates_inside_the_file_and_against_the_register(tenant: TestTenant) -> None:
    make_member(tenant, "李华", phone="13911112222")
    outcome = load(tenant, workbook([member(1), member(1, 姓名="王大明"), member(3, 手机号="13900000001"),
                                     member(4, 姓名="李华", 手机号="13911112222")]))
    assert faults(outcome) == [(3, "公民身份号码", "duplicate"), (4, "姓名", "duplicate"), (5, "姓名", "duplicate")]
    assert outcome.members.new == 1


def test_dates_are_read_as_cells_and_as_text(tenant: TestTenant) -> None:
    spelt = [dt.date(2010, 7, 1), "2010-07-01", "2010/7/1", "2010年7月1日", "2010.07", "201007", "20100701", 40360]
    outcome = load(tenant, workbook([member(n, 入党时间=day) for n, day in enumerate(spelt, 1)]))
    with tenant.scope():
        days = session().scalars(select(Member.joined_party_on).where(Member.tenant_id == tenant_id())).all()
    assert (faults(outcome), set(days), len(days)) == ([], {dt.date(2010, 7, 1)}, len(spelt))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_each_encoding(tenant: TestTenant, encoding: str) -> None:
    lines = [MEMBER_TITLES, [str(c) for c in member(1, 姓名="𬭎志强")]]
    outcome = load(tenant, "\r\n".join(",".join(line) for line in lines).encode(encoding), "roster.csv")
    assert (faults(outcome), [m[0] for m in members_of(tenant)]) == ([], ["𬭎志强"])


BAD_FILES: dict[str, tuple[bytes, str, str]] = {
    "not xlsx": (b"hello", "roster.xlsx", "这不是 Excel 工作簿"),
    "empty": (b"", "roster.xlsx", "文件是空的"),
    "no header": (b"a,b\n1,2\n", "roster.csv", "没有找到花名册的表头"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_what_is_no_roster_is_refused_with_a_sentence(tenant: TestTenant, case: str) -> None:
    content, name, said = BAD_FILES[case]
    with pytest.raises(Invalid) as refused:
        load(tenant, content, name)
    assert said in refused.value.message


def test_missing_columns_are_named(tenant: TestTenant) -> None:
    with pytest.raises(Invalid) as refused:
        load(tenant, workbook([["王小明", "13900000001", "支部"]], titles=["姓名", "手机号", "党支部"]))
    assert "公民身份号码、所在单位、居住社区代码" in refused.value.message


def test_unit_faults(tenant: TestTenant) -> None:
    outcome = load(tenant, workbook([], [
        unit("甲局", 单位类别="部门"), unit("乙局", 隶属="部属"), unit("丙局", 隶属="区直", 上级党组织="中共某区委"),
        unit("丁局", 统一社会信用代码="123"), unit("戊局"), unit("戊局"), unit("己局", 上级党组织="")]))
    assert faults(outcome) == [(2, "单位类别", "value"), (3, "隶属", "value"), (4, "上级党组织", "parent"),
                               (5, "统一社会信用代码", "credit_code"), (7, "单位名称", "duplicate"), (8, "上级党组织", "missing")]
    assert outcome.units.new == 1


def test_county_officer_imports_into_the_own_county_only(tenant: TestTenant) -> None:
    county = tenant.paths[tenant.counties[0]]
    make_member(tenant, "张三", unit=1, id_number=make_id_number(50))
    outcome = load(tenant, workbook([member(1), member(2, 所在单位="第1单位"), member(50, 姓名="张三")]), paths=(county,))
    assert (faults(outcome), outcome.members.new) == ([(3, "所在单位", "scope"), (4, "公民身份号码", "scope")], 1)


def test_dry_run_writes_nothing(tenant: TestTenant) -> None:
    before = snapshot(tenant)
    outcome = load(tenant, workbook([member(1)], [unit("市教育局")]), write=False)
    assert (outcome.members.new, outcome.units.new, snapshot(tenant) == before) == (1, 1, True)


def test_the_same_person_in_two_tenants_is_two_members(tenant: TestTenant) -> None:
    other = make_tenant("4202", name="黄石市")
    content = workbook([member(1)])
    load(tenant, content)
    outcome = load(other, workbook([member(1, 居住社区代码="420202001001", 工作地社区代码="420202001001")]))
    assert (outcome.members.new, len(members_of(tenant)), len(members_of(other))) == (1, 1, 1)


def test_a_failure_half_way_leaves_nothing(tenant: TestTenant) -> None:
    before = snapshot(tenant)

    def stop(_done: int, _total: int | None) -> None:
        raise RuntimeError("killed")
    with pytest.raises(RuntimeError):
        load(tenant, workbook([member(1)], [unit("市教育局")]), progress=stop)
    assert snapshot(tenant) == before


def test_a_refused_statement_is_raised_and_leaves_nothing(tenant: TestTenant, database: TestDatabase) -> None:
    before = snapshot(tenant)
    with database.connect_admin() as keeper, keeper.transaction():
        keeper.execute("LOCK TABLE obligation IN EXCLUSIVE MODE")  # the writer waits for two seconds, then gives up
        with pytest.raises(OperationalError):
            load(tenant, workbook([member(1)], [unit("市教育局")]))
    assert snapshot(tenant) == before
