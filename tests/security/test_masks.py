"""Promise 20: no list and no page shows a full number, phone or address to anybody, whatever the role; only the owner reads the own."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from core.access.actor import load_actor
from core.access.roles import ADMINISTRATOR, COMMUNITY, permissions
from core.access.tokens import create_token
from core.config import Config
from core.members.models import Member
from core.members.queries import clear_values
from core.organizations.models import Organization
from core.privacy import masking
from core.privacy.keyring import for_tenant
from core.residents.sealing import seal
from core.tenancy import session
from core.tenancy.scope import tenant_id
from plugins.needs.models import Need
from plugins.wishes.models import WishesWish
from tests.security import rows
from tests.support.applications import shared_app
from tests.support.factories import TestAccount, TestTenant, make_member, make_tenant, sign_in

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.promise(20)]
ADDRESS, RESIDENTS, CONTACT = "金丝雀里弄9号", "13793238462", "13688889999"
#: The owner's own form, where the full values are what the page is for.
OWN = {"me.edit"}


@pytest.fixture
def city() -> tuple[TestTenant, dict[str, list[uuid.UUID]], tuple[str, ...]]:
    """A city with one of everything, and the full values that nobody must be shown."""
    tenant = make_tenant(plugins=rows.PLUGINS)
    known = rows.things(tenant)
    member_id = known["member_id"][0]
    other = make_member(tenant, "李四")
    with tenant.scope():
        ring = for_tenant(tenant.id)
        session().execute(update(Member).where(Member.tenant_id == tenant_id(), Member.id == other.id).values(
            address=ring.encrypt("member", "address", other.id, ADDRESS)))
        for model, table, ids in ((Need, "needs_need", known["need_id"]), (WishesWish, "wishes_wish", known["wish_id"])):
            session().execute(update(model).where(model.tenant_id == tenant_id(), model.id == ids[0]).values(
                phone=seal(table, "phone", ids[0], RESIDENTS)))
        session().execute(update(Organization).where(Organization.tenant_id == tenant_id(), Organization.id == tenant.units[0]).values(
            contact_phone=ring.encrypt("organization", "contact_phone", tenant.units[0], CONTACT)))
        secret = tuple(clear_values(member_id, ("id_number", "phone")).values())
    return tenant, known, (*secret, other.id_number, other.phone, ADDRESS, RESIDENTS, CONTACT)


def _asked(app: Flask, known: dict[str, list[uuid.UUID]], *, lists: bool) -> Iterator[tuple[str, str]]:
    """Every address that can be read, its ids filled in."""
    for rule in app.url_map.iter_rules():
        names = [name for name, converter in rule._converters.items() if type(converter).__name__ == "UUIDConverter"]
        if "GET" not in (rule.methods or ()) or rule.endpoint in OWN or set(rule.arguments) - {*names} or any(n not in known for n in names):
            continue
        if lists and names:
            continue
        with app.test_request_context():
            yield rule.endpoint, app.url_map.bind("localhost").build(rule.endpoint, {name: known[name][0] for name in names})


def leaks(app: Flask, clients: dict[str, FlaskClient], tokens: dict[str, str], known: dict[str, list[uuid.UUID]],
          secrets: tuple[str, ...], *, lists: bool = False) -> tuple[list[str], int]:
    """Where a full value is shown, and how many answers were read."""
    found, read = [], 0
    for endpoint, address in _asked(app, known, lists=lists):
        for role, client in clients.items():
            headers = {"Authorization": f"Bearer {tokens[role]}"} if address.startswith("/api/") else {}
            answer = (app.test_client() if headers else client).get(address, headers=headers)
            read += answer.status_code == 200
            found += [f"{endpoint} as {role}" for secret in secrets if answer.status_code == 200 and secret.encode() in answer.data]
            answer.close()
    return found, read


def _everybody(app: Flask, tenant: TestTenant) -> tuple[dict[str, FlaskClient], dict[str, str]]:
    clients, tokens = {}, {}
    for role, account in tenant.accounts.items():
        clients[role], tokens[role] = _signed_in(app, tenant, account)
    return clients, tokens


def _signed_in(app: Flask, tenant: TestTenant, account: TestAccount) -> tuple[FlaskClient, str]:
    client = app.test_client()
    sign_in(client, account)
    with tenant.scope():
        actor = load_actor(account.id)
        assert actor is not None
        return client, create_token(actor, "all", [p.code for p in permissions() if actor.can(p.code)], 1)


City = tuple[TestTenant, dict[str, list[uuid.UUID]], tuple[str, ...]]


@pytest.mark.parametrize("role", [ADMINISTRATOR, COMMUNITY])
def test_no_list_shows_a_full_value(config: Config, city: City, role: str, record_property: Callable[[str, object], None]) -> None:
    app, (tenant, known, secrets) = shared_app(config), city
    client, token = _signed_in(app, tenant, tenant.accounts[role])
    found, read = leaks(app, {role: client}, {role: token}, known, secrets, lists=True)
    record_property("figure", f"{len(found)} full values in {read} lists as {role}")
    assert (found, read > 40) == ([], True)


@pytest.mark.long
def test_no_role_reads_a_full_value_anywhere(config: Config, city: City) -> None:
    app, (tenant, known, secrets) = shared_app(config), city
    found, read = leaks(app, *_everybody(app, tenant), known, secrets)
    assert (found, read > 800) == ([], True)


def test_twin_without_the_masks_they_are_read(config: Config, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    app, (tenant, known, secrets) = shared_app(config), city
    for name in ("mask_id_number", "mask_phone", "mask_address"):
        monkeypatch.setattr(masking, name, lambda value: value or "")
        monkeypatch.setattr(f"core.members.queries.{name}", lambda value: value or "")
    client, token = _signed_in(app, tenant, tenant.accounts["city_administrator"])
    only = {key: ids for key, ids in known.items() if key == "member_id"}
    assert "members.show as city_administrator" in leaks(app, {"city_administrator": client}, {"city_administrator": token}, only, secrets)[0]
