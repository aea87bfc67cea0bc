"""Feedback to a unit in another tenant and the answer back, for the plugins on both sides (D12, D13)."""
from __future__ import annotations

import uuid

import pytest
from sqlalchemy import insert, select

from core.api import FeedbackArrival, partner_of_unit, send_feedback
from core.errors import Conflict, Invalid
from core.exchange import partners, post_office
from core.exchange.models import ExchangeOutgoing, ExchangePartner, ExchangeUnit
from core.extension.facts import decode, encode
from core.extension.models import PluginActivation
from core.extension.registry import Registry, using
from core.tenancy import now, session
from core.tenancy.scope import tenant_id
from tests.support.factories import make_member
from tests.support.plugins import make_plugin

HEARD: list[tuple[FeedbackArrival, dict]] = []


@pytest.fixture
def listener(pair):
    """A plugin on both sides that hears of feedback."""
    HEARD.clear()

    def feedback_arrived(arrival: FeedbackArrival) -> None:
        HEARD.append((arrival, dict(arrival.content)))

    for tenant in (pair.home, pair.away):
        with tenant.scope():
            session().execute(insert(PluginActivation), [{"tenant_id": tenant.id, "id": uuid.uuid4(), "plugin": "listener", "enabled": True,
                                                          "changed_at": now(), "changed_by": None}])
    with using(Registry()) as registry:
        assert registry.register(make_plugin("listener", {"feedback_arrived": feedback_arrived}, api=1))
        yield


def test_feedback_goes_to_the_home_unit_with_its_own_ids_and_the_answer_comes_back(pair, listener) -> None:
    guest, letter = pair.guest(), uuid.uuid4()
    with pair.away.scope():
        unit = session().scalars(select(ExchangeUnit.organization_id).where(ExchangeUnit.tenant_id == tenant_id())).one()
        partner = partner_of_unit(unit)
        assert (partner.name, partner.active) == ("省直机关工委", True)
        assert partner_of_unit(pair.away.units[0]) is None
        args = {"about": letter, "community_id": pair.away.communities[0], "members": [guest]}
        sent = send_feedback(unit, {"title": "年度反馈", "rows": [{"member": 0, "times": 3}]}, **args)
        assert send_feedback(unit, {"title": "又一次"}, **args) == sent
        own = make_member_inside(pair)
        with pytest.raises(Invalid):
            send_feedback(unit, {}, about=uuid.uuid4(), members=[own])
        with pytest.raises(Invalid):
            send_feedback(unit, {"rate": 0.5}, about=uuid.uuid4())
    post_office.go_round()
    (arrival, content), = HEARD
    assert (arrival.envelope_id, arrival.sender_name, arrival.unit_id, arrival.members) == (sent, "宜昌市", pair.home.units[0], (pair.member.id,))
    assert (arrival.about, arrival.answer_to, content["rows"]) == (letter, None, [{"member": 0, "times": 3}])
    assert decode(FeedbackArrival, encode(arrival)) == arrival
    assert "年度反馈" not in str(encode(arrival))  # a job's payload holds ids only
    HEARD.clear()
    with pair.home.scope():
        with pytest.raises(Invalid):
            send_feedback(pair.home.units[0], {"title": "无所回复"}, about=uuid.uuid4())
        with pytest.raises(Invalid):
            send_feedback(pair.home.units[1], {"answer_to": str(sent)}, about=uuid.uuid4())
        send_feedback(pair.home.units[0], {"answer_to": str(sent), "text": "已阅"}, about=uuid.uuid4(), members=[pair.member.id])
    post_office.go_round()
    (answer, content), = HEARD
    assert (answer.answer_to, answer.unit_id, answer.members, content["text"]) == (sent, unit, (guest,), "已阅")


def make_member_inside(pair) -> uuid.UUID:
    """An id that is no guest's."""
    return pair.member.id


def test_feedback_about_strangers_is_refused_and_an_ended_partner_gets_none(pair, listener) -> None:
    pair.guest()
    stranger = make_member(pair.home, "未介绍")
    with pair.away.scope():
        unit = session().scalars(select(ExchangeUnit.organization_id).where(ExchangeUnit.tenant_id == tenant_id())).one()
        link = session().scalars(select(ExchangeUnit).where(ExchangeUnit.tenant_id == tenant_id())).one()
        link.remote_id = pair.home.units[1]  # a unit that has introduced nobody there
        session().flush()
        sent = send_feedback(unit, {"title": "x"}, about=uuid.uuid4())
    post_office.go_round()
    with pair.away.scope():
        assert session().get_one(ExchangeOutgoing, (tenant_id(), sent)).state == "refused"
        row = session().scalars(select(ExchangePartner).where(ExchangePartner.tenant_id == tenant_id())).one()
        partners.end(row.id, row.version)
        with pytest.raises(Conflict):
            send_feedback(unit, {"title": "x"}, about=uuid.uuid4())
    assert (HEARD, stranger.name) == ([], "未介绍")
