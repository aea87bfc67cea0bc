"""Envelopes between installations by https: TLS under the test's own authority, on loopback that the operator has opened.

The two sides stand in one database here and meet only at their addresses; tests.exchange.test_two_installations has two of everything.
"""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from core import outgoing
from core.exchange import keys, outbox, partner_files, partners, post_office
from core.exchange.models import ExchangeIncoming, ExchangeOutgoing, ExchangePartner, ExchangeReceipt
from core.jobs import running
from core.tenancy import now, session
from core.tenancy.clock import set_clock
from core.tenancy.scope import tenant_id
from tests.exchange.conftest import Pair
from tests.support.applications import shared_app
from tests.support.certificates import Authority, server_context
from tests.support.factories import TestTenant, make_member, make_tenant
from tests.support.serving import served
from web.cli.up import free_port

NETWORKS = ["127.0.0.1/32"]


@dataclass
class Line:
    """Two tenants who know each other by file and address, and the server that answers for both."""

    pair: Pair
    application: object
    authority: Authority
    pem: Path
    port: int

    def up(self, pem: Path | None = None) -> AbstractContextManager[str]:
        return served(self.application, tls=server_context(pem or self.pem), port=self.port)

    def send(self, name: str = "欧阳远行") -> uuid.UUID:
        self.pair.member = make_member(self.pair.home, name)
        return self.pair.send()

    def state(self, sent: uuid.UUID) -> tuple[str, int]:
        with self.pair.home.scope():
            row = session().get_one(ExchangeOutgoing, (tenant_id(), sent))
            return row.state, row.tries

    def reason(self, sent: uuid.UUID) -> str:
        with self.pair.home.scope():
            return session().get_one(ExchangeOutgoing, (tenant_id(), sent)).reason or ""

    def arrived(self) -> int:
        with self.pair.away.scope():
            return len(session().scalars(select(ExchangeIncoming.id).where(ExchangeIncoming.tenant_id == tenant_id())).all())


def acquaint(here: TestTenant, there: TestTenant, base_url: str) -> None:
    """`there` takes the partner file of `here`, and its fingerprint was compared."""
    with here.scope():
        file = partner_files.write(base_url)
    with there.scope():
        known = partner_files.take(file)
        partners.accept(known, partners.get(known).version)


@pytest.fixture
def line(database, config, tmp_path) -> Iterator[Line]:
    authority, port = Authority.made(tmp_path), free_port()
    home, away = make_tenant("1100", name="甲市"), make_tenant("1200", name="乙市")
    for here, there in ((home, away), (away, home)):
        acquaint(here, there, f"https://127.0.0.1:{port}")
    outgoing.configure(NETWORKS, authority.file)
    yield Line(Pair(home, away, None), shared_app(config), authority, authority.server(tmp_path, "127.0.0.1"), port)
    outgoing.configure([])


def test_a_certificate_goes_and_the_receipt_comes_back_by_https_also_after_the_receiver_was_down(line, monkeypatch) -> None:
    sent = line.send()
    assert post_office.go_round() == 0  # no partner of this installation
    running.run_due()
    assert (line.state(sent), line.arrived()) == (("waiting", 1), 0)
    assert "没有应答" in line.reason(sent)
    with line.up():
        running.run_due()
        assert line.state(sent) == ("waiting", 1)  # not before its pause is over
        with set_clock(now() + dt.timedelta(seconds=15)), monkeypatch.context() as broken:
            broken.setattr(outbox, "settle", lambda *_any: 1 / 0)  # the answer is lost on the way
            running.run_due()
        assert (line.state(sent), line.arrived()) == (("waiting", 1), 1)
        with set_clock(now() + dt.timedelta(seconds=60)):
            running.run_due()
        assert (line.state(sent), line.arrived()) == (("delivered", 1), 1)
        line.pair.admit()
        post_office.go_round()
        running.run_due()
    with line.pair.home.scope():
        receipt = session().scalars(select(ExchangeReceipt).where(ExchangeReceipt.tenant_id == tenant_id())).one()
        assert (receipt.member_id, receipt.in_force) == (line.pair.member.id, True)


def test_a_server_under_another_authority_gets_nothing(line, tmp_path) -> None:
    sent = line.send()
    with line.up(Authority.made(tmp_path, "stranger").server(tmp_path, "127.0.0.1")):
        running.run_due()
        assert (line.state(sent), line.arrived()) == (("waiting", 1), 0)
    outgoing.configure(NETWORKS)  # and without the operator's authority neither does the right one
    with line.up(), set_clock(now() + dt.timedelta(seconds=15)):
        running.run_due()
    assert (line.state(sent), line.arrived()) == (("waiting", 2), 0)


def test_an_inner_address_that_the_operator_has_not_opened_is_not_called(line) -> None:
    outgoing.configure([], line.authority.file)
    sent = line.send()
    with line.up():
        running.run_due()
        assert (line.state(sent), line.arrived(), "内部网络" in line.reason(sent)) == (("waiting", 1), 0, True)
        outgoing.configure(NETWORKS, line.authority.file)
        with line.pair.home.scope():
            outbox.again(sent)  # a worker is called at once
        running.run_due()
    assert (line.state(sent), line.arrived()) == (("delivered", 0), 1)


def test_who_signs_with_another_key_is_refused_and_whose_answer_is_under_another_key_is_not_believed(line) -> None:
    with line.pair.home.scope():
        keys.renew()  # the other side has not got the new file
    sent = line.send()
    with line.up():
        running.run_due()
        assert (line.state(sent), line.arrived(), "密钥未登记" in line.reason(sent)) == (("refused", 0), 0, True)
        acquaint_again(line.pair.home, line.pair.away)
        with line.pair.away.scope():
            keys.renew()
        with line.pair.home.scope():
            outbox.again(sent)
        running.run_due()
        assert (line.state(sent), line.arrived(), "没有采信。请告诉市（州）管理员" in line.reason(sent)) == (("waiting", 1), 1, True)
        acquaint_again(line.pair.away, line.pair.home)
        with set_clock(now() + dt.timedelta(seconds=15)):
            running.run_due()
    assert (line.state(sent), line.arrived()) == (("delivered", 1), 1)


def acquaint_again(here: TestTenant, there: TestTenant) -> None:
    """A new file, signed by the old key too, is taken without a call; the address stays as it was."""
    with there.scope():
        url = session().scalars(select(ExchangePartner.url).where(ExchangePartner.tenant_id == tenant_id())).one()
    with here.scope():
        file = partner_files.write(url.rpartition("/t/")[0])
    with there.scope():
        assert partners.get(partner_files.take(file)).state == "active"
