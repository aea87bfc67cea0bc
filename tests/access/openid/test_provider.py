"""What is asked of a provider, how long its answers are kept, and how a tenant's settings of one are written and changed."""
from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from core.access.openid import discovery, fetching, links, providers
from core.access.openid.discovery import Metadata
from core.access.openid.identity import Identity
from core.access.openid.models import SignInLink, SignInProvider
from core.access.openid.providers import Provider
from core.access.roles import COUNTY
from core.audit.models import AuditEntry
from core.errors import Conflict, Invalid, Unavailable
from core.privacy import keyring
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tests.access.openid.house import CALLBACK, CONFIGURATION, FOUND, ISSUER, KEYS, House
from tests.support.factories import TestTenant, make_tenant

WHOLE = Provider("https://id.example", "baodao", "a secret", "统一身份", "employee", ("otp", "mfa"), create_accounts=True, enabled=True)


@pytest.mark.parametrize(("issuer", "asked"), [
    ("https://id.example", "https://id.example/.well-known/openid-configuration"),
    ("https://id.example/", "https://id.example/.well-known/openid-configuration"),
    ("https://id.example/realms/MAX", "https://id.example/realms/MAX/.well-known/openid-configuration")])
def test_a_provider_is_asked_below_its_own_address(house: House, issuer: str, asked: str) -> None:
    house.answers = {asked: {**FOUND._asdict(), "issuer": issuer, "more": "than we need"}}
    assert discovery.discover(issuer) == FOUND._replace(issuer=issuer)
    assert house.asked == [asked]
    assert [(request.method, options["timeout"]) for request, options in house.requests] == [("GET", (3.0, 5.0))]


@pytest.mark.parametrize("changes", [{"issuer": f"{ISSUER}/"}, {"issuer": None}, {"issuer": ISSUER.upper()}])
def test_a_provider_that_calls_itself_otherwise_is_none(house: House, changes: Mapping[str, str]) -> None:
    house.answers[CONFIGURATION] = {**FOUND._asdict(), **changes}
    with pytest.raises(Invalid):
        discovery.discover(ISSUER)


@pytest.mark.parametrize("door", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize("address", ["http://10.0.0.1/x", "https://id.example/x#y", "https://user@id.example/x", "", None])
def test_each_of_its_doors_must_be_one_that_may_be_used(house: House, door: str, address: str | None) -> None:
    house.answers[CONFIGURATION] = {name: value for name, value in {**FOUND._asdict(), door: address}.items() if value is not None}
    with pytest.raises(Unavailable):
        discovery.discover(ISSUER)


@pytest.mark.parametrize(("address", "usable"), [
    ("https://id.example/x?y=z", True), ("https://id.example:8443", True), ("https://id.example/#x", False), ("https://a@id.example/", False),
    ("http://10.0.0.1/", False), ("http://127.0.0.1:8080/", True), ("http://127.0.0.1:8080/#x", False), ("ftp://id.example/", False), ("", False)])
def test_which_addresses_may_be_used(opened_loopback: None, address: str, usable: bool) -> None:
    assert fetching.usable(address) is usable


def test_what_a_provider_says_of_itself_is_kept_for_ten_minutes(house: House, stopwatch: SimpleNamespace) -> None:
    for seconds, times in ((0, 1), (1, 1), (600, 1), (600.5, 2), (1200.5, 2), (1201, 3)):
        stopwatch.seconds = 10_000 + seconds
        assert discovery.discover(ISSUER) == FOUND
        assert house.asked == [CONFIGURATION] * times
    discovery.forget()
    discovery.discover(ISSUER)
    assert len(house.asked) == 4


def test_its_keys_are_kept_for_ten_minutes_and_asked_for_anew_once_a_minute_at_most(house: House, stopwatch: SimpleNamespace) -> None:
    for seconds, fresh, times in ((0, False, 1), (60, True, 1), (60.5, False, 1), (60.5, True, 2), (120, True, 2), (121, True, 3), (721, False, 3),
                                  (721.5, False, 4)):
        stopwatch.seconds = 10_000 + seconds
        found = discovery.keys(FOUND, fresh=True) if fresh else discovery.keys(FOUND)
        assert [key.kid for key in found.keys] == ["one"]
        assert house.asked == [FOUND.jwks_uri] * times


def test_two_providers_and_their_keys_are_kept_apart(house: House) -> None:
    other = Metadata("https://other.example", *(f"https://other.example/{name}" for name in "atk"))
    house.answers |= {"https://other.example/.well-known/openid-configuration": other._asdict(), other.jwks_uri: {"keys": [{**KEYS["keys"][0], "kid": "two"}]}}
    for _time in range(2):
        assert (discovery.discover(ISSUER), discovery.discover(other.issuer)) == (FOUND, other)
        assert [discovery.keys(found).keys[0].kid for found in (FOUND, other)] == ["one", "two"]
    assert len(house.asked) == 4


@pytest.mark.parametrize("document", [{}, {"keys": "none"}, {"keys": [{"kty": "none"}]}, {"keys": [5]}])
def test_what_is_no_set_of_keys_is_none(house: House, document: object) -> None:
    house.answers[FOUND.jwks_uri] = document
    with pytest.raises(Unavailable):
        discovery.keys(FOUND)


def sized(size: int) -> bytes:
    """A document of so many bytes."""
    return json.dumps({"x": "y" * (size - len('{"x": ""}'))}).encode()


def test_a_document_is_an_object_of_a_quarter_of_a_megabyte_at_most(house: House) -> None:
    house.answers |= {"https://id.example/large": sized(256 * 1024), "https://id.example/larger": sized(256 * 1024 + 1),
                      "https://id.example/list": [1], "https://id.example/nonsense": b"{"}
    assert len(fetching.get_json("https://id.example/large")["x"]) == 256 * 1024 - 9
    for name in ("larger", "list", "nonsense", "absent"):
        with pytest.raises(Unavailable):
            fetching.get_json(f"https://id.example/{name}")


@pytest.mark.parametrize("secret", ["a secret", None, ""])
def test_a_code_is_exchanged_by_whoever_has_the_verifier(house: House, secret: str | None) -> None:
    house.answers[FOUND.token_endpoint] = {"access_token": "a", "token_type": "Bearer", "id_token": "x.y.z"}
    told = fetching.exchange(FOUND.token_endpoint, "the code", "the verifier", client_id="baodao", client_secret=secret, callback=CALLBACK)
    request, options = house.requests[-1]
    assert (told, request.method, house.asked, options["timeout"]) == ("x.y.z", "POST", [FOUND.token_endpoint], (3, 5))
    sent = {"grant_type": "authorization_code", "code": "the code", "code_verifier": "the verifier", "redirect_uri": CALLBACK}
    if secret:
        assert house.exchange() == (sent, f"Basic {base64.b64encode(b'baodao:a secret').decode()}")
    else:
        assert house.exchange() == (sent | {"client_id": "baodao"}, None)


def exchanged(house: House, answer: object) -> str:
    """The identity token for a code."""
    house.answers[FOUND.token_endpoint] = answer
    return fetching.exchange(FOUND.token_endpoint, "code", "verifier", client_id="baodao", client_secret="a secret", callback=CALLBACK)


def test_an_identity_token_is_a_text_of_a_quarter_of_a_megabyte_at_most(house: House) -> None:
    rest = {"access_token": "a", "token_type": "Bearer"}
    assert exchanged(house, {**rest, "id_token": "x" * 256 * 1024}) == "x" * 256 * 1024
    for answer in ({**rest, "id_token": "x" * (256 * 1024 + 1)}, {**rest, "id_token": 5}, rest, {"error": "invalid_grant"}, b"no object", None):
        with pytest.raises(Unavailable):
            exchanged(house, answer)


def saved(given: Provider) -> Provider:
    """What is found after `given` was saved."""
    providers.save(given)
    found = providers.provider()
    assert found is not None
    return found


def rows() -> list[SignInProvider]:
    """The tenant's providers."""
    return list(session().scalars(select(SignInProvider).where(SignInProvider.tenant_id == tenant_id())))


def noted() -> list[Any]:
    """What the audit log says of settings."""
    return [tuple(row) for row in session().execute(
        select(AuditEntry.action, AuditEntry.object_type, AuditEntry.object_id, AuditEntry.details)
        .where(AuditEntry.tenant_id == tenant_id(), AuditEntry.action == "sign_in.provider_changed").order_by(AuditEntry.seq))]


def refused(work: Callable[[], object], error: type[Exception]) -> bool:
    """Whether the work is refused so."""
    with pytest.raises(error):
        work()
    return True


def test_a_provider_is_found_as_it_was_saved(tenant: TestTenant, house: House) -> None:
    with tenant.scope():
        assert (providers.provider(), providers.door()) == (None, None)
        assert saved(WHOLE) == replace(WHOLE, version=1)
        assert providers.door() == "统一身份"
        row = rows()[0]
        assert keyring.for_tenant(tenant.id).decrypt("sign_in_provider", "client_secret", row.id, row.client_secret) == "a secret"
        plain = Provider("https://id.example/", "other", "another secret", "别的", "sub", (), create_accounts=False, enabled=False, version=1)
        assert saved(plain) == replace(plain, version=2)
        assert (providers.door(), [one.id for one in rows()]) == (None, [row.id])
    with tenant.scope():
        assert noted() == [("sign_in.provider_changed", "sign_in_provider", row.id, {"enabled": True, "creates": True}),
                           ("sign_in.provider_changed", "sign_in_provider", row.id, {"enabled": False, "creates": False})]


@pytest.mark.parametrize(("creates", "enabled"), [(True, False), (False, True)])
def test_each_switch_of_the_settings_is_one_of_its_own(tenant: TestTenant, house: House, creates: bool, enabled: bool) -> None:
    with tenant.scope():
        given = replace(WHOLE, create_accounts=creates, enabled=enabled)
        assert saved(given) == replace(given, version=1)
    with tenant.scope():
        assert [entry[3] for entry in noted()] == [{"enabled": enabled, "creates": creates}]


def test_without_a_new_secret_the_old_one_stays(tenant: TestTenant, house: House) -> None:
    with tenant.scope():
        assert saved(replace(WHOLE, client_secret=None)) == replace(WHOLE, client_secret=None, version=1)
        assert saved(replace(WHOLE, version=1)).client_secret == "a secret"
        for version, secret in ((2, None), (3, "")):
            assert saved(replace(WHOLE, client_secret=secret, version=version)) == replace(WHOLE, version=version + 1)
        assert saved(replace(WHOLE, client_secret="a new one", version=4)).client_secret == "a new one"


def test_who_has_not_seen_the_last_change_changes_nothing(tenant: TestTenant, house: House) -> None:
    with tenant.scope():
        assert refused(lambda: providers.save(replace(WHOLE, version=1)), Conflict)
        assert rows() == []
        providers.save(WHOLE)
        for version in (0, 2):
            assert refused(lambda version=version: providers.save(replace(WHOLE, label="x", version=version)), Conflict)  # type: ignore[misc]
        assert providers.provider() == replace(WHOLE, version=1)
    with tenant.scope():
        assert len(noted()) == 1


def test_only_one_that_is_switched_on_is_asked_whether_it_is_there(tenant: TestTenant, house: House) -> None:
    house.answers = {}
    with tenant.scope():
        assert saved(replace(WHOLE, enabled=False)).version == 1
        assert house.asked == []
        assert refused(lambda: providers.save(replace(WHOLE, version=1)), Unavailable)
        assert refused(lambda: providers.save(replace(WHOLE, issuer="http://10.0.0.1", enabled=False, version=1)), Invalid)
        assert (house.asked, providers.provider()) == ([CONFIGURATION], replace(WHOLE, enabled=False, version=1))


def test_after_a_change_of_the_settings_the_provider_is_asked_anew(tenant: TestTenant, house: House) -> None:
    discovery.discover(ISSUER)
    with tenant.scope():
        providers.save(replace(WHOLE, enabled=False))
        discovery.discover(ISSUER)
        providers.save(replace(WHOLE, version=1))
    assert house.asked == [CONFIGURATION] * 3


@pytest.mark.parametrize(("changes", "stays"), [
    ({"label": "新名"}, True), ({"client_id": "x", "factors": (), "create_accounts": False, "enabled": False, "client_secret": "y"}, True),
    ({"issuer": "https://id.example/", "enabled": False}, False), ({"claim": "sub"}, False)])
def test_links_are_void_with_another_provider_and_in_this_tenant_only(tenant: TestTenant, house: House, changes: dict[str, Any], stays: bool) -> None:
    other = make_tenant("4228", name="恩施州")
    for one in (tenant, other):
        with one.scope():
            providers.save(WHOLE)
            links.link(WHOLE, Identity("zhou", second_factor=False, name=""), one.accounts[COUNTY].id, by=None)
    with tenant.scope():
        providers.save(replace(WHOLE, **changes, version=1))
        assert linked_accounts() == ([tenant.accounts[COUNTY].id] if stays else [])
    with other.scope():
        assert (linked_accounts(), providers.provider()) == ([other.accounts[COUNTY].id], replace(WHOLE, version=1))


def linked_accounts() -> list[uuid.UUID]:
    """Whom the tenant's links lead to."""
    return list(session().scalars(select(SignInLink.account_id).where(SignInLink.tenant_id == tenant_id())))
