"""What could not be handed to another installation waits, is asked again or says why, and is not sent twice."""
from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from core import outgoing
from core.config import Config
from core.errors import Conflict, NotFound
from core.exchange import (
    addresses,
    canonical,
    inbox,
    keys,
    movers,
    outbox,
    papers,
    partners,
    post_office,
    queries,
    served,
)
from core.exchange.models import ExchangeOutgoing, ExchangeReceipt
from core.exchange.outbox import Outcome
from core.exchange.served import ServedFilter
from core.members.reach import grants_for
from core.tenancy import Tenant, session, unscoped
from core.tenancy.scope import tenant_id
from tests.exchange.conftest import Pair
from tests.exchange.test_envelopes import count
from tests.exchange.test_refusals import here, only, said
from tests.support.applications import shared_app
from tests.support.browsing import without_csrf
from tests.support.factories import TestAccount


@pytest.mark.parametrize(("broken", "state", "reason"), [
    (Conflict("正在维护"), "refused", "正在维护"), (RuntimeError("no connection"), "waiting", "暂时送不到，系统将自动重试。"),
    (None, "waiting", "对方暂停使用，系统将自动重试。")])
def test_what_cannot_be_handed_over_waits_or_says_why(pair: Pair, monkeypatch: pytest.MonkeyPatch, broken: Exception | None, state: str, reason: str) -> None:
    sent = pair.send()
    if broken is None:
        with unscoped():
            found = session().get_one(Tenant, pair.away.id)
            found.status = "suspended"
    else:
        def take_nothing(_text: str) -> Outcome:
            raise broken
        monkeypatch.setattr(inbox, "take", take_nothing)
    post_office.go_round()
    with pair.home.scope():
        row = session().get_one(ExchangeOutgoing, (tenant_id(), sent))
        assert (row.state, row.reason) == (state, reason)
    assert count(pair.away) == 0


def test_an_address_that_answers_anything_but_a_signed_answer_is_asked_again_later(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = pair.send()
    with pair.home.scope():
        row = partners.get(here(pair.away))
        row.local, row.url = False, "https://away.example.gov.cn/t/city4205/exchange/in"
        session().flush()
        mail = outbox.due(local=False)[0]
    told = []
    for status, body in ((429, b""), (502, b"<html>"), (200, b'{"format": "x"}'), (200, b"no json")):
        monkeypatch.setattr(outgoing, "fetch", lambda *_a, status=status, body=body, **_k: SimpleNamespace(status=status, headers={}, body=body))
        outcome = addresses.carry(mail)
        told.append((outcome.state, outcome.reason))
    unreadable = canonical.unreadable().message
    assert told == [
        ("busy", "对方系统一时忙不过来，系统将自动重试。"), ("later", "对方系统回答 502，系统将自动重试。"), ("later", unreadable), ("later", unreadable)]
    assert mail.id == sent


def test_what_was_delivered_or_erased_is_not_sent_again(pair: Pair, signed: Callable[[TestAccount], FlaskClient]) -> None:
    sent = pair.send()
    post_office.go_round()
    pair.admit()
    post_office.go_round()
    county = signed(pair.home.accounts["county_officer"])
    again = county.post(f"/exchange/outgoing/{sent}/again")
    assert (again.status_code, "这份函件已经送达，不必重发。" in again.text) == (409, True)
    back = only(pair.away, ExchangeOutgoing)
    with pair.away.scope():
        assert back.kind == "receipt"
        with pytest.raises(NotFound):
            papers.letter_pdf(back.id)
        assert json.loads(outbox.filed(back.id))["kind"] == "receipt"
        assert session().get_one(ExchangeOutgoing, (tenant_id(), back.id)).state == "delivered"
        desk = pair.away.actor("city_administrator")
        assert movers.movers(grants_for(desk, "members.read"), after=uuid.UUID(int=0)) == []
    with pair.home.scope():
        row = session().get_one(ExchangeOutgoing, (tenant_id(), sent))
        row.envelope, row.state = None, "refused"
        session().flush()
        assert [said(lambda work=work: work(sent)) for work in (outbox.again, outbox.text_of)] == [
            "这份函件的内容已经删除，不能重发。", "这份函件的内容已经删除，不能导出。"]
        known = session().scalars(select(ExchangeReceipt).where(ExchangeReceipt.tenant_id == tenant_id())).one()
        wanted = ServedFilter(grants_for(pair.home.actor("unit_liaison"), "exchange.send"))
        assert [len(served.receipts(wanted, after)) for after in (None, known.id)] == [1, 0]
        rows = [SimpleNamespace(counts=counts, happened_on=dt.date(year, 5, 1), minutes=minutes)
                for counts, year, minutes in ((True, 2025, 60), (False, 2026, 30), (True, 2026, 90), (True, 2025, 15))]
        assert queries.years(rows) == [(2026, 1, 90), (2025, 2, 75)]


def test_the_public_page_tells_a_certificate_from_other_letters_and_a_new_key_is_made_once_confirmed(
        pair: Pair, signed: Callable[[TestAccount], FlaskClient], config: Config) -> None:
    pair.guest()
    back = only(pair.away, ExchangeOutgoing)
    with pair.away.scope():
        text = outbox.text_of(back.id)
    public = without_csrf(shared_app(config)).test_client()
    page = public.post(f"/t/{pair.home.slug}/exchange/verify", data={"text": text})
    assert (page.status_code, "这不是介绍信。" in page.text, "签名有效" in page.text) == (422, True, False)
    asked = [public.post(f"/t/{pair.home.slug}/exchange/verify", data={"text": "x"}).status_code for _time in range(31)]
    assert (asked[0], asked[-1]) == (422, 429)
    admin = signed(pair.home.accounts["city_administrator"])
    with pair.home.scope():
        first = keys.public_keys()[0].number
    assert admin.post("/exchange/key").status_code == 422
    assert admin.post("/exchange/key", data={"confirmed": "yes"}).status_code == 303
    with pair.home.scope():
        assert [key.number == first for key in keys.public_keys()] == [False, True]
