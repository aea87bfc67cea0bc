"""The clock (三.2): what joining and moving bring, when it is due, what meets it, and what the unit writes down about it."""
from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select

from core.errors import Conflict, Invalid, NotFound
from core.registration import adjusting, obligations, reporting
from core.registration.membership import move
from core.registration.models import Obligation
from core.registration.obligation_queries import ObligationFilter, obligation, obligation_counts, obligation_list
from core.registration.settings import due_after
from core.tenancy import session, set_clock, today
from core.tenancy.scope import tenant_id
from tests.registration.conftest import NO, acts, duties, join, set_registration
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

DAY = dt.date(2026, 5, 4)


@pytest.mark.parametrize(("rule", "months", "day", "due"), [
    ("calendar", 1, dt.date(2026, 1, 31), dt.date(2026, 2, 28)), ("calendar", 1, dt.date(2028, 1, 31), dt.date(2028, 2, 29)),
    ("calendar", 1, dt.date(2028, 2, 29), dt.date(2028, 3, 29)), ("calendar", 12, dt.date(2028, 2, 29), dt.date(2029, 2, 28)),
    ("calendar", 1, dt.date(2026, 3, 31), dt.date(2026, 4, 30)), ("calendar", 1, dt.date(2026, 12, 15), dt.date(2027, 1, 15)),
    ("thirty_days", 1, dt.date(2026, 1, 31), dt.date(2026, 3, 2)), ("thirty_days", 1, dt.date(2028, 1, 31), dt.date(2028, 3, 1)),
    ("thirty_days", 2, dt.date(2026, 12, 15), dt.date(2027, 2, 13))])
def test_a_month(rule: str, months: int, day: dt.date, due: dt.date) -> None:
    assert due_after(day, {"month_rule": rule, "months": months}) == due


def test_half_past_eleven_in_utc_is_the_next_day_in_shanghai(tenant: TestTenant) -> None:
    member = make_member(tenant)
    with set_clock(dt.datetime(2026, 1, 30, 23, 30, tzinfo=dt.UTC)):
        assert today() == dt.date(2026, 1, 31)
        join(tenant, member, today())
    assert duties(tenant, member) == [("initial", "any", "open", dt.date(2026, 2, 28))]
    with tenant.scope():
        reach = tenant.actor("unit_liaison").grants
        for moment, overdue in ((dt.datetime(2026, 2, 28, 15, 59, tzinfo=dt.UTC), 0), (dt.datetime(2026, 2, 28, 16, 0, tzinfo=dt.UTC), 1)):
            with set_clock(moment):
                assert obligation_counts(reach) == {"open": 1, "overdue": overdue}


def test_the_first_round_has_the_tenants_date_and_then_the_month_counts(tenant: TestTenant) -> None:
    set_registration(tenant, initial_due="2026-03-31")
    first, last, late = (make_member(tenant) for _ in range(3))
    for member, day in ((first, dt.date(2026, 1, 5)), (last, dt.date(2026, 3, 31)), (late, dt.date(2026, 4, 1))):
        join(tenant, member, day)
    assert [duties(tenant, m)[0][::3] for m in (first, last, late)] == [
        ("initial", dt.date(2026, 3, 31)), ("initial", dt.date(2026, 3, 31)), ("new_member", dt.date(2026, 5, 1))]


def test_under_both_each_community_is_owed(tenant: TestTenant) -> None:
    set_registration(tenant, report_to="both")
    member = make_member(tenant, workplace=4)
    join(tenant, member, DAY)
    assert [d[1] for d in duties(tenant, member)] == ["residence", "workplace"]
    with tenant.scope(), set_clock(DAY):
        reporting.accept(member.id, tenant.communities[4], "workplace", by=None)
    assert [d[1:3] for d in duties(tenant, member)] == [("residence", "open"), ("workplace", "met")]


def change(tenant: TestTenant, member: TestMember, kind: str, to: uuid.UUID, day: dt.date = DAY) -> None:
    """A move, on its own day."""
    with set_clock(day), tenant.scope():
        move(member.id, kind, to, day)


@pytest.fixture
def at_home(tenant: TestTenant) -> TestMember:
    """A member who joined in March and has reported in at home."""
    with set_clock(dt.date(2026, 3, 1)):
        member = make_member(tenant, workplace=4)
        join(tenant, member, dt.date(2026, 3, 1))
        with tenant.scope():
            reporting.accept(member.id, tenant.communities[0], "residence", by=None)
    return member


def test_moving_house_ends_the_report_in_and_opens_a_month(tenant: TestTenant, at_home: TestMember) -> None:
    change(tenant, at_home, "residence", tenant.communities[1])
    assert duties(tenant, at_home) == [("initial", "any", "met", dt.date(2026, 4, 1)),
                                       ("residence_changed", "any", "open", dt.date(2026, 6, 4))]
    change(tenant, at_home, "workplace", tenant.communities[5], dt.date(2026, 5, 20))
    assert duties(tenant, at_home)[1:] == [("residence_changed", "any", "superseded", dt.date(2026, 6, 4)),
                                           ("workplace_changed", "any", "open", dt.date(2026, 6, 20))]


def test_changing_work_owes_nothing_where_one_community_is_enough(tenant: TestTenant, at_home: TestMember) -> None:
    change(tenant, at_home, "workplace", tenant.communities[5])
    assert [d[2] for d in duties(tenant, at_home)] == ["met"]


def test_changing_work_owes_the_workplace_where_both_are_asked(tenant: TestTenant, at_home: TestMember) -> None:
    set_registration(tenant, report_to="both")
    change(tenant, at_home, "workplace", tenant.communities[5])
    assert duties(tenant, at_home)[1:] == [("workplace_changed", "workplace", "open", dt.date(2026, 6, 4))]
    change(tenant, at_home, "residence", tenant.communities[5], dt.date(2026, 5, 20))
    with tenant.scope(), set_clock(dt.date(2026, 5, 21)):
        reporting.accept(at_home.id, tenant.communities[5], "residence", by=None)
    assert [d[1:3] for d in duties(tenant, at_home)[1:]] == [("workplace", "met"), ("residence", "met")]


def test_who_lived_and_worked_in_one_community_still_owes_it_by_the_tie_that_stays(tenant: TestTenant) -> None:
    set_registration(tenant, report_to="both")
    member = make_member(tenant, workplace=0)
    with set_clock(DAY):
        join(tenant, member, DAY)
    change(tenant, member, "residence", tenant.communities[1], today())
    with tenant.scope():
        owed = session().execute(select(Obligation.basis, Obligation.community_id, Obligation.status).where(
            Obligation.tenant_id == tenant_id()).order_by(Obligation.basis, Obligation.status)).all()
    assert [tuple(o) for o in owed] == [("residence", tenant.communities[1], "open"), ("residence", tenant.communities[0], "superseded"),
                                        ("workplace", tenant.communities[0], "open")]
    assert [d[3] for d in duties(tenant, member) if d[1] == "workplace"] == [dt.date(2026, 6, 4)]


def test_who_moves_to_where_he_has_reported_in_owes_nothing_at_the_place_left(tenant: TestTenant) -> None:
    set_registration(tenant, report_to="both")
    member = make_member(tenant, workplace=4)
    with set_clock(DAY):
        join(tenant, member, DAY)
        with tenant.scope():
            reporting.accept(member.id, tenant.communities[4], "workplace", by=None)
    change(tenant, member, "residence", tenant.communities[4], today())
    assert [d[1:3] for d in duties(tenant, member)] == [("residence", "superseded"), ("workplace", "met")]


def test_a_report_in_that_only_waits_answers_no_duty_yet(tenant: TestTenant) -> None:
    set_registration(tenant, report_to="both")
    member = make_member(tenant, workplace=4)
    with set_clock(DAY):
        join(tenant, member, DAY)
    with tenant.scope():
        waiting = reporting.submit(member.id, tenant.communities[4], "workplace", "phone", by=None)
    change(tenant, member, "residence", tenant.communities[4], today())
    assert sorted(d[1:3] for d in duties(tenant, member)) == [("residence", "open"), ("residence", "superseded"), ("workplace", "open")]
    with tenant.scope():
        reporting.confirm(waiting, 1, by=None)
    assert sorted(d[2] for d in duties(tenant, member)) == ["met", "met", "superseded"]


def test_one_report_in_answers_all_duties_once_the_tenant_asks_for_one_only(tenant: TestTenant) -> None:
    set_registration(tenant, report_to="both")
    member = make_member(tenant, workplace=4)
    join(tenant, member, DAY)
    set_registration(tenant, report_to="one")
    with tenant.scope(), set_clock(DAY):
        reporting.accept(member.id, tenant.communities[0], "residence", by=None)
    assert [d[1:3] for d in duties(tenant, member)] == [("residence", "met"), ("workplace", "met")]


def test_a_later_due_day_is_never_made_earlier_by_a_move(tenant: TestTenant) -> None:
    set_registration(tenant, initial_due="2026-12-31")
    with set_clock(dt.date(2026, 3, 1)):
        member = make_member(tenant)
        join(tenant, member, dt.date(2026, 3, 1))
    with tenant.scope(), set_clock(dt.date(2099, 1, 1)):
        move(member.id, "residence", tenant.communities[1], dt.date(2026, 12, 1))
    assert duties(tenant, member)[1][3] == dt.date(2027, 1, 1)


def test_a_new_unit_takes_the_duty_along(tenant: TestTenant) -> None:
    member = make_member(tenant)
    with set_clock(DAY):
        join(tenant, member, DAY)
    change(tenant, member, "unit", tenant.units[1], today())
    with tenant.scope():
        assert session().scalars(select(Obligation.unit_id).where(Obligation.tenant_id == tenant_id())).all() == [tenant.units[1]]
        assert obligation_counts(tenant.actor("unit_liaison").grants) == {"open": 0, "overdue": 0}


@pytest.fixture
def owed(tenant: TestTenant) -> uuid.UUID:
    """An open duty that began on DAY."""
    member = make_member(tenant)
    join(tenant, member, DAY)
    with tenant.scope():
        return session().scalars(select(Obligation.id).where(Obligation.tenant_id == tenant_id())).one()


def test_reason_reminder_and_extension_are_its_history(tenant: TestTenant, owed: uuid.UUID) -> None:
    with set_clock(dt.date(2026, 6, 10)):
        with tenant.scope():
            assert obligation(owed).row.overdue_days == 6
            obligations.record_reason(owed, "出差或外派", " 七月回来 ", 1)
        with tenant.scope():
            obligations.remind(owed, "phone", 2)
        with tenant.scope():
            obligations.extend(owed, dt.date(2026, 7, 15), "出差至七月", 3)
        with tenant.scope():
            found = obligation(owed)
            days = found.row.overdue_days
    assert (found.row.due_on, found.row.reason_code, found.row.reason, found.row.version, days) == (
        dt.date(2026, 7, 15), "出差或外派", "七月回来", 4, 0)
    assert [(e.kind, e.note, e.due_before, e.due_after) for e in found.events] == [
        ("opened", "initial", None, None), ("reason", "出差或外派", None, None), ("reminded", "phone", None, None),
        ("extended", "出差至七月", dt.date(2026, 6, 4), dt.date(2026, 7, 15))]
    assert acts(tenant) == ["obligation.reason_recorded", "obligation.reminded", "obligation.extended"]


def test_what_is_refused(tenant: TestTenant, owed: uuid.UUID) -> None:
    with tenant.scope(), set_clock(dt.date(2026, 6, 10)):
        for act in (lambda: obligations.record_reason(owed, "睡过头", None, 1), lambda: obligations.remind(owed, "shout", 1),
                    lambda: obligations.extend(owed, dt.date(2026, 6, 10), "今天", 1),
                    lambda: obligations.extend(owed, dt.date(2026, 7, 1), " ", 1)):
            with pytest.raises(Invalid):
                act()
        with pytest.raises(Conflict):
            obligations.remind(owed, "phone", 2)
        with pytest.raises(NotFound):
            obligations.remind(NO, "phone", 1)
    other = make_tenant("4202")
    with other.scope(), pytest.raises(NotFound):
        obligations.remind(owed, "phone", 1)
    with tenant.scope():
        reporting.accept(obligation(owed).row.member_id, tenant.communities[0], "residence", by=None)
        with pytest.raises(Conflict, match="已经办结"):
            obligations.remind(owed, "phone", 2)


def test_the_list_begins_with_the_most_overdue_and_is_bounded_by_reach(tenant: TestTenant) -> None:
    for name, unit, home, day in (("安一", 0, 0, 3), ("白二", 0, 6, 1), ("常三", 1, 0, 2)):
        join(tenant, make_member(tenant, name, unit=unit, residence=home), dt.date(2026, 4, day))

    def names(role: str, **wanted: str) -> list[str]:
        with tenant.scope(), set_clock(dt.date(2026, 5, 2)):
            return [r.name for r in obligation_list(ObligationFilter(tenant.actor(role).grants, **wanted)).rows]

    assert names("city_administrator") == ["白二", "常三", "安一"]
    assert names("city_administrator", state="overdue") == ["白二"]
    assert names("unit_liaison") == ["白二", "安一"]
    assert names("community_officer") == ["常三", "安一"]
    assert names("county_officer") == ["白二", "常三", "安一"]
    assert names("county_officer", below=tenant.paths[tenant.counties[1]]) == ["白二"]
    assert names("city_administrator", text="cs") == ["常三"]
    assert names("city_administrator", reason="given") == names("city_administrator", state="met") == []


def test_pages_of_the_list_join_without_gap(tenant: TestTenant) -> None:
    for number in range(5):
        join(tenant, make_member(tenant, f"安{number}"), DAY)
    with tenant.scope():
        wanted = ObligationFilter(tenant.actor("unit_liaison").grants)
        first = obligation_list(wanted, limit=2)
        second = obligation_list(wanted, after=first.next, limit=2)
        third = obligation_list(wanted, after=second.next, limit=2)
        back = obligation_list(wanted, before=third.previous, limit=2)
    assert [len({r.id for p in (first, second, third) for r in p.rows}), third.next, first.previous] == [5, None, None]
    assert back.rows == second.rows


def test_a_new_first_date_moves_open_duties_only_when_asked(tenant: TestTenant) -> None:
    plain, extended, met, late = (make_member(tenant) for _ in range(4))
    set_registration(tenant, initial_due="2026-03-31")
    for member, day in ((plain, 1), (extended, 1), (met, 1)):
        join(tenant, member, dt.date(2026, 2, day))
    join(tenant, late, dt.date(2026, 6, 1))
    with set_clock(dt.date(2026, 2, 2)), tenant.scope():
        reporting.accept(met.id, tenant.communities[0], "residence", by=None)
        row = session().scalars(select(Obligation.id).where(Obligation.tenant_id == tenant_id(),
                                                            Obligation.member_id == extended.id)).one()
        obligations.extend(row, dt.date(2026, 9, 1), "外派", 1)
    set_registration(tenant, initial_due="2026-04-30")
    with tenant.scope():
        assert adjusting.preview() == adjusting.Preview(dt.date(2026, 4, 30), 1, 1)
        assert adjusting.adjust() == 1
    with tenant.scope():
        assert (adjusting.preview(), adjusting.adjust()) == (adjusting.Preview(dt.date(2026, 4, 30), 0, 1), 0)
    assert [duties(tenant, m)[0][3] for m in (plain, extended, met, late)] == [
        dt.date(2026, 4, 30), dt.date(2026, 9, 1), dt.date(2026, 3, 31), dt.date(2026, 7, 1)]
    set_registration(tenant, initial_due="2026-04-15")
    with tenant.scope():
        assert adjusting.adjust() == 1  # its own earlier change is no extension
    assert acts(tenant).count("obligation.adjusted") == 2
