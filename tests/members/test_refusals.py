"""What the members' room refuses, each with its sentence and without a trace: moves, wishes, profiles, accounts and exports."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.access.actor import load_actor
from core.access.models import Account
from core.access.roles import ADMINISTRATOR, AUDITOR, COUNTY, LIAISON
from core.approvals.models import Approval
from core.audit.actor import set_actor
from core.audit.models import AuditEntry
from core.errors import BaodaoError, NotFound
from core.extension.declarations import Table, TableColumn
from core.jobs import job_view, run_due
from core.members import affiliations, consents, data_requests, export, holds, phone_accounts, profile
from core.members.listing import page_of
from core.members.models import Member
from core.members.queries import RosterFilter, clear_values, member_view
from core.members.reach import grants_for
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tenants.settings import get, save
from tests.support.factories import TestTenant, make_member, make_tenant

GONE = uuid.UUID(int=7)


def said(work: Callable[[], Any], field: str | None = None) -> str:
    """The sentence with which it is refused; of one field, when that is named."""
    with pytest.raises(BaodaoError) as refused:
        work()
    return refused.value.fields[field][0] if field else refused.value.message


def acts(tenant: TestTenant) -> list[str]:
    """What the log holds of this room."""
    with tenant.scope():
        return list(session().scalars(select(AuditEntry.action).where(AuditEntry.tenant_id == tenant_id()).order_by(AuditEntry.seq)))


def test_a_member_moves_and_leaves_by_the_calendar(tenant: TestTenant) -> None:
    member, day = make_member(tenant), today()
    with tenant.scope():
        for kind, place in (("unit", tenant.communities[0]), ("residence", tenant.units[1]), ("holiday", tenant.communities[1])):
            assert said(lambda kind=kind, place=place: affiliations.move(member.id, kind, place, day)) == "请选择正确的单位或社区。"
        earlier = day - dt.timedelta(days=1)
        assert said(lambda: affiliations.move(member.id, "residence", tenant.communities[1], earlier), "day") == f"不能早于 {day.isoformat()}"
        affiliations.leave(member.id, day)
    before = acts(tenant)
    with tenant.scope():
        assert said(lambda: affiliations.leave(member.id, day)) == "这名党员已经离开名册，无需再次办理。"
        assert session().get_one(Member, (tenant_id(), member.id)).version == 2
    assert acts(tenant) == before


def test_a_profile_takes_what_fits_and_notes_what_changed(tenant: TestTenant) -> None:
    member = make_member(tenant, phone="13912345678")
    with tenant.scope():
        for field, value in (("skills", ["特" * 31]), ("preferences", [f"意愿{n}" for n in range(21)])):
            assert said(lambda field=field, value=value: profile.update_profile(member.id, 1, **{field: value}), field) == "最多 20 项，每项不超过 30 个字"
        assert said(lambda: profile.update_profile(member.id, 1, address="路" * 201), "address") == "最多 200 个字"
        profile.update_profile(member.id, 1, phone="139 1234 5678", address=" 测试路 1 号 ")
        assert (member_view(member.id).version, clear_values(member.id, ("phone", "address"))) == (1, {"phone": "13912345678", "address": "测试路 1 号"})
        profile.update_profile(member.id, 1, preferences=["助老", "助老", " "], position=" 科员 ")
        row = session().get_one(Member, (tenant_id(), member.id))
        assert (row.version, row.skills, row.preferences, row.position) == (2, [], ["助老"], "科员")


def test_wishes_about_data_are_their_members_alone(tenant: TestTenant) -> None:
    people = [make_member(tenant, name) for name in ("王小明", "李华", "赵强")]
    foreign = make_member(make_tenant("4202", name="黄石市"))
    with tenant.scope():
        asked = [data_requests.ask(person.id, "access", "self", "", by=None) for person in people]
        for work in (lambda: data_requests.ask(GONE, "access", "self", "", by=None), lambda: data_requests.ask(foreign.id, "access", "self", "", by=None),
                     lambda: data_requests.take_back(people[1].id, asked[0]), lambda: data_requests.words(GONE),
                     lambda: consents.say(GONE, next(iter(consents.PURPOSES)), given=True, channel="self", by=None)):
            with pytest.raises(NotFound):
                work()
        grants = grants_for(tenant.actor(ADMINISTRATOR), "members.read")
        assert [[row.member for row in data_requests.desk(grants, live=True, after=after)[0]] for after in (None, asked[0], asked[2])] == [
            ["王小明", "李华", "赵强"], ["李华", "赵强"], []]
        for place in (0, 1):
            data_requests.take_back(people[place].id, asked[place])
        assert [[row.member for row in data_requests.desk(grants, live=False, after=after)[0]] for after in (None, asked[1])] == [
            ["李华", "王小明"], ["王小明"]]


def test_what_is_held_twice_is_held_once(tenant: TestTenant) -> None:
    member = make_member(tenant)
    with tenant.scope():
        reason = next(iter(holds.HOLDS))
        for work in (lambda: holds.hold(member.id, reason, today(), by=None), lambda: holds.lift(member.id)):
            work()
            work()
        assert said(lambda: holds.hold(member.id, "whim", today(), by=None)) == "请选择暂停处理的原因。"
    assert acts(tenant) == ["member.held", "member.hold_lifted"]


def test_accounts_are_opened_for_who_has_none_by_who_still_may(tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [make_member(tenant, name) for name in ("甲一", "乙二", "丙三")]
    liaison = tenant.accounts[LIAISON].id
    with tenant.scope():
        everybody = [row.name for row in phone_accounts.of_unit(tenant.units[0])]
        first = phone_accounts.of_unit(tenant.units[0], limit=2)
        assert [row.name for row in phone_accounts.of_unit(tenant.units[0], after=first[-1].member_id, limit=2)] == everybody[2:]
        assert [row.name for row in phone_accounts.of_unit(tenant.units[0], after=GONE)] == everybody
        assert said(lambda: phone_accounts.reset(tenant.actor(LIAISON), people[0].id)) == "这名党员还没有账号，请先开通。"
    with tenant.scope(), set_actor("account", liaison):
        actor = load_actor(liaison)
        assert actor is not None
        opened, again = (phone_accounts.start(actor, tenant.units[0], renew=False, address="http://127.0.0.1") for _time in range(2))
        anew = phone_accounts.start(actor, tenant.units[0], renew=True, address="http://127.0.0.1")
    with tenant.scope(), set_actor("account", tenant.accounts[AUDITOR].id):
        stranger = phone_accounts.start(tenant.actor(LIAISON), tenant.units[0], renew=True, address="")
    given = iter(["aa", "aaaa", "aa", "aaaa"])
    spelt = phone_accounts._text
    monkeypatch.setattr(phone_accounts, "_text", lambda letters, count: next(given, None) or spelt(letters, count))
    run_due()
    with tenant.scope():
        results = [job_view(job).result or {} for job in (opened, again, anew, stranger)]
        assert [(r.get("accounts"), r.get("refused")) for r in results] == [
            (3, None), (None, "这个单位的党员都已有账号。"), (3, None), (None, "您已没有为党员开通账号的权限。")]
        names = session().scalars(select(Account.username).where(Account.tenant_id == tenant_id(), Account.member_id.is_not(None))).all()
        assert (len(set(names)), "aaaaaa" in names) == (3, True)


def test_an_export_is_asked_for_a_reason_and_written_for_who_still_may(tenant: TestTenant) -> None:
    for _person in range(2):
        make_member(tenant)
    with tenant.scope():
        officer = tenant.actor(COUNTY)
        wanted = RosterFilter(grants_for(officer, "members.export"), organization_id=tenant.units[0])
        save("approvals", {"export_from": 1}, version=get("approvals").version)
        assert said(lambda: export.start_export(officer, wanted, "curiosity"), "reason") == "请选择"
        assert said(lambda: export.start_export(officer, RosterFilter(wanted.grants, skill="13912345678")), "skill") == "请改正"
    with tenant.scope(), set_actor("account", tenant.accounts[AUDITOR].id):
        begun = export.start_export(officer, wanted)
    run_due()
    with tenant.scope():
        assert begun.job is not None
        assert job_view(begun.job).result == {"refused": "您已没有导出名册的权限。"}
        assert export.count(wanted) == 2
        full = export.start_export(tenant.actor(COUNTY), wanted, next(iter(export.REASONS)))
        assert (full.job, full.approval is None) == (None, False)
        asked = session().get_one(Approval, (tenant_id(), full.approval))
        assert (asked.status, asked.path) == ("waiting", tenant.paths[tenant.units[0]])


def test_a_plugins_list_goes_on_behind_what_is_blank(tenant: TestTenant) -> None:
    table = Table(rule="/", name="people", function=list, title="名单", permission="members.read",
                  columns=(TableColumn("name", "姓名"), TableColumn("position", "职务")))
    for number, position in enumerate(("乙", None, "甲", None)):
        make_member(tenant, f"王{'一二三四'[number]}", position=position)
    with tenant.scope():
        for order, expected in ((Member.position.asc(), ["乙", "甲", None, None]), (Member.position.desc(), [None, None, "甲", "乙"])):
            query = select(Member).order_by(order)
            rows = page_of(query, table).rows
            assert [row.position for row in rows] == expected
            assert [[later.id for later in page_of(query, table, after=row.id).rows] for row in rows] == [
                [later.id for later in rows[place + 1:]] for place in range(len(rows))]
        with pytest.raises(TypeError, match=r"people must return a select\(\), not list"):
            page_of([], table)  # type: ignore[arg-type]
