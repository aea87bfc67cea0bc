"""Signing in by a tenant's own OpenID provider, run here on loopback: the way there and back, and all that must not pass."""
from __future__ import annotations

import base64
import datetime as dt
import json
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwk, jwt
from sqlalchemy import select, update
from werkzeug.serving import make_server

from core import outgoing
from core.access import accounts
from core.access.models import Account
from core.access.openid import attempts, discovery, fetching, identity, links, providers
from core.access.openid.models import SignInLink, SignInProvider
from core.access.openid.providers import Provider
from core.audit.models import AuditEntry
from core.config import Config
from core.errors import Forbidden, Invalid, Unavailable
from core.tenancy import now, session, set_clock
from core.tenancy.scope import tenant_id
from tests.support.applications import shared_app
from tests.support.browsing import submit
from tests.support.factories import TestTenant, make_tenant, sign_in

SUBJECT = "zhou.lixin"


@pytest.fixture(scope="session")
def issuer() -> Iterator[str]:
    """A real provider in a thread; its address."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import oidc_provider_mock
        provider = oidc_provider_mock.app(user_claims=[oidc_provider_mock.User(sub=SUBJECT, claims={"name": "周立新", "amr": ["pwd", "otp"]})])

    def quietly(environ: Any, start: Any) -> Any:
        with warnings.catch_warnings():  # it uses what its own library gives up
            warnings.simplefilter("ignore")
            return list(provider(environ, start))
    server = make_server("127.0.0.1", 0, quietly)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def application(config: Config, opened_loopback: None) -> Flask:
    """The application of an installation whose operator lets providers stand on loopback."""
    discovery.forget()
    return shared_app(config)


@pytest.fixture
def tenant(application: Flask) -> TestTenant:
    """武汉."""
    return make_tenant()


def set_up(tenant: TestTenant, issuer: str, **changes: Any) -> Provider:
    """Let the tenant have that provider, switched on."""
    with tenant.scope():
        given = Provider(issuer, "baodao", "a secret", "用统一身份登录", factors=("otp",), enabled=True)
        providers.save(replace(given, **changes))
        found = providers.provider()
        assert found is not None
        return found


def link(tenant: TestTenant, provider: Provider, role: str = "county_officer", subject: str = SUBJECT) -> None:
    """Subject and account belong together."""
    with tenant.scope():
        links.link(provider, identity.Identity(subject, second_factor=False, name=""), tenant.accounts[role].id, by=None)


def go(client: FlaskClient, tenant: TestTenant, **values: Any) -> str:
    """Press the button; the address to which the browser is sent."""
    page = submit(client, f"/t/{tenant.slug}/login", f"/t/{tenant.slug}/openid", **values)
    assert page.status_code == 200
    return re.search(r'href="([^"]+/oauth2/authorize[^"]+)"', page.text)[1].replace("&amp;", "&")  # type: ignore[index]


def there(address: str, subject: str = SUBJECT) -> str:
    """Sign in at the provider; the path of ours to which it sends the browser back."""
    answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text[:200]
    back = urlsplit(answer.headers["Location"])
    assert (back.scheme, back.netloc) == ("http", "127.0.0.1")
    return f"{back.path}?{back.query}"


def test_there_and_back(application: Flask, tenant: TestTenant, issuer: str) -> None:
    provider = set_up(tenant, issuer)
    link(tenant, provider)
    client = application.test_client()
    assert "用统一身份登录" in client.get(f"/t/{tenant.slug}/login").text
    address = go(client, tenant, next="/members/")
    asked = parse_qs(urlsplit(address).query)
    assert (asked["code_challenge_method"], asked["redirect_uri"]) == (["S256"], [f"http://127.0.0.1/t/{tenant.slug}/openid/callback"])
    back = there(address)
    answer = client.get(back)
    assert (answer.status_code, answer.location) == (303, "/members/")
    assert client.get("/members/").status_code == 200
    assert client.get(back).status_code == 422  # the same answer twice
    with tenant.scope():
        row = session().scalars(select(SignInLink).where(SignInLink.tenant_id == tenant_id())).one()
        assert (row.account_id, row.used_at is None, SUBJECT.encode() in row.subject_hash) == (tenant.accounts["county_officer"].id, False, False)
        secret = session().scalars(select(SignInProvider.client_secret).where(SignInProvider.tenant_id == tenant_id())).one()
        assert b"a secret" not in bytes(secret or b"")
        opened = session().scalars(select(AuditEntry.details).where(AuditEntry.tenant_id == tenant_id(), AuditEntry.action == "login.opened")).one()
        assert opened == {"by": "openid", "second_factor": True}


def test_the_providers_tokens_stay_on_the_server(application: Flask, tenant: TestTenant, issuer: str, monkeypatch: Any) -> None:
    link(tenant, set_up(tenant, issuer))
    seen, real = [], identity.read
    monkeypatch.setattr(identity, "read", lambda text, *args, **more: seen.append(text) or real(text, *args, **more))
    client = application.test_client()
    answer = client.get(there(go(client, tenant)))
    with client.session_transaction() as cookie:
        told = f"{answer.headers}{answer.text}{dict(cookie)}"
    assert (answer.status_code, len(seen), [part for one in seen for part in one.split(".") if part in told]) == (303, 1, [])


def test_no_redirect_but_our_own(application: Flask, tenant: TestTenant, issuer: str) -> None:
    link(tenant, set_up(tenant, issuer))
    client = application.test_client()
    answer = client.get(there(go(client, tenant, next="https://evil.example/")))
    assert answer.location == "/"


def test_an_unknown_or_inactive_person_is_told_what_to_do(application: Flask, tenant: TestTenant, issuer: str) -> None:
    provider = set_up(tenant, issuer)
    client = application.test_client()
    answer = client.get(there(go(client, tenant)))
    assert answer.status_code == 422
    assert "索取关联邀请" in answer.text
    link(tenant, provider)
    with tenant.scope():
        accounts.set_active(tenant.accounts["county_officer"].id, active=False, by=tenant.actor("city_administrator"))
    assert client.get(there(go(client, tenant))).status_code == 422
    assert client.get("/members/").status_code in (302, 401)
    with tenant.scope():
        assert len(session().scalars(select(AuditEntry.id).where(AuditEntry.tenant_id == tenant_id(), AuditEntry.action == "sign_in.refused")).all()) == 2
        assert len(session().scalars(select(Account.id).where(Account.tenant_id == tenant_id())).all()) == 8
    with tenant.scope():  # made only where the tenant says so, and without any right
        providers.save(replace(provider, create_accounts=True))
    assert client.get(there(go(client, tenant), "somebody.new")).status_code == 303
    assert client.get("/members/").status_code == 403


def test_state_belongs_to_one_browser_and_one_tenant(application: Flask, tenant: TestTenant, issuer: str, monkeypatch: Any) -> None:
    link(tenant, set_up(tenant, issuer))
    other = make_tenant("4228", name="恩施州")
    link(other, set_up(other, issuer))
    mine, stranger = application.test_client(), application.test_client()
    back = there(go(mine, tenant))
    assert "不是在这个浏览器" in stranger.get(back).text  # somebody else's answer, sent to a victim
    assert mine.get(f"{back}x").status_code == 422
    back = there(go(mine, tenant))
    assert mine.get(back.replace(tenant.slug, other.slug)).status_code == 422
    back = there(go(mine, tenant))
    monkeypatch.setattr("web.pages.single_sign_on.hmac.compare_digest", lambda *_: True)  # the twin
    assert stranger.get(back).status_code == 303


def test_linking_by_the_owner_by_invitation_and_undoing_it(application: Flask, tenant: TestTenant, issuer: str) -> None:
    set_up(tenant, issuer)
    officer, account = application.test_client(), tenant.accounts["county_officer"]
    sign_in(officer, account)
    page = submit(officer, "/account/openid", "/account/openid")
    address = re.search(r'href="([^"]+/oauth2/authorize[^"]+)"', page.text)[1].replace("&amp;", "&")  # type: ignore[index]
    assert officer.get(there(address)).location == "/account/openid"
    fresh = application.test_client()
    assert fresh.get(there(go(fresh, tenant))).status_code == 303
    assert submit(officer, "/account/openid", "/account/openid/unlink").status_code == 303
    assert fresh.get(there(go(fresh, tenant))).status_code == 422
    city = application.test_client()
    sign_in(city, tenant.accounts["city_administrator"])
    assert city.get(f"/accounts/{account.id}/openid").status_code == 200
    shown = submit(city, f"/accounts/{account.id}/openid", f"/accounts/{account.id}/openid/invite").text
    invitation = re.search(r"http://127\.0\.0\.1(/t/\S+/openid/invitation/[\w-]+)", shown)[1]  # type: ignore[index]
    guest = application.test_client()
    page = submit(guest, invitation)
    address = re.search(r'href="([^"]+/oauth2/authorize[^"]+)"', page.text)[1].replace("&amp;", "&")  # type: ignore[index]
    assert guest.get(there(address)).status_code == 303
    assert submit(guest, invitation).status_code == 422  # once
    assert guest.get(there(go(guest, tenant))).status_code == 303
    assert officer.get(f"/accounts/{tenant.accounts['city_administrator'].id}/openid").status_code == 404


def test_a_subject_is_one_accounts_only_and_another_provider_voids_all(tenant: TestTenant, issuer: str) -> None:
    provider = set_up(tenant, issuer)
    link(tenant, provider)
    with pytest.raises(Exception, match="另一个账号"):
        link(tenant, provider, "street_officer")
    with tenant.scope():
        providers.save(replace(provider, claim="employee", enabled=False))
        assert session().scalars(select(SignInLink.id).where(SignInLink.tenant_id == tenant_id())).all() == []


KEY = jwk.RSAKey.generate_key(2048, {"kid": "one"})
FOUND = discovery.Metadata("https://id.example", "https://id.example/a", "https://id.example/t", "https://id.example/k")


def token(key: Any = KEY, header: Any = None, **changes: Any) -> str:
    """An identity token as it should be, but for the changes."""
    moment = int(now().timestamp())
    claims = {"iss": FOUND.issuer, "aud": "baodao", "sub": SUBJECT, "nonce": "n", "iat": moment, "exp": moment + 300, **changes}
    return jwt.encode(header or {"alg": "RS256", "kid": "one"}, {k: v for k, v in claims.items() if v is not None}, key)


def unsigned() -> str:
    """A token that says it needs no signature."""
    _head, body, _signature = token().split(".")
    return f"{base64.urlsafe_b64encode(json.dumps({'alg': 'none'}).encode()).decode().rstrip('=')}.{body}."


def read(text: str, **changes: Any) -> identity.Identity:
    """What comes of a token."""
    return identity.read(text, FOUND, **{"client_id": "baodao", "nonce": "n", "claim": "sub", "factors": ("otp",), **changes})


@pytest.fixture
def keys(monkeypatch: Any) -> None:
    """The provider's keys, without a provider."""
    monkeypatch.setattr(discovery, "keys", lambda *_args, **_more: jwk.KeySet([KEY]))


HOUR = int(dt.timedelta(hours=1).total_seconds())
WRONG: dict[str, Callable[[], str]] = {
    "nonce": lambda: token(nonce="other"), "no nonce": lambda: token(nonce=None), "issuer": lambda: token(iss="https://evil.example"),
    "audience": lambda: token(aud="another"), "no audience": lambda: token(aud=None), "two audiences": lambda: token(aud=["baodao", "another"]),
    "expired": lambda: token(exp=int(now().timestamp()) - HOUR), "old": lambda: token(iat=int(now().timestamp()) - HOUR, exp=int(now().timestamp()) + HOUR),
    "from the future": lambda: token(iat=int(now().timestamp()) + HOUR, exp=int(now().timestamp()) + 2 * HOUR), "no subject": lambda: token(sub=None),
    "another key": lambda: token(jwk.RSAKey.generate_key(2048, {"kid": "one"})), "unsigned": unsigned, "nonsense": lambda: "a.b.c",
    "a shared secret": lambda: token(jwk.OctKey.import_key("x" * 32), {"alg": "HS256", "kid": "one"})}


@pytest.mark.parametrize("what", WRONG)
def test_a_token_that_is_not_for_this_try(keys: None, what: str) -> None:
    with pytest.raises(Invalid):
        read(WRONG[what]())


def test_a_token_that_is(keys: None, monkeypatch: Any) -> None:
    assert read(token()) == identity.Identity(SUBJECT, second_factor=False, name="")
    assert read(token(amr=["pwd", "otp"])).second_factor
    assert read(token(acr="otp")).second_factor
    assert not read(token(amr=["otp"]), factors=()).second_factor
    # The twin: without the claims' check, a token for another try and another client passes.
    monkeypatch.setattr(identity.CodeIDToken, "validate", lambda *_args, **_more: None)
    assert read(token(nonce="other", aud="another", iss="https://evil.example")).subject == SUBJECT


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x", "https://127.0.0.1:9/x", "http://id.example/", "https://user@id.example/", "file:///etc/passwd"])
def test_no_private_address_and_no_plain_one_is_asked(address: str) -> None:
    with pytest.raises(Unavailable):
        fetching.get_json(address)


def test_a_name_that_leads_home_is_refused_before_anything_is_sent(issuer: str, monkeypatch: Any) -> None:
    """The wall looks at the address, not at the name; its twin, without it, gets an answer."""
    address = f"{issuer}/.well-known/openid-configuration"
    with pytest.raises(Unavailable):
        fetching.get_json(address)
    monkeypatch.setattr(outgoing, "checked", lambda parts: outgoing.resolve(parts.hostname, parts.port)[0])
    assert fetching.get_json(address)["issuer"] == issuer


def test_the_settings(application: Flask, tenant: TestTenant, issuer: str) -> None:
    city = application.test_client()
    sign_in(city, tenant.accounts["city_administrator"])
    given = {"issuer": issuer, "client_id": "baodao", "client_secret": "a secret", "label": "统一身份登录", "claim": "sub", "factors": "otp mfa", "version": "0"}
    assert submit(city, "/sign-in", **{**given, "issuer": "ftp://x.example"}).status_code == 422
    assert submit(city, "/sign-in", **{**given, "issuer": f"{issuer}/", "enabled": "true"}).status_code == 422  # it calls itself otherwise
    assert submit(city, "/sign-in", **given, enabled="true").status_code == 303
    page = city.get("/sign-in").text
    assert "otp mfa" in page
    assert "a secret" not in page
    assert submit(city, "/sign-in", **{**given, "version": "0"}).status_code == 409
    with tenant.scope():
        found = providers.provider()
        assert found is not None
        assert (found.client_secret, found.factors) == ("a secret", ("otp", "mfa"))
        assert "a secret" not in repr(found)
    county = application.test_client()
    sign_in(county, tenant.accounts["county_officer"])
    assert county.get("/sign-in").status_code == 403


def answering(monkeypatch: pytest.MonkeyPatch, *documents: object) -> None:
    """The provider says these, one after the other, whatever it is asked."""
    left = [json.dumps(document).encode() for document in documents]
    monkeypatch.setattr(outgoing, "fetch", lambda *_args, **_more: outgoing.Answer(200, {}, left.pop(0)))
    discovery.forget()


def test_what_a_provider_says_of_itself_must_make_sense(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"issuer": "https://id.example", "authorization_endpoint": "https://id.example/a", "token_endpoint": "http://inner/t",
           "jwks_uri": "https://id.example/k"}
    answering(monkeypatch, ["no", "object"])
    with pytest.raises(Unavailable):
        fetching.get_json("https://id.example/")
    answering(monkeypatch, own)
    with pytest.raises(Unavailable):  # it leads into an inner network
        discovery.discover("https://id.example")
    answering(monkeypatch, {"keys": "none"})
    with pytest.raises(Unavailable):
        discovery.keys(discovery.Metadata(*own.values()))
    discovery.forget()


def test_a_key_that_the_provider_has_begun_to_use_since_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = (jwk.RSAKey.generate_key(2048, {"kid": name}) for name in ("old", "new"))
    answering(monkeypatch, {"keys": [old.as_dict(private=False)]}, {"keys": [old.as_dict(private=False), new.as_dict(private=False)]})
    monkeypatch.setattr(discovery, "AGAIN", -1.0)
    found = discovery.Metadata("https://id.example", "", "", "https://id.example/k")
    assert identity._decoded(jwt.encode({"alg": "RS256", "kid": "new"}, {"sub": "x"}, new), found).claims == {"sub": "x"}
    discovery.forget()


@pytest.mark.parametrize("answer", [{}, {"id_token": 5}, {"id_token": "x" * (fetching.LARGEST + 1)}])
def test_an_answer_without_an_identity_token_is_none(monkeypatch: pytest.MonkeyPatch, answer: dict[str, object]) -> None:
    monkeypatch.setattr(fetching.OAuth2Session, "fetch_token", lambda *_args, **_more: answer)
    with pytest.raises(Unavailable):
        fetching.exchange("https://id.example/t", "code", "verifier", client_id="baodao", client_secret=None, callback="https://us.example/")


def test_a_token_endpoint_in_an_inner_network_is_not_asked() -> None:
    with pytest.raises(Unavailable):
        fetching.exchange("https://10.0.0.1/t", "code", "verifier", client_id="baodao", client_secret="s", callback="https://us.example/")


def test_a_token_that_does_not_say_who_it_is_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_checked", lambda *_args, **_more: {"sub": SUBJECT})
    for claim in ("employee_number", "sub"):
        found = discovery.Metadata("", "", "", "")
        if claim == "sub":
            assert identity.read("", found, client_id="", nonce="", claim=claim, factors=()).subject == SUBJECT
        else:
            with pytest.raises(Invalid):
                identity.read("", found, client_id="", nonce="", claim=claim, factors=())


def test_an_invitation_and_a_sign_in_do_not_stand_in_for_each_other_and_end(application: Flask, tenant: TestTenant, issuer: str) -> None:
    provider, account = set_up(tenant, issuer), tenant.accounts["county_officer"].id
    with tenant.scope():
        words = [attempts.invite(account, by=account) for _each in range(2)]
        _address, state = attempts.begin(provider, "http://127.0.0.1/back", target="/")
        with pytest.raises(Invalid):
            attempts.end(provider, "http://127.0.0.1/back", state=words[0], code="x")
        with pytest.raises(Invalid):
            attempts.accept(state)
    with set_clock(now() + dt.timedelta(days=2)), tenant.scope(), pytest.raises(Invalid):
        attempts.accept(words[1])


def test_who_has_no_password_keeps_the_link_and_a_provider_needs_no_secret(application: Flask, tenant: TestTenant, issuer: str) -> None:
    provider, account = set_up(tenant, issuer, client_secret=None), tenant.accounts["county_officer"].id
    assert provider.client_secret is None
    with tenant.scope():
        links.unlink(account, own=True)  # nothing to undo, nothing noted
    link(tenant, provider)
    with tenant.scope():
        assert [links.linked(one) is None for one in (account, tenant.accounts["city_administrator"].id)] == [False, True]
        session().execute(update(Account).where(Account.tenant_id == tenant_id(), Account.id == account).values(password_hash=None))
        with pytest.raises(Forbidden):
            links.unlink(account, own=True)
        links.unlink(account, own=False)
        assert links.linked(account) is None
    with tenant.scope():
        assert [action for action in session().scalars(select(AuditEntry.action).where(AuditEntry.tenant_id == tenant_id()))
                if action == "sign_in.unlinked"] == ["sign_in.unlinked"]
