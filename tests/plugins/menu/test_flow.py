"""From an offer to a record, both sides choosing; without a phone; changed and cancelled; and what happens by itself."""
from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select

from core.access.doors import act_as
from core.audit.models import AuditEntry
from core.errors import Conflict, Invalid
from core.service.claims.claiming import release
from core.service.claims.models import Claim, Matter
from core.service.models import ServiceRecord
from core.tenancy import session, set_clock, today
from plugins.menu import agreeing, calendars, contacts, exporting, hooks, matching, offers, proposing, queries, requesting, serving, upkeep
from plugins.menu.models import MenuAgreement, MenuBooking, MenuListing, MenuRequest
from plugins.menu.offers import Owner
from plugins.menu.times import fits, read_times, times_text
from tests.plugins.menu.conftest import NAME, OFFICER, agreed, asked, in_days, later, offered, proposed, request_of, state_of
from tests.support.factories import TestMember, TestTenant, make_member


def standing(tenant: TestTenant) -> list[tuple[object, ...]]:
    """Matters, claims, agreements and bookings by state, in order."""
    with tenant.scope():
        return [tuple(session().scalars(select(column).order_by(table.id))) for column, table in (
            (Matter.state, Matter), (Claim.state, Claim), (MenuAgreement.state, MenuAgreement), (MenuBooking.live, MenuBooking))]


def test_chosen_from_the_menu_agreed_served_recorded(tenant: TestTenant, member: TestMember) -> None:
    owner = Owner(member_id=member.id)
    request_id = asked(tenant, offered(tenant, owner))
    assert state_of(tenant, request_id) == "waiting"
    day = in_days(4).begins_at.date()
    slots = proposed(tenant, request_id, owner, in_days(3), in_days(4, 14, 60))
    with tenant.scope():
        agreement = agreeing.choose(request_id, None, slots[1], side="resident", by=None)
    with pytest.raises(Conflict), tenant.scope():
        agreeing.choose(request_id, None, slots[0], side="resident", by=None)
    assert standing(tenant) == [("open",), ("held",), ("agreed",), (True,)]
    with pytest.raises(Invalid), tenant.scope():
        serving.served(request_id, None, by=None)
    with set_clock(later()):
        with tenant.scope():
            made = serving.served(request_id, None, by=member.account.id if member.account else None)
            record = session().get_one(ServiceRecord, (tenant.id, made[0]))
            assert (record.minutes, record.hours_source, record.member_id, record.happened_on, record.kind, record.title) == (
                60, "system", member.id, day, "其他", "修水龙头")
            assert session().get_one(MenuAgreement, (tenant.id, agreement)).state == "done"
        with pytest.raises(Conflict), tenant.scope():
            serving.served(request_id, None, by=None)
    assert (state_of(tenant, request_id), standing(tenant)) == ("done", [("closed",), ("done",), ("done",), (True,)])


def test_other_minutes_are_written_by_hand_and_an_officer_verifies_at_once(tenant: TestTenant, member: TestMember) -> None:
    owner = Owner(member_id=member.id)
    request_id = asked(tenant, offered(tenant, owner))
    agreed(tenant, request_id, owner)
    with set_clock(later()), tenant.scope():
        made = serving.served(request_id, None, by=OFFICER, side="officer", minutes=45, verified_by=OFFICER)
        record = session().get_one(ServiceRecord, (tenant.id, made[0]))
        assert (record.minutes, record.hours_source, record.status) == (45, "reported", "verified")


def test_in_words_then_worded_picked_and_made_by_another(tenant: TestTenant, member: TestMember) -> None:
    request_id = asked(tenant)
    other = make_member(tenant, "李芳")
    with tenant.scope():
        assert queries.request(request_id).title is None
        with pytest.raises(Conflict):
            proposing.propose(request_id, None, Owner(member_id=member.id), [in_days(3)])
        with pytest.raises(Invalid):
            requesting.publish(request_id, 2, "修水管", "没有这一类")
        requesting.publish(request_id, 2, "修水管", "家电维修")
        proposing.propose(request_id, None, Owner(member_id=member.id), [in_days(3)])
        with pytest.raises(Conflict):  # somebody was faster
            proposing.propose(request_id, None, Owner(member_id=other.id), [in_days(3)])
        proposing.decline(request_id, None, Owner(member_id=member.id))
        assert queries.request(request_id).state == "open"
        proposing.propose(request_id, None, Owner(member_id=other.id), [in_days(3)])
        proposing.refuse(request_id, None, side="resident")
        assert queries.request(request_id).state == "waiting"
    agreed(tenant, request_id, Owner(member_id=other.id))
    assert [tuple(row) for row in standing(tenant)] == [("open",), ("held",), ("agreed",), (True,)]


def test_either_side_cancels_without_a_reason(tenant: TestTenant, member: TestMember) -> None:
    owner = Owner(member_id=member.id)
    request_id = asked(tenant, offered(tenant, owner))
    agreed(tenant, request_id, owner)
    with tenant.scope():
        agreeing.cancel(request_id, None, side="provider")
    row = request_of(tenant, request_id)
    assert (row.state, row.changes, row.member_id, row.offer_id) == ("open", "provider", None, None)
    assert standing(tenant) == [("closed",), ("released",), ("cancelled",), (False,)]
    agreed(tenant, request_id, owner)  # another one, or the same, picks it: the time is free again
    with tenant.scope():
        agreeing.cancel(request_id, None, side="resident")
    assert standing(tenant) == [("closed",), ("released", "released"), ("cancelled", "cancelled"), (False, False)]
    assert (request_of(tenant, request_id).state, request_of(tenant, request_id).ended_by) == ("closed", "resident")


def test_another_time_is_agreed_while_the_old_one_stands(tenant: TestTenant, member: TestMember) -> None:
    owner = Owner(member_id=member.id)
    request_id = asked(tenant, offered(tenant, owner))
    agreement = agreed(tenant, request_id, owner)
    with tenant.scope():
        agreeing.wish_change(request_id, None, side="resident")
        assert queries.request(request_id).changes == "resident"
        proposing.propose(request_id, None, owner, [in_days(3, 10, 60)])  # overlaps with nothing but itself
        assert agreeing.agreement_of(request_id).begins_at == in_days(3).begins_at  # type: ignore[union-attr]
        slot = proposing.slots_of(request_id)[0]
        assert agreeing.choose(request_id, None, slot.id, side="resident", by=None) == agreement
        live = agreeing.agreement_of(request_id)
        assert live is not None
        assert (live.begins_at, live.sequence, queries.request(request_id).changes) == (in_days(3, 10).begins_at, 1, None)
        assert session().scalars(select(Matter.minutes)).all() == [60]
        assert session().execute(select(MenuBooking.begins_at, MenuBooking.ends_at)).all() == [in_days(3, 10, 60)[:2]]


def test_a_claim_released_on_cores_pages_brings_the_request_back(tenant: TestTenant, member: TestMember) -> None:
    owner = Owner(member_id=member.id)
    request_id = asked(tenant, offered(tenant, owner))
    agreed(tenant, request_id, owner)
    with tenant.scope():
        claim_id = session().scalars(select(Claim.id)).one()
        release(claim_id, None, "家里有事")
    assert (state_of(tenant, request_id), standing(tenant)) == ("open", [("open",), ("released",), ("cancelled",), (False,)])
    agreed(tenant, request_id, owner)
    assert state_of(tenant, request_id) == "agreed"


def test_a_unit_sends_its_members_and_each_gets_a_record(tenant: TestTenant, member: TestMember) -> None:
    owner = Owner(unit_id=tenant.units[0])
    request_id = asked(tenant, offered(tenant, owner, communities=tenant.communities[:2]))
    agreed(tenant, request_id, owner)
    stranger = make_member(tenant, "外人", unit=1)
    with pytest.raises(Invalid), tenant.scope():
        agreeing.send(request_id, None, [stranger.id], by=None)
    with set_clock(later()), pytest.raises(Invalid), tenant.scope():
        serving.served(request_id, None, by=None)
    with tenant.scope():
        agreeing.send(request_id, None, [member.id], by=None)
    own = Owner(member_id=member.id)
    second = asked(tenant, offered(tenant, own, "量血压"))
    with pytest.raises(Conflict):
        proposed(tenant, second, own, in_days(3, 10))
    with set_clock(later()), tenant.scope():
        assert len(serving.served(request_id, None, by=None)) == 1
        assert session().scalars(select(ServiceRecord.collective)).all() == [True]


def test_an_offer_is_listed_paused_and_ends_by_itself(tenant: TestTenant, member: TestMember) -> None:
    offer_id = offered(tenant, Owner(member_id=member.id), valid_until=today() + dt.timedelta(days=2))

    def states() -> list[object]:
        with tenant.scope():
            return [*session().scalars(select(MenuListing.state)), *(row.number for row in queries.menu(tenant.communities[0]))]
    assert states() == ["listed", 1]
    with tenant.scope():
        offers.pause(offer_id)
    assert states() == ["paused"]
    with pytest.raises(Conflict):
        asked(tenant, offer_id)
    with tenant.scope():
        offers.resume(offer_id)
    assert states() == ["listed", 1]
    with set_clock(today() + dt.timedelta(days=3)):
        assert states() == ["listed"]
        with tenant.scope():
            assert offers.end_overdue() == 1
    assert states() == ["ended"]
    assert offered(tenant, Owner(member_id=member.id), "第二项") is not None
    assert states() == ["ended", "listed", 2]


def test_fits_are_shown_with_reasons_and_without_those_who_said_no(tenant: TestTenant, member: TestMember) -> None:
    owner = Owner(member_id=member.id)
    offer_id = offered(tenant, owner, "修水管和水龙头", times=read_times("周六 9:00-11:30"))
    offered(tenant, owner, "写春联", category="文体活动", times=read_times("周一 19:00-20:00"))
    request_id = asked(tenant, wished={"days": [6], "parts": ["morning"]})
    with tenant.scope():
        requesting.publish(request_id, 2, "厨房水管漏水", "家电维修")
        assert [(one.offer.title, one.reasons) for one in matching.fits(queries.request(request_id))] == [
            ("修水管和水龙头", ["同一类服务", "内容都提到“水管”", "时间合适"])]
        assert queries.request(request_id).state == "open"  # nothing happens by itself
        requesting.match(request_id, queries.request(request_id).version, offer_id)
        assert (queries.request(request_id).state, queries.request(request_id).title) == ("waiting", "厨房水管漏水")
        proposing.decline(request_id, None, owner)
        assert matching.fits(queries.request(request_id)) == []


def test_weekly_times_are_read_as_people_write_them() -> None:
    times = read_times("周六 9:00-11:30\n星期天 14：00到16：00")
    assert times == [{"day": 6, "from": "09:00", "until": "11:30"}, {"day": 7, "from": "14:00", "until": "16:00"}]
    assert read_times(times_text(times)) == times
    assert [fits(times, {"days": days, "parts": parts}) for days, parts in (([6], ["morning"]), ([6], ["evening"]), ([1], []), ([], []))] == [
        True, False, False, True]
    for wrong in ("周六上午", "周六 25:00-26:00", "周六 11:00-9:00"):
        with pytest.raises(Invalid):
            read_times(wrong)


def test_contacts_are_forgotten_in_time_and_looks_are_noted(tenant: TestTenant, member: TestMember) -> None:
    owner = Owner(member_id=member.id)
    request_id = asked(tenant, offered(tenant, owner))
    with tenant.scope(), act_as(tenant.actor("community_officer")):
        assert contacts.shown_to(queries.request(request_id)).name == NAME
        requesting.close(request_id, None, "resident")
    with tenant.scope():
        assert session().scalars(select(AuditEntry.object_id).where(AuditEntry.action == "menu.contact_seen")).all() == [request_id]
    for days, kept in ((180, True), (181, False)):
        with set_clock(today() + dt.timedelta(days=days)), tenant.scope():
            upkeep.nightly(None)  # type: ignore[arg-type]
            assert queries.request(request_id).has_contact is kept
    with tenant.scope():
        row = session().scalars(select(MenuRequest)).one()
        assert [row.name, row.phone, row.phone_print, row.address, row.wants, row.wished_words] == [None] * 6


def test_a_need_becomes_an_order_and_hears_when_it_is_done(tenant: TestTenant, member: TestMember) -> None:
    need = uuid.uuid4()
    request_id = asked(tenant, title="修水管", category="家电维修", channel="need", origin="needs", origin_id=need)
    assert standing(tenant)[0] == ("open",)  # nobody makes it again
    agreed(tenant, request_id, Owner(member_id=member.id))
    with set_clock(later()), tenant.scope():
        serving.served(request_id, None, by=None)
        closed = session().execute(select(Matter.state, Matter.origin, Matter.origin_id)).one()
    assert tuple(closed) == ("closed", "needs", need)
    assert [one.endpoint for one in hooks.matter_makers()] == ["menu.request_new"]


def test_a_member_takes_along_what_is_his_and_is_erased(tenant: TestTenant, member: TestMember) -> None:
    owner = Owner(member_id=member.id)
    first, second = asked(tenant, offered(tenant, owner)), asked(tenant, offered(tenant, owner, "量血压"))
    agreed(tenant, first, owner)
    with tenant.scope():
        calendars.renew(owner)
        assert [table.title for table in exporting.tables(member.id)] == ["提供的服务", "服务的上架情况", "接到的点单", "约定", "日历订阅"]
        assert exporting.erase(member.id) > 0
        assert exporting.tables(member.id) == []
    assert [state_of(tenant, one) for one in (first, second)] == ["open", "open"]
    assert request_of(tenant, second).has_contact  # the residents' requests stay


def test_an_officer_takes_an_order_for_a_member_who_calls(tenant: TestTenant, member: TestMember) -> None:
    request_id = asked(tenant, title="修水管", category="家电维修")
    with tenant.scope():
        proposing.take(request_id, None, member.id)
        with pytest.raises(Conflict):
            proposing.take(request_id, None, member.id)
    agreed(tenant, request_id, Owner(member_id=member.id))
    assert state_of(tenant, request_id) == "agreed"
