"""One member entered by hand: the import's rules, encryption, affiliations and duties; once, whoever else is at it."""
from __future__ import annotations

import datetime as dt
import threading
import uuid
from dataclasses import replace
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from sqlalchemy import func, select

from core.access import accounts
from core.access.models import Account, Grant
from core.access.roles import ADMINISTRATOR, COUNTY, LIAISON, MEMBER
from core.audit.models import AuditEntry
from core.errors import Invalid, NotFound
from core.members.models import Affiliation, Member
from core.members.queries import clear_values, member_view
from core.registration.membership import leave
from core.registration.models import Obligation
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tenants.importing import entering
from tenants.importing.entering import Entered, Entry, enter
from tests.importing.conftest import load, meeting, member, members_of, workbook
from tests.support.factories import PASSWORD, TestTenant, make_id_number, make_member, make_tenant

NUMBER, MONTH = make_id_number(4), relativedelta(months=1)


def entry(tenant: TestTenant, **values: Any) -> Entry:
    """王小明 as the import's tests know that person, in the first unit."""
    given = {"name": "王小明", "id_number": NUMBER, "category": "full", "unit_id": tenant.units[0], "residence_id": tenant.communities[0],
             "workplace_id": tenant.communities[2], "day": today(), "phone": "13900000004", "joined": dt.date(2010, 7, 1),
             "address": "测试路 1 号", "skills": "手语、园艺"}
    return Entry(**{**given, **values})


def entered(tenant: TestTenant, given: Entry, role: str = LIAISON) -> Entered:
    """Entered in a transaction of its own."""
    with tenant.scope():
        return enter(tenant.actor(role), given)


def refused(tenant: TestTenant, given: Entry, role: str = LIAISON) -> dict[str, list[str]]:
    """What is said at which field; it must be refused."""
    with pytest.raises(Invalid) as error, tenant.scope():
        enter(tenant.actor(role), given)
    return error.value.fields


def ties(tenant: TestTenant) -> list[tuple[Any, ...]]:
    """All affiliations."""
    with tenant.scope():
        return [tuple(r) for r in session().execute(select(
            Affiliation.kind, Affiliation.organization_id, Affiliation.valid_from, Affiliation.valid_to, Affiliation.source)
            .where(Affiliation.tenant_id == tenant_id()).order_by(Affiliation.valid_to, Affiliation.kind))]


def owed(tenant: TestTenant) -> list[tuple[Any, ...]]:
    """All duties."""
    with tenant.scope():
        return [tuple(r) for r in session().execute(select(
            Obligation.basis, Obligation.unit_id, Obligation.community_id, Obligation.starts_on, Obligation.due_on, Obligation.status)
            .where(Obligation.tenant_id == tenant_id()).order_by(Obligation.status))]


def acts(tenant: TestTenant) -> list[tuple[str, Any]]:
    """What the log says of members."""
    with tenant.scope():
        return [tuple(r) for r in session().execute(select(AuditEntry.action, AuditEntry.details).where(
            AuditEntry.tenant_id == tenant_id(), AuditEntry.action.in_(("member.entered", "member.restored"))).order_by(AuditEntry.at))]


def test_a_member_entered_by_hand_is_the_member_that_an_import_would_make(tenant: TestTenant) -> None:
    other = make_tenant("4202", name="黄石市")
    load(other, workbook([member(4, 居住社区="", 居住社区代码="420202001001", 工作地社区代码="420202002001")]))
    made = entered(tenant, entry(tenant))
    columns = (Member.name, Member.pinyin, Member.initials, Member.sort_key, Member.sex, Member.category, Member.joined_party_on,
               Member.skills, Member.preferences, Member.branch, Member.position, Member.status, Member.version)
    facts = []
    for city in (tenant, other):
        with city.scope():
            row = session().execute(select(Member.id, *columns).where(Member.tenant_id == tenant_id())).one()
            facts.append((*row[1:], clear_values(row.id, ("id_number", "phone", "address"))))
    assert facts[0] == facts[1]
    assert (made.how, facts[0][-1]) == ("new", {"id_number": NUMBER, "phone": "13900000004", "address": "测试路 1 号"})
    assert ties(tenant) == [("residence", tenant.communities[0], today(), None, "form"), ("unit", tenant.units[0], today(), None, "form"),
                            ("workplace", tenant.communities[2], today(), None, "form")]
    assert owed(tenant) == [("any", tenant.units[0], tenant.communities[0], today(), today() + MONTH, "open")]
    assert acts(tenant) == [("member.entered", {"unit": str(tenant.units[0]), "day": today().isoformat()})]


def test_the_time_to_report_in_runs_from_the_day_of_belonging(tenant: TestTenant) -> None:
    day = today() - dt.timedelta(days=10)
    entered(tenant, entry(tenant, day=day))
    assert [(start, due) for _basis, _unit, _place, start, due, _status in owed(tenant)] == [(day, day + MONTH)]
    assert {start for _kind, _place, start, _end, _source in ties(tenant)} == {day}


@pytest.mark.parametrize(("values", "field", "said"), [
    ({"name": " "}, "name", "请填写姓名。"),
    ({"name": "王3"}, "name", "姓名中不应有数字，请核对是否错列。"),
    ({"id_number": NUMBER[:17] + ("1" if NUMBER[17] != "1" else "2")}, "id_number",
     f"公民身份号码校验位不对：按前 17 位计算，末位应为 {NUMBER[17]}。请对照证件逐位核对。"),
    ({"id_number": "42010219"}, "id_number", "公民身份号码长度不对：应为 18 位，现为 8 位。请核对后重新填写。"),
    ({"phone": "1380"}, "phone", "手机号不对：应为 1 开头的 11 位数字。请核对后重新填写。"),
    ({"joined": dt.date(1990, 1, 1)}, "joined_party_on", "入党时未满 18 周岁，请核对入党时间和公民身份号码。"),
    ({"joined": dt.date(9999, 1, 1)}, "joined_party_on", "入党时间晚于今天，请核对。"),
    ({"category": "other"}, "category", "党员类别须为正式党员或预备党员。"),
    ({"branch": "支" * 101}, "branch", "内容过长：最多 100 个字。"),
    ({"skills": "长" * 31}, "skills", "最多填 20 项，每项不超过 30 个字，用顿号分隔。"),
    ({"day": dt.date(9999, 1, 1)}, "day", "不能晚于今天"),
    ({"day": dt.date(26, 1, 1)}, "day", "早于本人的出生日期，请核对年份。"),
    ({"unit_id": uuid.uuid4()}, "unit_id", "请选择您管理的一个单位。"),
    ({"residence_id": uuid.uuid4()}, "residence_id", "请从查到的社区中选择一个。"),
    ({"workplace_id": uuid.uuid4()}, "workplace_id", "请从查到的社区中选择一个。"),
])
def test_what_an_import_refuses_is_refused_at_its_field(tenant: TestTenant, values: dict[str, Any], field: str, said: str) -> None:
    assert refused(tenant, entry(tenant, **values)) == {field: [said]}
    assert (members_of(tenant), ties(tenant), owed(tenant), acts(tenant)) == ([], [], [], [])


def test_all_faults_are_told_at_once(tenant: TestTenant) -> None:
    assert sorted(refused(tenant, entry(tenant, name="", id_number="1", phone="2"))) == ["id_number", "name", "phone"]


@pytest.mark.parametrize(("role", "unit", "may"), [
    (LIAISON, 0, True), (LIAISON, 1, False), (COUNTY, 0, True), (COUNTY, 1, False), (ADMINISTRATOR, 1, True)])
def test_only_into_units_within_reach(tenant: TestTenant, role: str, unit: int, *, may: bool) -> None:
    given = entry(tenant, unit_id=tenant.units[unit])
    if may:
        assert entered(tenant, given, role).how == "new"
    else:
        assert refused(tenant, given, role) == refused(tenant, replace(given, unit_id=uuid.uuid4()), role)
        assert members_of(tenant) == []


def test_nothing_of_another_tenant_can_be_named_or_is_found(tenant: TestTenant) -> None:
    other = make_tenant("4202", name="黄石市")
    make_member(other, "王小明", id_number=NUMBER, phone="13900000004")
    for field, place in (("unit_id", other.units[0]), ("residence_id", other.communities[0]), ("workplace_id", other.communities[0])):
        assert refused(tenant, entry(tenant, **{field: place}), ADMINISTRATOR) == refused(tenant, entry(tenant, **{field: uuid.uuid4()}),
                                                                                          ADMINISTRATOR)
    assert entered(tenant, entry(tenant)).how == "new"


def test_the_same_form_again_makes_no_second_member(tenant: TestTenant) -> None:
    first, second = (entered(tenant, entry(tenant)) for _time in range(2))
    assert second == Entered(first.member_id, "same")
    assert (len(members_of(tenant)), len(ties(tenant)), len(owed(tenant)), len(acts(tenant))) == (1, 3, 1, 1)


def test_the_same_form_twice_at_the_same_moment(tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have looked before either writes: the twin of the one above, where only the database can tell."""
    both_looked, given = threading.Barrier(2), entry(tenant)
    monkeypatch.setattr(entering, "prepare", meeting(entering.prepare, both_looked))
    found: list[Any] = []

    def run(role: str) -> None:
        try:
            found.append(entered(tenant, given, role))
        except Exception as error:  # noqa: BLE001 -- the error is the outcome
            found.append(error)
    threads = [threading.Thread(target=run, args=(role,)) for role in (LIAISON, ADMINISTRATOR)]  # one account waits for itself
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (sorted(one.how for one in found), len({one.member_id for one in found})) == (["new", "same"], 1)
    assert (len(members_of(tenant)), len(ties(tenant)), len(owed(tenant)), len(acts(tenant))) == (1, 3, 1, 1)


def test_who_is_there_with_other_facts_is_pointed_out_and_left_alone(tenant: TestTenant) -> None:
    there = make_member(tenant, "王晓明", id_number=NUMBER, unit=0)
    assert entered(tenant, entry(tenant)) == Entered(there.id, "known")
    with tenant.scope():
        assert (member_view(there.id).name, member_view(there.id).version) == ("王晓明", 1)
    assert (owed(tenant), acts(tenant)) == ([], [])


def test_a_county_sees_who_lives_there_but_works_elsewhere(tenant: TestTenant) -> None:
    there = make_member(tenant, "王晓明", id_number=NUMBER, unit=1, residence=0)
    assert entered(tenant, entry(tenant), COUNTY) == Entered(there.id, "known")


@pytest.mark.parametrize("status", ["active", "left"])
def test_who_is_beyond_reach_is_told_of_as_by_an_import_and_no_more(tenant: TestTenant, status: str) -> None:
    make_member(tenant, "欧阳不可见", id_number=NUMBER, unit=1, residence=7, status=status)
    said = "这名党员登记在您管辖范围以外的单位，请由上级管理员办理。"
    assert refused(tenant, entry(tenant)) == {"id_number": [said]}
    with tenant.scope():
        paths = [tenant.paths[tenant.counties[0]]]
    outcome = load(tenant, workbook([member(4)]), paths=paths)
    assert [p.message for p in outcome.problems.shown] == [said]


def test_name_and_phone_of_another_number_are_held_back(tenant: TestTenant) -> None:
    make_member(tenant, "王小明", phone="13900000004")
    assert refused(tenant, entry(tenant)) == {"name": ["系统中已有姓名和手机号都相同、公民身份号码不同的党员，请核对。"]}


def test_who_left_comes_back_with_the_history_kept(tenant: TestTenant) -> None:
    first = entered(tenant, entry(tenant, day=today() - dt.timedelta(days=40)))
    left_on = today() - dt.timedelta(days=20)
    with tenant.scope():
        leave(first.member_id, left_on)
    too_early = entry(tenant, workplace_id=None, day=left_on - dt.timedelta(days=1))
    assert refused(tenant, too_early) == {"day": [f"此人曾在名册中，{left_on.isoformat()} 离开；不能早于这一天。"]}
    back = replace(too_early, day=today(), category="probationary", phone=None)
    assert entered(tenant, back) == Entered(first.member_id, "restored")
    assert [(kind, start, end) for kind, _place, start, end, _source in ties(tenant) if end is None] == [
        (kind, today(), None) for kind in ("residence", "unit", "workplace")]
    assert [row[3:] for row in owed(tenant)] == [(today(), today() + MONTH, "open"),
                                                  (today() - dt.timedelta(days=40), today() - dt.timedelta(days=40) + MONTH, "waived")]
    with tenant.scope():
        view = member_view(first.member_id)
        assert (view.status, view.category, clear_values(first.member_id, ("phone",))) == (
            "active", "probationary", {"phone": "13900000004"})
        assert session().scalar(select(func.count()).select_from(Affiliation).where(Affiliation.tenant_id == tenant_id())) == 6
    assert [action for action, _details in acts(tenant)] == ["member.entered", "member.restored"]


def test_the_account_of_who_comes_back_goes_to_the_new_unit(tenant: TestTenant) -> None:
    """Else those at the old unit could still give it a new password."""
    first = entered(tenant, entry(tenant))
    with tenant.scope():
        account = accounts.create_account("13900000004", "王小明", PASSWORD, member_id=first.member_id)
        accounts.grant_role(account, MEMBER, tenant.units[0])
    with tenant.scope():
        leave(first.member_id, today())
    back = entered(tenant, entry(tenant, unit_id=tenant.units[1], name="王晓明"), ADMINISTRATOR)
    with tenant.scope():
        row = session().execute(select(Grant.organization_id, Account.display_name).join(
            Account, (Account.tenant_id == Grant.tenant_id) & (Account.id == Grant.account_id))
            .where(Grant.tenant_id == tenant_id(), Account.id == account)).one()
        assert (back, tuple(row)) == (Entered(first.member_id, "restored"), (tenant.units[1], "王晓明"))
        with pytest.raises(NotFound):
            accounts.reset_password(account, by=tenant.actor(COUNTY))
