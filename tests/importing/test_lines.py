"""Lines that a first import seldom holds: units that change, move, are closed or are two of a name; members about whom the file contradicts itself."""
from __future__ import annotations

import datetime as dt
import io
import threading
import uuid
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import select, update

from core.access.roles import ADMINISTRATOR, LIAISON
from core.documents import storage
from core.errors import Invalid, NotFound
from core.jobs import run_due
from core.members.models import Member
from core.members.queries import clear_values
from core.organizations import units as kept
from core.organizations.models import Organization
from core.organizations.units import UnitInput
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tenants.importing import correcting, problems, report, run, work
from tenants.importing.correcting import Correction, correct
from tests.importing.conftest import MEMBER_TITLES, UNIT_TITLES, faults, load, meeting, member, members_of, unit, workbook
from tests.importing.test_work import view
from tests.service.conftest import at_once
from tests.support.factories import TestMember, TestTenant, make_id_number, make_member

CODE, OTHER, THIRD = "11420000277836150H", "91420100177831006N", "12420000MB0A00000T"


def units_of(tenant: TestTenant) -> list[tuple[Any, ...]]:
    """All units by code: what an import may change of them."""
    with tenant.scope():
        rows = session().execute(select(Organization.code, Organization.name, Organization.path, Organization.unit_type, Organization.credit_code,
                                        Organization.contact_name, Organization.id, Organization.contact_phone, Organization.version)
                                 .where(Organization.tenant_id == tenant_id(), Organization.kind == "unit").order_by(Organization.code))
        return [(r.code, r.name, r.path, r.unit_type, r.credit_code, r.contact_name, kept.contact_phone(r.id, r.contact_phone), r.version) for r in rows]


def test_a_unit_is_found_again_by_its_credit_code_and_follows_the_file(tenant: TestTenant) -> None:
    load(tenant, workbook([member(1, 所在单位="市教育局")], [unit("市教育局", 统一社会信用代码=CODE)]))
    renamed = unit("市教育委员会", 统一社会信用代码=CODE, 单位类别="其他事业单位", 隶属="区直", 上级党组织="中共第02区委", 联络员="", 联络电话="027-12345678")
    outcome = load(tenant, workbook([member(1, 所在单位="市教育委员会"), member(2, 所在单位="市教育局")], [renamed]))
    assert (faults(outcome), outcome.units.changed, outcome.units.new) == ([(3, "所在单位", "unit")], 1, 0)
    assert units_of(tenant)[0] == (CODE, "市教育委员会", f"{tenant.paths[tenant.counties[0]]}{CODE}/", "institution", CODE, "李四", "027-12345678", 2)
    again = load(tenant, workbook([], [renamed]))
    assert (again.units.changed, again.units.unchanged, len(members_of(tenant))) == (0, 1, 1)


def test_what_is_wrong_with_a_unit_is_told_and_nothing_of_it_written(tenant: TestTenant) -> None:
    with tenant.scope():
        for name, code in (("市教育局", CODE), ("重名局", None), ("重名局", None)):
            kept.create(UnitInput(name, "government", tenant.sectors[0], "city", code))
    before = units_of(tenant)
    outcome = load(tenant, workbook([member(1, 所在单位="重名局")], [
        unit(""), unit("局" * 61), [], unit("甲局", 联络电话="内线三"), unit("重名局"), unit("市教育局", 统一社会信用代码=OTHER),
        unit("乙局", 统一社会信用代码="12420000MB0A00000" + "X"), unit("丁局", 统一社会信用代码=THIRD), unit("戊局", 统一社会信用代码=THIRD),
        unit("丙局", 隶属="区直", 统一社会信用代码=CODE, 上级党组织="无此区")]))
    assert [(p.sheet, p.row, p.column, p.message) for p in outcome.problems.shown] == [
        ("单位名册", 2, "单位名称", "请填写单位名称。"),
        ("单位名册", 3, "单位名称", "单位名称不能超过 60 个字。"),
        ("单位名册", 5, "联络电话", "联络电话应为 7 至 20 位数字，可含区号。请核对后重新填写。"),
        ("单位名册", 6, "单位名称", "系统中有多个同名单位，请填写统一社会信用代码以便区分。"),
        ("单位名册", 7, "统一社会信用代码", "与系统中同名单位的统一社会信用代码不同，请核对。"),
        ("单位名册", 8, "统一社会信用代码", "统一社会信用代码校验位不对：有一位抄错，或相邻两位颠倒。请对照证书逐位核对。"),
        ("单位名册", 10, "统一社会信用代码", "与第 9 行的统一社会信用代码重复。"),
        ("单位名册", 11, "上级党组织", "上级党组织中没有本地的区县名称，无法确定所属区县。"),
        ("在职党员花名册", 2, "所在单位", "系统中有多个同名单位，无法确定是哪一个，请先到单位管理中改名区分。")]
    assert (outcome.units.faulty, outcome.units.new, [u for u in units_of(tenant) if u[0] != THIRD]) == (8, 1, before)


def test_a_closed_units_codes_are_not_given_again(tenant: TestTenant) -> None:
    with tenant.scope():
        for name, code in (("旧局", None), ("教育局", CODE)):
            kept.set_open(kept.create(UnitInput(name, "government", tenant.sectors[0], "city", code)), 1, active=False)
        sector = kept.create_sector("旧工委")
        session().execute(update(Organization).where(Organization.tenant_id == tenant_id(), Organization.id == sector).values(active=False))
    outcome = load(tenant, workbook([], [unit("新局"), unit("教育局", 统一社会信用代码=CODE), unit("新局二")]))
    assert [(p.row, p.column, p.message) for p in outcome.problems.shown] == [
        (3, "统一社会信用代码", "这个统一社会信用代码已有单位使用，请先在单位名册中查找。")]
    assert [(row[0], row[1]) for row in units_of(tenant) if row[0].startswith("4201U")] == [
        ("4201U0001", "旧局"), ("4201U0002", "新局"), ("4201U0003", "新局二")]
    with tenant.scope():
        assert session().scalars(select(Organization.code).where(Organization.tenant_id == tenant_id(), Organization.kind == "sector",
                                                                 Organization.code.like("4201S%")).order_by(Organization.code)).all() == ["4201S01", "4201S02"]


def test_a_credit_code_that_was_taken_off_a_unit_comes_back_with_the_file(tenant: TestTenant) -> None:
    with tenant.scope():
        made = kept.create(UnitInput("市教育局", "government", tenant.sectors[0], "city", CODE))
        kept.amend(made, UnitInput("市教育局", "government", tenant.sectors[0], "city", None), 1)
    outcome = load(tenant, workbook([], [unit("市教育局", 统一社会信用代码=CODE)]))
    assert (list(outcome.problems.shown), [row[4] for row in units_of(tenant) if row[0] == CODE]) == ([], [CODE])


def test_a_code_of_ours_that_a_division_wears_already_is_passed_over(tenant: TestTenant) -> None:
    with tenant.scope():
        session().execute(update(Organization).where(Organization.tenant_id == tenant_id(), Organization.id == tenant.units[1]).values(code="4201U0002"))
    load(tenant, workbook([], [unit("新局")]))
    assert [row[0] for row in units_of(tenant) if row[0].startswith("4201U")] == ["4201U0002", "4201U0003"]


def test_a_county_officer_moves_no_unit_over_the_border(tenant: TestTenant) -> None:
    before, county = units_of(tenant), tenant.paths[tenant.counties[0]]
    said = "该单位不在您的管辖范围内，请由上级管理员导入。"
    outcome = load(tenant, workbook([], [
        unit("第1单位", 隶属="区直", 上级党组织="中共第02区委"), unit("新局"), unit("市局", 上级党组织="市直机关工委"),
        unit("邻局", 隶属="区直", 上级党组织="中共第03区委"), unit("本局", 隶属="区直", 上级党组织="中共第02区委")]), paths=(county,))
    assert [(p.row, p.column, p.message) for p in outcome.problems.shown] == [
        (2, "单位名称", said), (3, "上级党组织", said), (4, "上级党组织", said), (5, "上级党组织", said)]
    assert [row for row in units_of(tenant) if row[1] != "本局"] == before


def test_a_member_about_whom_the_file_contradicts_itself(tenant: TestTenant) -> None:
    titles = [*MEMBER_TITLES, "出生日期", "单位类别"]
    day = dt.date(1980, 1, 1)
    content = workbook([
        [*member(1, 性别="未知"), day, ""], [*member(2), "去年", ""], [*member(3), dt.date(1981, 1, 1), ""], [*member(4), "1980年1月", "机关"],
        [*member(5, 特长="、".join(["很" * 12] * 3)), day, "国有企业"],
        [*member(6, 特长="会" * 31), day, ""], [*member(7, 特长="、".join(f"特长{n}" for n in range(21))), day, ""],
        [*member(8, 居住社区="002002社区", 入党时间="2010-13-40"), "", ""], [*member(9, 居住社区="002002社区"), "", ""],
        [*member(10, 工作地社区代码=""), "", ""]], titles=titles)
    outcome = load(tenant, content)
    home = "第02区02001街道001001社区（420102001001）"
    assert [(p.row, p.column, p.warning, p.message) for p in outcome.problems.shown] == [
        (2, "性别", False, "性别须为男或女。"),
        (3, "出生日期", False, "日期无法识别，请写成 1990-07-01 的样式。"),
        (4, "出生日期", False, "出生日期与公民身份号码不符，请核对。"),
        (6, "单位类别", True, "单位类别与单位名册不一致，以单位名册为准。"),
        (7, "特长", False, "最多填 20 项，每项不超过 30 个字，用顿号分隔。"),
        (8, "特长", False, "最多填 20 项，每项不超过 30 个字，用顿号分隔。"),
        (9, "入党时间", False, "日期无法识别，请写成 2010-07-01 的样式。"),
        (9, "居住社区代码", True, f"社区名称与代码不一致，以代码为准：{home}。"),
        (10, "居住社区代码", True, f"社区名称与代码不一致，以代码为准：{home}。")]
    assert (outcome.members.new, outcome.members.faulty, {row[5] for row in members_of(tenant)}) == (4, 6, {tenant.communities[0]})


def test_a_community_is_found_by_a_name_that_is_one_only(tenant: TestTenant) -> None:
    with tenant.scope():
        session().execute(update(Organization).where(Organization.tenant_id == tenant_id(), Organization.id == tenant.communities[3]).values(name="花桥社区"))
    titles = ["姓名", "身份证号", "入党时间", "单位", "居住社区"]
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("花名册")
        for row, cells in enumerate((titles, ["王小明", make_id_number(1), "", "第0单位", "花桥居委会"], ["李华", make_id_number(2), "", "第0单位", ""])):
            sheet.write_row(row, 0, cells)
        sheet.write_datetime(1, 2, dt.datetime(2010, 7, 1, 9, 30, tzinfo=None), book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
    outcome = load(tenant, target.getvalue())
    assert faults(outcome) == [(3, "居住社区代码", "missing")]
    with tenant.scope():
        assert session().execute(select(Member.name, Member.residence_id, Member.joined_party_on).where(Member.tenant_id == tenant_id())).all() == [
            ("王小明", tenant.communities[3], dt.date(2010, 7, 1))]


def test_a_wrong_file_gives_back_no_more_than_its_bounds(tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problems, "SHOWN", 2)
    monkeypatch.setattr(problems, "RETURNED", 1)
    monkeypatch.setattr(run, "BATCH", 2)
    outcome = load(tenant, workbook([member(n, 手机号="1", 居住社区代码="420102001999") for n in range(1, 4)] + [member(4)]))
    assert (len(outcome.problems.shown), dict(outcome.problems.counts), [len(rows) for rows in outcome.problems.bad_rows.values()]) == (
        2, {"phone": 3, "community": 3}, [1])
    assert (outcome.members.new, outcome.members.faulty, len(outcome.first_rows)) == (1, 3, 2)


def test_two_sheets_of_units_alone_are_both_named(tenant: TestTenant) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        for name in ("单位甲", "单位乙"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, UNIT_TITLES)
            sheet.write_row(1, 0, unit(name))
    before = units_of(tenant)
    with pytest.raises(Invalid, match="有多张工作表都像花名册：单位甲、单位乙。请只保留一张后重新上传。"):
        load(tenant, target.getvalue())
    assert units_of(tenant) == before


def test_units_alone_are_checked_and_imported_by_the_installation_itself(tenant: TestTenant) -> None:
    content = xlsx_of_units()
    with tenant.scope():
        job_id = work.start_check("units.xlsx", content)
    run_due()
    checked = view(tenant, job_id)
    assert checked.result is not None
    assert (checked.result["units"]["new"], checked.result["rows"]) == (1, 0)
    with tenant.scope():
        told = report.read(uuid.UUID(checked.result["report"]))
        assert ([s.kind for s in told.sheets], told.first_rows) == (["units"], [])
        spoilt = storage.save("roster.csv", "application/octet-stream", b"a,b\n1,2\n", work.PERMISSION, report.DAYS)
        with pytest.raises(NotFound):
            report.read(spoilt)
        refused = work.start_write(checked, spoilt)
    run_due()
    before = units_of(tenant)
    result = view(tenant, refused).result
    assert (result and list(result), [row[1] for row in before]) == (["refused"], ["第0单位", "第1单位", "第2单位"])


def xlsx_of_units() -> bytes:
    """A file with a sheet of units and no members."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("单位名册")
        sheet.write_row(0, 0, UNIT_TITLES)
        sheet.write_row(1, 0, unit("市教育局"))
    return target.getvalue()


def test_a_number_that_is_given_to_another_at_this_very_moment(tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have looked before either writes: only the database can tell."""
    people = [make_member(tenant, name, id_number=make_id_number(n)) for n, name in ((4, "王小明"), (5, "李华"))]
    monkeypatch.setattr(correcting, "touch", meeting(correcting.touch, threading.Barrier(2)))

    def give(person: TestMember, role: str) -> list[str] | str:
        try:
            with tenant.scope():
                return correct(tenant.actor(role), person.id, 1, Correction(person.name, "full", make_id_number(15), dt.date(2010, 7, 1)))
        except Invalid as error:
            return error.fields["id_number"][0]
    said = at_once(lambda: give(people[0], LIAISON), lambda: give(people[1], ADMINISTRATOR))
    assert sorted(said, key=str) == [["id_number", "sex"] if ["id_number", "sex"] in said else ["id_number"],
                                     "另一名党员已登记了这个公民身份号码，请对照证件核对；确系同一人重复登记的，请由市（州）管理员处理。"]
    with tenant.scope():
        numbers = {clear_values(person.id, ("id_number",))["id_number"] for person in people}
    assert len(numbers & {make_id_number(15)}) == 1
    assert len(numbers & {make_id_number(4), make_id_number(5)}) == 1
