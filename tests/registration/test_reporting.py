"""Report-ins as services: from desk, phone and paper, the receipt that closes the register, and two desks at once."""
from __future__ import annotations

import datetime as dt
import threading
import uuid
from contextlib import suppress

import pytest
from sqlalchemy import func, select, text

from core.access import accounts
from core.errors import Conflict, Invalid, NotFound
from core.registration import reporting
from core.registration.membership import leave, move
from core.registration.models import Receipt, ReportIn
from core.registration.queries import member_state, unit_register
from core.tenancy import session, set_clock, today
from core.tenancy.scope import tenant_id
from tests.registration.conftest import NO, acts, duties, join, set_registration
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

DAY = dt.date(2026, 5, 4)


def accept(tenant: TestTenant, member: TestMember, community: int = 0, basis: str = "residence") -> uuid.UUID:
    """One press at a desk."""
    with tenant.scope():
        return reporting.accept(member.id, tenant.communities[community], basis, by=None)


def states(tenant: TestTenant, member: TestMember) -> list[tuple[str, str, str]]:
    """(basis, channel, status) of the member's report-ins, oldest first."""
    with tenant.scope():
        return [tuple(r) for r in session().execute(select(ReportIn.basis, ReportIn.channel, ReportIn.status).where(
            ReportIn.tenant_id == tenant_id(), ReportIn.member_id == member.id).order_by(ReportIn.id))]


def register(tenant: TestTenant, unit: int = 0) -> list[tuple[str, str, str | None, str | None, str | None]]:
    """(name, state, receipt, closed by, paper number) of a unit's lines."""
    with tenant.scope():
        return [(r.name, r.state, r.receipt, r.closed_by, r.paper_number) for r in unit_register(tenant.units[unit]).rows]


def test_one_press_makes_the_receipt_and_closes_the_register(tenant: TestTenant) -> None:
    member = make_member(tenant)
    join(tenant, member, DAY)
    assert register(tenant) == [("王小明", "overdue", None, None, None)]
    with set_clock(DAY):
        accept(tenant, member)
    assert states(tenant, member) == [("residence", "officer", "confirmed")]
    assert register(tenant) == [("王小明", "reported", "420102001001-2026-00001", "automatic", None)]
    assert [d[2] for d in duties(tenant, member)] == ["met"]
    assert acts(tenant) == ["report_in.submitted", "report_in.confirmed"]
    with pytest.raises(Conflict, match="已在本社区报到"):
        accept(tenant, member)


def test_a_phone_report_in_waits_and_is_the_one_that_the_desk_confirms(tenant: TestTenant) -> None:
    member = make_member(tenant)
    with tenant.scope():
        reporting.submit(member.id, tenant.communities[0], "residence", "phone", by=None)
        assert member_state(member.id).next_step == "wait"
    assert register(tenant)[0][1] == "submitted"
    accept(tenant, member)
    assert states(tenant, member) == [("residence", "phone", "confirmed")]


def test_returned_with_a_reason_then_handed_in_again(tenant: TestTenant) -> None:
    member = make_member(tenant)
    with tenant.scope():
        first = reporting.submit(member.id, tenant.communities[0], "residence", "phone", by=None)
    with tenant.scope():
        with pytest.raises(Invalid):
            reporting.send_back(first, 1, "  ", by=None)
        reporting.send_back(first, 1, "请带报到证", by=None)
    with tenant.scope():
        with pytest.raises(Conflict):
            reporting.confirm(first, 2, by=None)
        assert [r.note for r in member_state(member.id).report_ins] == ["请带报到证"]
        second = reporting.submit(member.id, tenant.communities[0], "residence", "phone", by=None)
    with tenant.scope():
        reporting.withdraw(second, 1)
    with tenant.scope(), pytest.raises(Conflict):
        reporting.withdraw(second, 2)
    assert [s[2] for s in states(tenant, member)] == ["returned", "ended"]


def test_nobody_confirms_what_has_changed_meanwhile(tenant: TestTenant) -> None:
    member = make_member(tenant)
    with tenant.scope():
        found = reporting.submit(member.id, tenant.communities[0], "residence", "phone", by=None)
    with tenant.scope():
        with pytest.raises(Conflict):
            reporting.confirm(found, 7, by=None)
        with pytest.raises(NotFound):
            reporting.confirm(NO, 1, by=None)
        assert reporting.confirm_many([(found, 1), (NO, 1)], by=None) == (1, 1)
        assert reporting.confirm_many([(found, 1)], by=None) == (0, 1)


def test_one_community_is_enough_or_both_are_asked(tenant: TestTenant) -> None:
    member = make_member(tenant, workplace=4)
    join(tenant, member, today())
    accept(tenant, member)
    with pytest.raises(Conflict, match="另一个社区"):
        accept(tenant, member, 4, "workplace")
    set_registration(tenant, report_to="both")
    accept(tenant, member, 4, "workplace")
    assert [s[::2] for s in states(tenant, member)] == [("residence", "confirmed"), ("workplace", "confirmed")]


def test_who_lives_and_works_in_one_community_reports_in_once_for_both(tenant: TestTenant) -> None:
    set_registration(tenant, report_to="both")
    member = make_member(tenant, workplace=0)
    join(tenant, member, today())
    accept(tenant, member)
    assert [d[1:3] for d in duties(tenant, member)] == [("residence", "met")]
    with tenant.scope():
        assert member_state(member.id).next_step == "done"
        move(member.id, "residence", tenant.communities[1], today())
    assert states(tenant, member) == [("workplace", "officer", "confirmed")]
    assert [d[:3] for d in duties(tenant, member)] == [("initial", "residence", "met"), ("residence_changed", "residence", "open")]


def test_only_where_one_lives_or_works(tenant: TestTenant) -> None:
    member = make_member(tenant, workplace=4)
    for community, basis in ((1, "residence"), (0, "workplace"), (4, "residence")):
        with pytest.raises(Invalid):
            accept(tenant, member, community, basis)
    neighbour = make_tenant("4202")
    with neighbour.scope(), pytest.raises(NotFound):
        reporting.accept(member.id, neighbour.communities[0], "residence", by=None)


def test_phone_can_be_closed_by_the_tenant(tenant: TestTenant) -> None:
    set_registration(tenant, phone=False)
    member = make_member(tenant)
    with tenant.scope(), pytest.raises(Invalid, match="没有开通"):
        reporting.submit(member.id, tenant.communities[0], "residence", "phone", by=None)
    accept(tenant, member)


def test_a_paper_receipt_closes_the_same_loop(tenant: TestTenant) -> None:
    new, waiting, known = (make_member(tenant, name) for name in ("安一", "白二", "常三"))
    with tenant.scope():
        reporting.submit(waiting.id, tenant.communities[0], "residence", "phone", by=None)
    accept(tenant, known)
    for member in (new, waiting, known):
        with tenant.scope():
            reporting.key_in_paper_receipt(member.id, tenant.communities[0], "residence", today(), " 甲-7 ", by=None)
    year = today().year
    assert register(tenant) == [
        ("安一", "reported", f"420102001001-{year}-00002", "paper", "甲-7"),
        ("白二", "reported", f"420102001001-{year}-00003", "paper", "甲-7"),
        ("常三", "reported", f"420102001001-{year}-00001", "automatic", "甲-7")]
    with tenant.scope():
        with pytest.raises(Invalid):
            reporting.key_in_paper_receipt(new.id, tenant.communities[0], "residence", today() + dt.timedelta(1), "甲-8", by=None)
        with pytest.raises(Invalid):
            reporting.key_in_paper_receipt(new.id, tenant.communities[0], "residence", today(), " ", by=None)
        with pytest.raises(Invalid):
            reporting.key_in_paper_receipt(new.id, tenant.communities[3], "residence", today(), "甲-9", by=None)


def test_leaving_ends_the_report_in_and_waives_what_is_owed(tenant: TestTenant) -> None:
    set_registration(tenant, report_to="both")
    member = make_member(tenant, workplace=4)
    join(tenant, member, today())
    accept(tenant, member)
    with tenant.scope():
        leave(member.id, today())
    assert [s[2] for s in states(tenant, member)] == ["ended"]
    assert [d[2] for d in duties(tenant, member)] == ["met", "waived"]


def two_desks(tenant: TestTenant, member: TestMember) -> int:
    """Two desks, of residence and workplace, accept the same member at the same moment; answers how many are confirmed."""
    barrier = threading.Barrier(2)

    def press(community: int, basis: str) -> None:
        with suppress(Conflict, threading.BrokenBarrierError), tenant.scope():
            session().execute(text("select 1"))
            barrier.wait(5)
            reporting.accept(member.id, tenant.communities[community], basis, by=None)

    threads = [threading.Thread(target=press, args=a) for a in ((0, "residence"), (4, "workplace"))]
    [t.start() for t in threads]
    [t.join(15) for t in threads]
    with tenant.scope():
        return session().scalar(select(func.count()).select_from(Receipt).where(Receipt.tenant_id == tenant_id())) or 0


def test_two_desks_at_once_confirm_once(tenant: TestTenant) -> None:
    assert two_desks(tenant, make_member(tenant, workplace=4)) == 1


def test_without_the_members_lock_two_desks_confirm_twice(tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    found = reporting._member
    check, both_checked = reporting._check, threading.Barrier(2, timeout=5)

    def unlocked(member_id: uuid.UUID) -> object:
        with suppress(NotFound):
            from core.members.models import Member
            return session().execute(select(Member.id, Member.unit_id, Member.residence_id, Member.workplace_id, Member.sort_key).where(
                Member.tenant_id == tenant_id(), Member.id == member_id)).one()
        return found(member_id)

    def checked(*arguments: object) -> None:
        check(*arguments)
        both_checked.wait()

    monkeypatch.setattr(reporting, "_member", unlocked)
    monkeypatch.setattr(reporting, "_check", checked)
    assert two_desks(tenant, make_member(tenant, workplace=4)) == 2


def test_a_members_account_goes_along_to_the_new_unit_and_out_of_the_old_officers_reach(tenant: TestTenant) -> None:
    member = make_member(tenant, account=True)
    assert member.account is not None
    with tenant.scope():
        assert accounts.manageable(member.account.id, tenant.actor("county_officer")).member_id == member.id
        move(member.id, "unit", tenant.units[1], today())
    with tenant.scope():
        with pytest.raises(NotFound):
            accounts.reset_password(member.account.id, by=tenant.actor("county_officer"))
        assert [(g.role, g.path) for g in accounts.account_grants([member.account.id])] == [("member", tenant.paths[tenant.units[1]])]


def test_a_mistaken_confirmation_is_taken_back_and_all_is_owed_again(tenant: TestTenant) -> None:
    member = make_member(tenant)
    join(tenant, member, DAY)
    with set_clock(DAY):
        report_in = accept(tenant, member)
        with tenant.scope():
            with pytest.raises(Invalid, match="写明撤销的原因"):
                reporting.take_back(report_in, 2, " ", by=None)
            with pytest.raises(Conflict, match="刚被别人处理过"):
                reporting.take_back(report_in, 1, "认错了人", by=None)
            reporting.take_back(report_in, 2, "认错了人", by=None)
            with pytest.raises(Conflict, match="已经处理过"):
                reporting.take_back(report_in, 3, "认错了人", by=None)
        assert states(tenant, member) == [("residence", "officer", "returned")]
        assert [line[1:] for line in register(tenant)] == [("missing", None, None, None)]
        assert [d[2] for d in duties(tenant, member)] == ["open"]
        assert acts(tenant) == ["report_in.submitted", "report_in.confirmed", "report_in.taken_back"]
        accept(tenant, member)
    assert register(tenant)[0][1:] == ("reported", "420102001001-2026-00002", "automatic", None)
    assert [d[2] for d in duties(tenant, member)] == ["met"]


def test_what_was_met_is_not_owed_twice_when_a_later_duty_is_open(tenant: TestTenant) -> None:
    member = make_member(tenant)
    join(tenant, member, DAY)
    report_in = accept(tenant, member)
    join(tenant, member, DAY)
    with tenant.scope():
        reporting.take_back(report_in, 2, "认错了人", by=None)
    assert sorted(d[2] for d in duties(tenant, member)) == ["open", "superseded"]
