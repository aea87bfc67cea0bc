"""Two cities and a sector in one installation, with exchange between them agreed."""
from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from core.config import Config
from core.exchange import arrivals, certifying, partners, post_office
from core.exchange.certifying import Destination
from core.exchange.models import ExchangeIncoming, ExchangePartner
from core.tenancy import Tenant, session, unscoped
from core.tenancy.scope import tenant_id
from tests.support.applications import shared_app
from tests.support.browsing import without_csrf
from tests.support.factories import TestAccount, TestMember, TestTenant, make_member, make_tenant, sign_in


@dataclass
class Pair:
    """Home, where the unit is, and away, where the member lives."""

    home: TestTenant
    away: TestTenant
    member: TestMember

    def partner_id(self, at: TestTenant, of: TestTenant) -> uuid.UUID:
        with at.scope():
            return session().scalars(select(ExchangePartner.id).where(ExchangePartner.tenant_id == tenant_id(),
                                                                      ExchangePartner.code == of.code)).one()

    def code(self, number: int = 0) -> str:
        return self.away.paths[self.away.communities[number]].rstrip("/").split("/")[-1]

    def send(self, **options) -> uuid.UUID:
        partner = self.partner_id(self.home, self.away)
        with self.home.scope():
            return certifying.send(self.member.id, Destination(partner, self.code(), "residence", **options), channel="unit", by=None)

    def arrived(self) -> ExchangeIncoming:
        with self.away.scope():
            return session().scalars(select(ExchangeIncoming).where(
                ExchangeIncoming.tenant_id == tenant_id(), ExchangeIncoming.kind == "certificate").order_by(ExchangeIncoming.id.desc())).first()

    def admit(self) -> uuid.UUID:
        row = self.arrived()
        with self.away.scope():
            return arrivals.admit(row.id, row.version, by=self.away.accounts["community_officer"].id)

    def guest(self) -> uuid.UUID:
        """A member certified, carried, admitted and with the receipt back home."""
        self.send()
        post_office.go_round()
        guest = self.admit()
        post_office.go_round()
        return guest


def agree(one: TestTenant, other: TestTenant) -> None:
    """Both administrators agree."""
    with one.scope():
        partners.offer(other.code)
    post_office.go_round()
    with other.scope():
        row = session().scalars(select(ExchangePartner).where(ExchangePartner.tenant_id == tenant_id(), ExchangePartner.code == one.code)).one()
        partners.accept(row.id, row.version)
    post_office.go_round()


@pytest.fixture
def pair(database) -> Pair:
    """A sector tenant and a city, agreed; a member of the sector's first unit."""
    return couple()


def couple(plugins: tuple[str, ...] = ()) -> Pair:
    """The same, with plugins on in both."""
    home, away = make_tenant("jgw", name="省直机关工委", plugins=plugins), make_tenant("4205", name="宜昌市", plugins=plugins)
    with unscoped():
        session().execute(update(Tenant).where(Tenant.id == home.id).values(kind="sector"))
    agree(home, away)
    return Pair(home, away, make_member(home, "欧阳远行"))


@pytest.fixture
def signed(config: Config) -> Callable[[TestAccount], FlaskClient]:
    """A browser that has signed in."""
    def enter(account: TestAccount) -> FlaskClient:
        client = without_csrf(shared_app(config)).test_client()
        sign_in(client, account)
        return client
    return enter
