"""Certificates that nobody takes in go back once, with their records, without touching what is decided or being decided (R9, R27)."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from sqlalchemy import func, select, update

from core.exchange import arrivals, envelopes, expiring, inbox, outbox, post_office
from core.exchange.models import ExchangeIncoming, ExchangeOutgoing, ExchangePartner
from core.members import affiliations
from core.tenancy import now, session, today
from core.tenancy.clock import set_clock
from core.tenancy.scope import tenant_id
from tenants.settings import save
from tests.exchange.conftest import Pair
from tests.exchange.test_flow import entered, served_at_home
from tests.exchange.test_races import admitted, at_the_desk, waiting
from tests.registration import test_races
from tests.registration.test_races import Meeting
from tests.service.conftest import without_locks
from tests.support.factories import make_member

__all__ = ["without_locks"]

DAYS = 180


@pytest.fixture
def dated(pair: Pair) -> Pair:
    """The visited city's administrator has chosen days."""
    with pair.away.scope():
        save("exchange", {"waiting_days": DAYS}, version=0)
    return pair


def night(pair: Pair, days: int) -> Any:
    """The nightly job, so many days from now."""
    with set_clock(now() + dt.timedelta(days=days)), pair.away.scope():
        return expiring.clean(None)


def later_round(days: int) -> None:
    """The post office, so many days from now."""
    with set_clock(now() + dt.timedelta(days=days)):
        post_office.go_round()


def again(pair: Pair, sent: uuid.UUID) -> Any:
    """The paper's code is scanned, or the sender sends the same envelope once more."""
    with pair.home.scope():
        text = outbox.text_of(sent)
    with pair.away.scope():
        return inbox.take(text)


def incoming(pair: Pair, kind: str) -> list[tuple[str, bool]]:
    """(state, whether the content is kept) of what came to the visited city."""
    with pair.away.scope():
        return [(row.state, row.envelope is not None) for row in session().scalars(select(ExchangeIncoming).where(
            ExchangeIncoming.tenant_id == tenant_id(), ExchangeIncoming.kind == kind).order_by(ExchangeIncoming.id))]


def sent_out(pair: Pair, kind: str) -> list[tuple[str, int]]:
    """(state, edition) of what went out at home."""
    with pair.home.scope():
        return [(row.state, row.edition) for row in session().scalars(select(ExchangeOutgoing).where(
            ExchangeOutgoing.tenant_id == tenant_id(), ExchangeOutgoing.kind == kind).order_by(ExchangeOutgoing.id))]


def test_what_went_back_by_itself_is_answered_the_same_when_it_comes_again(dated) -> None:
    sent = dated.send()
    post_office.go_round()
    night(dated, DAYS + 1)
    outcome = again(dated, sent)
    assert (outcome.state, "180 天没有办理" in outcome.reason, incoming(dated, "certificate")) == ("refused", True, [("refused", False)])
    assert night(dated, DAYS + 2) == {"certificates": 0, "records": 0}
    later_round(DAYS + 2)
    assert sent_out(dated, "certificate") == [("refused", 0)]


def move(pair: Pair) -> None:
    """A move with one record."""
    served_at_home(pair)
    pair.send(moves_on=today(), carry=True)
    post_office.go_round()


def enter_again(pair: Pair) -> None:
    """The member is in the register at home once more."""
    with pair.home.scope():
        row = affiliations.locked(pair.member.id)
        row.status = "active"
        affiliations.enter(row, today(), "form")


def test_a_moves_records_come_back_with_it_are_a_task_at_home_and_go_along_with_the_next(dated, config) -> None:
    move(dated)
    assert (incoming(dated, "record"), sent_out(dated, "record")) == ([("waiting", True)], [("delivered", 0)])
    county, other = entered(config, dated.home.accounts["county_officer"]), entered(config, dated.home.others["county_officer"])
    assert "迁出被退回" not in county.get("/").text
    assert night(dated, DAYS + 1) == {"certificates": 1, "records": 1}
    later_round(DAYS + 1)
    assert (incoming(dated, "record"), sent_out(dated, "record"), sent_out(dated, "certificate")) == (
        [("refused", False)], [("refused", 0)], [("refused", 0)])
    assert ["迁出被退回的党员" in client.get(page).text for client in (county, other) for page in ("/", "/exchange/outgoing")] == [True, True, False, False]
    enter_again(dated)
    assert ["迁出被退回的党员" in county.get(page).text for page in ("/", "/exchange/outgoing")] == [False, False]
    dated.send(moves_on=today(), carry=True)
    post_office.go_round()
    assert sent_out(dated, "record") == [("refused", 0), ("delivered", 1)]
    dated.admit()
    assert incoming(dated, "record") == [("refused", False), ("done", True)]


def test_of_a_certificate_sent_twice_only_the_one_that_came_back_is_refused_and_what_is_taken_in_stays(dated) -> None:
    move(dated)
    with dated.home.scope():
        first = session().scalars(select(ExchangeOutgoing).where(ExchangeOutgoing.tenant_id == tenant_id(), ExchangeOutgoing.kind == "certificate")).one()
        body = envelopes.read(outbox.text_of(first.id)).body | {"community": {"code": dated.code(1), "name": "另一个社区"}}
        partner = session().scalars(select(ExchangePartner).where(ExchangePartner.tenant_id == tenant_id())).one()
        outbox.post(partner, "certificate", body, about_id=first.about_id, edition=1, member_id=dated.member.id, unit_id=first.unit_id)
    dated.admit()
    post_office.go_round()
    assert night(dated, DAYS + 1) == {"certificates": 1, "records": 0}
    later_round(DAYS + 1)
    assert (sent_out(dated, "certificate"), sent_out(dated, "record")) == ([("delivered", 0), ("refused", 1)], [("delivered", 0)])
    assert incoming(dated, "record") == [("done", True)]


def test_one_certificate_that_cannot_go_back_holds_up_no_other(dated) -> None:
    dated.send()
    dated.member = make_member(dated.home, "司马再来")
    dated.send()
    post_office.go_round()
    with dated.away.scope():
        first = session().scalars(select(ExchangeIncoming).where(ExchangeIncoming.tenant_id == tenant_id()).order_by(ExchangeIncoming.id)).first()
        first.envelope = None
    assert night(dated, DAYS + 1) == {"certificates": 1, "records": 0}
    assert incoming(dated, "certificate") == [("waiting", False), ("refused", False)]


def night_while_a_desk_admits(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The desk has the certificate in hand when the nightly job comes."""
    pair.send(moves_on=today())
    post_office.go_round()
    row, = waiting(pair)
    with pair.away.scope():
        session().execute(update(ExchangeIncoming).where(ExchangeIncoming.tenant_id == tenant_id()).values(received_at=now() - dt.timedelta(days=DAYS + 1)))
    meeting = Meeting()
    monkeypatch.setattr(arrivals, "locked", meeting.pause(arrivals.locked))

    def clean() -> Any:
        with pair.away.scope():
            return expiring.clean(None)
    return meeting.hold(at_the_desk(pair, row), meeting.tell(clean))


def test_what_a_desk_has_in_hand_does_not_go_back(dated, monkeypatch) -> None:
    outcome = night_while_a_desk_admits(dated, monkeypatch)
    assert (outcome[1], admitted(dated), sent_out_by(dated)) == ({"certificates": 0, "records": 0}, 1, 0)


@pytest.mark.usefixtures("without_locks")
def test_twin_without_row_locks_it_goes_back_and_is_taken_in(dated, monkeypatch) -> None:
    monkeypatch.setattr(test_races, "PATIENCE", 15)
    outcome = night_while_a_desk_admits(dated, monkeypatch)
    assert (outcome[1], admitted(dated), sent_out_by(dated)) == ({"certificates": 1, "records": 0}, 1, 1)


def sent_out_by(pair: Pair) -> int:
    """How many refusals the visited city has laid out."""
    with pair.away.scope():
        return session().scalar(select(func.count()).select_from(ExchangeOutgoing).where(ExchangeOutgoing.tenant_id == tenant_id()))


def test_the_desk_sees_in_how_many_days_a_certificate_goes_back_where_any_does(pair, config) -> None:
    pair.send()
    post_office.go_round()
    row, desk = pair.arrived(), entered(config, pair.away.accounts["community_officer"])
    pages = ("/exchange/arrivals", f"/exchange/arrivals/{row.id}")
    assert ["天后退回" in desk.get(page).text for page in pages] == [False, False]
    with pair.away.scope():
        save("exchange", {"waiting_days": DAYS}, version=0)
    assert ["将在 180 天后退回" in desk.get(page).text for page in pages] == [True, True]
    with pair.away.scope():
        session().execute(update(ExchangeIncoming).where(ExchangeIncoming.tenant_id == tenant_id()).values(received_at=now() - dt.timedelta(days=DAYS + 1)))
    assert ["今晚将自动退回" in desk.get(page).text for page in pages] == [True, True]
    night(pair, 0)
    assert ["天后退回" in desk.get(page).text or "今晚将" in desk.get(page).text for page in pages] == [False, False]
