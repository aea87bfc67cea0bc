"""From certificate to report-in, receipt and record, between two tenants of one installation (R9, R27, R29)."""
from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from core.errors import Conflict
from core.exchange import arrivals, expiring, outbox, partners, post_office
from core.exchange.models import ExchangeIncoming, ExchangeMember, ExchangeOutgoing, ExchangePartner, ExchangeReceipt, ExchangeRecord
from core.members.models import Member
from core.privacy import keyring
from core.registration import coverage, reporting
from core.registration.models import Obligation, ReportIn
from core.service import evaluation, records
from core.service.records import RecordInput
from core.tenancy import now, session, today
from core.tenancy.clock import set_clock
from core.tenancy.scope import tenant_id
from tenants.settings import save
from tests.exchange.conftest import Pair
from tests.support.applications import shared_app
from tests.support.browsing import without_csrf
from tests.support.factories import sign_in


def test_a_certificate_becomes_a_guest_and_the_receipt_closes_the_register_at_home(pair) -> None:
    with pair.home.scope():
        session().add(Obligation(member_id=pair.member.id, unit_id=pair.member.unit_id, community_id=None, cause="initial", basis="any",
                                 starts_on=today(), due_on=today()))
    pair.send()
    with pytest.raises(Conflict):
        pair.send()
    assert post_office.go_round() == 1
    row = pair.arrived()
    assert (row.state, row.community_id, row.member_id) == ("waiting", pair.away.communities[0], None)
    guest = pair.admit()
    with pair.away.scope():
        member = session().get_one(Member, (tenant_id(), guest))
        assert (member.name, member.id_number, member.phone, member.residence_id) == ("欧阳远行", None, None, pair.away.communities[0])
        assert [r.status for r in session().scalars(select(ReportIn).where(ReportIn.tenant_id == tenant_id()))] == ["confirmed"]
        paths = [pair.away.paths[pair.away.root]]
        assert coverage.total(paths) == (0, 0)
        assert coverage.by_unit(paths) == []
        assert [(r.expected, r.reported) for r in coverage.by_place([pair.away.paths[pair.away.communities[0]]], "community")] == [(1, 1)]
    assert post_office.go_round() == 1
    with pair.home.scope():
        receipt = session().scalars(select(ExchangeReceipt).where(ExchangeReceipt.tenant_id == tenant_id())).one()
        assert (receipt.member_id, receipt.in_force, receipt.basis) == (pair.member.id, True, "residence")
        assert session().scalars(select(Obligation.status).where(Obligation.tenant_id == tenant_id())).all() == ["met"]
        assert coverage.total([pair.home.paths[pair.home.root]]) == (1, 1)
    assert post_office.go_round() == 0


def test_a_record_goes_home_and_what_is_taken_back_is_taken_back_there(pair) -> None:
    guest, officer = pair.guest(), pair.away.accounts["community_officer"].id
    with pair.away.scope():
        record = records.submit(guest, RecordInput("政策宣传", "入户宣传", today(), 90, pair.away.communities[0], recipient="王大爷"), entered_by=officer)
        evaluation.count_directly(record, "visit", "satisfied", "很好", today(), by=officer)
    assert post_office.go_round() == 1
    with pair.home.scope():
        kept = session().scalars(select(ExchangeRecord).where(ExchangeRecord.tenant_id == tenant_id())).one()
        assert (kept.member_id, kept.minutes, kept.title, kept.counts, kept.rating) == (pair.member.id, 90, "入户宣传", True, "satisfied")
    with pair.away.scope():
        records.withdraw(record, records.locked(record).version, "重复")
        row = session().scalars(select(ReportIn).where(ReportIn.tenant_id == tenant_id())).one()
        reporting.take_back(row.id, row.version, "误办", by=officer)
    assert post_office.go_round() == 2
    with pair.home.scope():
        assert session().scalars(select(ExchangeRecord.counts).where(ExchangeRecord.tenant_id == tenant_id())).all() == [False]
        assert session().scalars(select(ExchangeReceipt.in_force).where(ExchangeReceipt.tenant_id == tenant_id())).all() == [False]


def test_a_certificate_that_is_turned_away_comes_back_with_the_reason(pair) -> None:
    sent = pair.send()
    post_office.go_round()
    row = pair.arrived()
    with pair.away.scope():
        arrivals.turn_away(row.id, row.version, "不在本社区居住", by=pair.away.accounts["community_officer"].id)
    post_office.go_round()
    with pair.home.scope():
        told = session().get_one(ExchangeOutgoing, (tenant_id(), sent))
        assert (told.state, told.reason) == ("refused", "不在本社区居住")
        assert session().scalar(select(func.count()).select_from(ExchangeReceipt).where(ExchangeReceipt.tenant_id == tenant_id())) == 0
    with pair.away.scope():
        assert session().get_one(ExchangeIncoming, (tenant_id(), row.id)).envelope is None


def served_at_home(pair: Pair) -> None:
    """One service of the member that counts, before anybody moves."""
    with pair.home.scope():
        officer = pair.home.accounts["community_officer"].id
        record = records.submit(pair.member.id, RecordInput("政策宣传", "旧地服务", today(), 60, pair.home.communities[0], recipient="李婆婆"),
                                entered_by=officer)
        evaluation.count_directly(record, "visit", "fair", "", today(), by=officer)


def test_a_move_closes_home_and_opens_the_month_with_the_records_that_the_member_lets_go_along(pair) -> None:
    served_at_home(pair)
    pair.send(moves_on=today(), carry=True)
    assert post_office.go_round() == 2
    with pair.home.scope():
        assert session().get_one(Member, (tenant_id(), pair.member.id)).status == "left"
    guest = pair.admit()
    with pair.away.scope():
        duty = session().scalars(select(Obligation).where(Obligation.tenant_id == tenant_id())).one()
        assert (duty.member_id, duty.status, duty.starts_on) == (guest, "open", today())
        assert duty.due_on >= today() + dt.timedelta(days=28)
        assert session().scalars(select(ExchangeRecord.title).where(ExchangeRecord.tenant_id == tenant_id())).all() == ["旧地服务"]
        assert session().scalars(select(ExchangeMember.moved).where(ExchangeMember.tenant_id == tenant_id())).all() == [True]
        reporting.accept(guest, pair.away.communities[0], "residence", by=pair.away.accounts["community_officer"].id)
    assert post_office.go_round() == 0


def test_an_ended_partner_is_refused_with_a_sentence(pair) -> None:
    sent = pair.send()
    with pair.away.scope():
        row = session().scalars(select(ExchangePartner).where(ExchangePartner.tenant_id == tenant_id())).one()
        partners.end(row.id, row.version)
    post_office.go_round()
    with pair.home.scope():
        told = session().get_one(ExchangeOutgoing, (tenant_id(), sent))
        assert (told.state, "停止" in (told.reason or "")) == ("refused", True)
    post_office.go_round()
    with pair.home.scope():
        assert session().scalars(select(ExchangePartner.state).where(ExchangePartner.tenant_id == tenant_id())).all() == ["ended"]
    assert pair.arrived() is None


def test_nothing_but_what_the_envelope_names_crosses(pair) -> None:
    guest = pair.guest()
    secrets = [pair.member.id_number, pair.member.phone, "测试路 1 号", pair.home.name]
    with pair.away.scope():
        row = session().get_one(Member, (tenant_id(), guest))
        ring = keyring.for_tenant(tenant_id())
        opened = [ring.decrypt("exchange_incoming", "envelope", r.id, r.envelope) or "" for r in
                  session().scalars(select(ExchangeIncoming).where(ExchangeIncoming.tenant_id == tenant_id()))]
        assert (row.id_number, row.phone, row.address, row.joined_party_on, row.position) == (None, None, None, None, None)
        assert [s for s in secrets[:3] if any(s in text for text in opened)] == []
        raw = session().scalars(select(ExchangeIncoming.envelope).where(ExchangeIncoming.tenant_id == tenant_id())).all()
        assert not any("欧阳远行".encode() in bytes(r) for r in raw)
    with pair.home.scope():
        mail = outbox.text_of(session().scalars(select(ExchangeOutgoing.id).where(ExchangeOutgoing.tenant_id == tenant_id())).first())
        assert [s for s in secrets[:3] if s in mail] == []


def test_who_moved_here_is_listed_until_the_present_unit_is_entered(pair, config) -> None:
    """The task of the county in which the community lies; no other county's, and gone with the unit."""
    pair.send(moves_on=today())
    post_office.go_round()
    guest = pair.admit()
    county, other, desk = (entered(config, account) for account in (
        pair.away.accounts["county_officer"], pair.away.others["county_officer"], pair.away.accounts["community_officer"]))
    assert "还挂在原单位名下" in county.get("/").text
    assert f"/members/{guest}/move?kind=unit" in county.get("/exchange/movers").text
    assert ("欧阳远行" in other.get("/exchange/movers").text, "还挂在原单位名下" in other.get("/").text) == (False, False)
    assert "请告诉区县组织部门" in desk.get(f"/exchange/arrivals/{pair.arrived().id}").text
    with pair.away.scope():
        version = session().get_one(Member, (tenant_id(), guest)).version
    form = {"kind": "unit", "organization_id": str(pair.away.units[0]), "day": today().isoformat(), "version": version}
    assert county.post(f"/members/{guest}/move", data=form).status_code == 303
    assert ("欧阳远行" in county.get("/exchange/movers").text, "还挂在原单位名下" in county.get("/").text) == (False, False)


def test_a_certificate_that_nobody_takes_in_goes_back_with_its_content_after_the_tenants_days(pair) -> None:
    sent = pair.send(moves_on=today(), carry=True)
    post_office.go_round()
    for chosen, days, state in ((False, 3_650, "waiting"), (True, 179, "waiting"), (False, 181, "refused")):
        with set_clock(now() + dt.timedelta(days=days)), pair.away.scope():
            if chosen:  # until the administrator chooses, nothing goes back
                save("exchange", {"waiting_days": 180}, version=0)
            expiring.clean(None)
        assert pair.arrived().state == state
    assert pair.arrived().envelope is None
    with set_clock(now() + dt.timedelta(days=181)):
        post_office.go_round()
    with pair.home.scope():
        told = session().get_one(ExchangeOutgoing, (tenant_id(), sent))
        assert (told.state, "180 天没有办理" in (told.reason or "")) == ("refused", True)


def entered(config, account):
    """A browser that has signed in."""
    client = without_csrf(shared_app(config)).test_client()
    sign_in(client, account)
    return client
