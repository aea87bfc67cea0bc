"""What exchange refuses on every way, with its sentence and without a trace; who comes back, and what is tried again."""
from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core.access.roles import MEMBER
from core.audit.models import AuditEntry
from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.exchange import (
    arrivals,
    asking,
    bodies,
    canonical,
    certifying,
    envelopes,
    feedback,
    inbox,
    keys,
    outbox,
    partner_files,
    partners,
    post_office,
)
from core.exchange.certifying import Destination
from core.exchange.models import ExchangeIncoming, ExchangeOutgoing, ExchangePartner, ExchangeReceipt, ExchangeRequest
from core.members.models import Member
from core.organizations.models import Organization
from core.registration import membership
from core.registration.models import Obligation
from core.tenancy import now, session, today
from core.tenancy.clock import set_clock
from core.tenancy.scope import tenant_id
from tests.exchange.conftest import Pair
from tests.exchange.test_envelopes import count, take, text_of
from tests.support.factories import TestAccount, TestTenant, make_account, make_member, make_tenant


def said(work: Callable[[], Any]) -> str:
    """The sentence, or the kind where there is none, of what must be refused."""
    with pytest.raises(BaodaoError) as refused:
        work()
    fields = getattr(refused.value, "fields", None) or {}
    return next(iter(fields.values()))[0] if fields else refused.value.message


def only(tenant: TestTenant, model: Any) -> Any:
    """The newest row of a table."""
    with tenant.scope():
        return session().scalars(select(model).where(model.tenant_id == tenant_id()).order_by(model.id.desc())).first()


def here(partner: TestTenant) -> uuid.UUID:
    """The partner's id in the scope that is open."""
    return session().scalars(select(ExchangePartner.id).where(ExchangePartner.tenant_id == tenant_id(), ExchangePartner.code == partner.code)).one()


def deeds(tenant: TestTenant) -> int:
    """How much the log holds."""
    with tenant.scope():
        return session().scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.tenant_id == tenant_id())) or 0


def test_at_home_nothing_that_cannot_be_certified_goes_out(pair: Pair) -> None:
    partner, nobody = pair.partner_id(pair.home, pair.away), uuid.uuid4()
    left, homeless = make_member(pair.home, "已离开"), make_member(pair.home, "无单位", unit_id=None)
    to = Destination(partner, pair.code(), "residence")
    with pair.home.scope():
        membership.leave(left.id, today())
    before = deeds(pair.home)
    with pair.home.scope():
        assert [said(lambda one=one: certifying.check(one)) for one in (
            Destination(partner, pair.code(), "holiday"), Destination(partner, pair.code(), "residence", moves_on=today() + dt.timedelta(days=1)),
            Destination(partner, "0", "residence"))] == ["请选择", "不能晚于今天；到那一天再办理。", "请从对方的社区名单中选择"]
        assert [said(lambda one=one: asking.ask(one, to, by=None)) for one in (left.id, homeless.id)] == [
            "这名党员已离开名册，不能开具介绍信。", "请先登记这名党员现在的单位，再开具介绍信。"]
        for work in (lambda: asking.take_back(nobody, 1), lambda: outbox.text_of(nobody), lambda: outbox.again(nobody),
                     lambda: partners.end(nobody, 1), lambda: certifying.check(Destination(nobody, pair.code(), "residence"))):
            with pytest.raises(NotFound):
                work()
        row = partners.get(partner)
        assert said(lambda: partners.accept(partner, row.version)) == "这个伙伴现在不需要确认，请刷新页面。"
        assert said(lambda: partners.put_directory(partner, [["1", "社区", ""]] * 20_001)) == "伙伴文件中的社区太多，不能读取。"
        assert len(partners.directory(partner)) == 8
    assert deeds(pair.home) == before


def test_a_request_is_answered_with_a_reason_and_taken_back_by_its_member_only(pair: Pair, signed: Callable[[TestAccount], FlaskClient]) -> None:
    to = Destination(pair.partner_id(pair.home, pair.away), pair.code(), "residence")
    other = make_member(pair.home, "别人", account=True)
    with pair.home.scope():
        account = make_account(pair.home, MEMBER, pair.home.units[0], member_id=pair.member.id)
        wish = asking.ask(pair.member.id, to, by=account.id)
    assert other.account is not None
    me, stranger, liaison = signed(account), signed(other.account), signed(pair.home.accounts["unit_liaison"])
    assert stranger.post(f"/exchange/requests/{wish}/take-back", data={"version": 1}).status_code == 404
    assert liaison.get("/exchange/mine").status_code == 403
    assert liaison.post(f"/exchange/requests/{wish}/refuse", data={"version": 1, "reason": " "}).status_code == 422
    assert liaison.post(f"/exchange/requests/{wish}/refuse", data={"version": 1, "reason": "请先在本地报到"}).status_code == 303
    assert "请先在本地报到" in me.get("/exchange/mine").text
    assert me.post(f"/exchange/requests/{wish}/take-back", data={"version": 1}).status_code == 409
    assert (only(pair.home, ExchangeRequest).state, only(pair.home, ExchangeOutgoing)) == ("refused", None)


def test_on_arrival_what_is_no_certificate_for_us_is_refused(pair: Pair, signed: Callable[[TestAccount], FlaskClient]) -> None:
    desk, admin = signed(pair.away.accounts["community_officer"]), signed(pair.away.accounts["city_administrator"])
    third = make_tenant("4206", name="襄阳市")
    foreign = desk.post("/exchange/arrivals/take", data={"text": text_of(pair, pair.send())})
    assert (foreign.status_code, "签名有效，已接收" in desk.get("/exchange/arrivals").text) == (303, True)
    with third.scope():
        keys.ensure()
        strange = envelopes.seal("receipt", pair.away.code, receipt(uuid.uuid4(), None))[1]
    refused = desk.post("/exchange/arrivals/take", data={"text": strange})
    assert (refused.status_code, "发件方不是本地的互通伙伴" in refused.text, count(pair.away)) == (422, True, 1)
    row, by = pair.arrived(), pair.away.accounts["community_officer"].id
    with pair.away.scope():
        assert said(lambda: arrivals.release(row.id, pair.away.communities[0], row.version)) == said(lambda: arrivals.admit(row.id, 99, by=by))
        for work in (lambda: arrivals.admit(uuid.uuid4(), 1, by=by), lambda: arrivals.turn_away(uuid.uuid4(), 1, "不在", by=by)):
            with pytest.raises(NotFound):
                work()
        session().get_one(ExchangeIncoming, (tenant_id(), row.id)).state = "held"
    place = f"/exchange/arrivals/{row.id}/release"
    for community in (uuid.uuid4(), third.communities[0], pair.away.streets[0]):
        assert admin.post(place, data={"version": row.version, "community_id": str(community)}).status_code == 422
    assert pair.arrived().state == "held"
    assert admin.post(f"/exchange/arrivals/{row.id}/turn-away", data={"version": row.version, "reason": "不在本社区"}).status_code == 303
    with pair.away.scope():
        assert said(lambda: arrivals.turn_away(row.id, row.version + 1, "再退一次", by=by)) == said(lambda: arrivals.admit(row.id, 99, by=by))
    post_office.go_round()
    assert (only(pair.home, ExchangeOutgoing).state, only(pair.home, ExchangeOutgoing).reason) == ("refused", "不在本社区")


def receipt(member: uuid.UUID, certificate: uuid.UUID | None, **changes: Any) -> dict[str, Any]:
    """A receipt as the visited city writes it."""
    return {"member_id": member, "certificate_id": certificate, "reason": None, "report_in_id": uuid.uuid4(), "edition": 0,
            "community": {"code": "1", "name": "某社区"}, "basis": "residence", "number": "1", "reported_on": today(), "in_force": True} | changes


def test_what_could_not_be_taken_is_taken_when_it_comes_again(pair: Pair) -> None:
    with pair.away.scope():
        early = envelopes.seal("receipt", pair.home.code, receipt(pair.member.id, None))[1]
        void = envelopes.seal("receipt", pair.home.code, receipt(pair.member.id, None, in_force=False))[1]
    assert [take(pair.home, early) for _time in range(2)] == ["refused", "refused"]
    assert (only(pair.home, ExchangeIncoming).envelope, count(pair.home)) == (None, 1)
    pair.send()
    assert [take(pair.home, one) for one in (early, early, void)] == ["taken"] * 3
    with pair.home.scope():
        assert sorted(session().scalars(select(ExchangeReceipt.in_force).where(ExchangeReceipt.tenant_id == tenant_id()))) == [False, True]
        row = session().scalars(select(ExchangeIncoming).where(ExchangeIncoming.tenant_id == tenant_id()).order_by(ExchangeIncoming.id)).first()
        assert row is not None
        assert (row.state, row.reason, row.decided_at, inbox.body_of(row)["member_id"]) == ("done", None, None, pair.member.id)
        with pytest.raises(Invalid, match="没有这份反馈。"):
            feedback.feedback_content(row.id)


def test_a_guest_who_left_comes_back_to_the_unit_of_a_new_name(pair: Pair) -> None:
    guest = pair.guest()
    with pair.away.scope():
        home = Destination(here(pair.home), partners.directory(here(pair.home))[0][0], "residence")
        assert said(lambda: certifying.send(guest, home, channel="unit", by=None)) == "这名党员的组织关系在外地，请由其所在单位办理。"
        membership.leave(guest, today())
    with pair.home.scope():
        session().get_one(Organization, (tenant_id(), pair.home.units[0])).name = "改名局"
    with set_clock(now() + dt.timedelta(days=1)):
        pair.send()
        post_office.go_round()
        assert pair.admit() == guest
    with pair.away.scope():
        row = session().get_one(Member, (tenant_id(), guest))
        unit = session().get_one(Organization, (tenant_id(), row.unit_id))
        assert (row.status, row.residence_id, row.workplace_id, unit.name, unit.version) == ("active", pair.away.communities[0], None, "改名局", 2)
        assert session().scalars(select(Obligation.status).where(Obligation.tenant_id == tenant_id(), Obligation.member_id == guest)
                                 .order_by(Obligation.id)).all() == ["met", "met"]
        assert session().scalars(select(AuditEntry.action).where(AuditEntry.tenant_id == tenant_id(), AuditEntry.object_id == guest,
                                                                 AuditEntry.action.in_(("member.entered", "member.restored")))
                                 .order_by(AuditEntry.at)).all() == ["member.entered", "member.restored"]


def test_a_second_certificate_for_who_has_reported_in_goes_back_even_when_exchange_has_ended(pair: Pair) -> None:
    pair.guest()
    pair.send()
    post_office.go_round()
    row, by = pair.arrived(), pair.away.accounts["community_officer"].id
    with pytest.raises(Conflict, match="没有接收：这名党员已在本社区报到，不必重复办理。"):
        pair.admit()
    with pair.away.scope():
        known = partners.get(here(pair.home))
        partners.end(known.id, known.version)
        assert arrivals.turn_away(row.id, row.version, "已经报到过", by=by) == 0
        kept = session().get_one(ExchangeIncoming, (tenant_id(), row.id))
        assert (kept.state, kept.reason, kept.envelope) == ("refused", "已经报到过", None)
        sent = session().scalars(select(ExchangeOutgoing.kind).where(ExchangeOutgoing.tenant_id == tenant_id())).all()
    assert sent == ["receipt"]


def test_a_key_that_was_retired_and_a_clock_ahead_are_told_apart(pair: Pair) -> None:
    with set_clock(now() + dt.timedelta(hours=2)):
        early = text_of(pair, pair.send())
    with pair.away.scope():
        assert inbox.take(early).reason == "函件的签发时间在将来，不能接收。请双方核对服务器时钟。"
        row = session().scalars(select(ExchangePartner).where(ExchangePartner.tenant_id == tenant_id())).one()
        row.keys = {number: key | {"until": (now() - dt.timedelta(days=1)).isoformat()} for number, key in row.keys.items()}
    with pair.away.scope():
        assert inbox.take(early).reason == "函件是用已停用的密钥签的。请发件方用新密钥重新发送。"
    assert count(pair.away) == 0


def test_bodies_and_texts_that_are_none_are_unreadable(pair: Pair) -> None:
    unreadable = canonical.unreadable().message
    assert [said(lambda one=one: canonical.parse(one, 10)) for one in (b"[" + b"1" * 20, b"{")] == [unreadable] * 2
    assert said(lambda: canonical.unpack(canonical.PREFIX + canonical.encode(b"\xff\xff\xff"))) == unreadable
    for kind, body in (("certificate", {}), ("receipt", receipt(uuid.uuid4(), None) | {"edition": "1"}), ("letter", {})):
        assert said(lambda kind=kind, body=body: bodies.load(kind, body)) == "互通函件的内容不合格式，不能接收。请对方升级系统后重新发送。"


def test_partner_files_that_are_none_ours_or_of_a_neighbour_in_the_house(pair: Pair) -> None:
    with pair.home.scope():
        ours = partner_files.write("")
        assert said(lambda: partner_files.take(ours)) == "这是本地自己的伙伴文件。请选择对方给您的文件。"
        for content in (b" " * (partner_files.MOST_BYTES + 1), b"{}", json.dumps(json.loads(ours) | {"more": 1}).encode()):
            assert said(lambda content=content: partner_files.read(content)) == canonical.unreadable().message
    with pair.away.scope():
        assert said(lambda: partner_files.take(ours)) == "省直机关工委就在本系统内，不用文件也能互通。"
        assert partners.get(here(pair.home)).state == "active"


def test_partners_who_end_and_think_again_are_partners_again(pair: Pair) -> None:
    """Also when the other side had not heard of the end yet."""
    mine = pair.partner_id(pair.home, pair.away)

    def turn(*, meanwhile: bool) -> list[str]:
        with pair.home.scope():
            partners.end(mine, partners.get(mine).version)
            assert said(lambda: partners.end(mine, partners.get(mine).version)) == "与这个伙伴的互通已经停止。"
        if meanwhile:
            post_office.go_round()
        with pair.home.scope():
            assert partners.offer(pair.away.code) == mine
        for _round in range(2):
            post_office.go_round()
        with pair.home.scope():
            found = [partners.get(mine).state]
        with pair.away.scope():
            return [*found, partners.get(here(pair.home)).state]
    assert turn(meanwhile=False) == ["active", "active"]
    assert turn(meanwhile=True) == ["offered", "asked"]
    with pair.away.scope():
        row = partners.get(here(pair.home))
        partners.accept(row.id, row.version)
    post_office.go_round()
    post_office.go_round()
    with pair.home.scope():
        assert partners.get(mine).state == "active"


def test_an_end_of_what_never_began_leaves_nothing(database: object) -> None:
    one, other = make_tenant("4201"), make_tenant("4205", name="宜昌市")
    with one.scope():
        offered = partners.offer(other.code)
        partners.end(offered, partners.get(offered).version)
    post_office.go_round()
    assert only(other, ExchangePartner) is None
