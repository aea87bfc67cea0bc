"""Certificates that nobody takes in go back once, with their records, without touching what is decided or being decided (R9, R27)."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from sqlalchemy import select

from core.exchange import expiring, inbox, outbox, post_office
from core.exchange.models import ExchangeIncoming, ExchangeOutgoing
from core.tenancy import now, session
from core.tenancy.clock import set_clock
from core.tenancy.scope import tenant_id
from tenants.settings import save
from tests.exchange.conftest import Pair

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
