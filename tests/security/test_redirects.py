"""No link to this site leads on to another one: neither by a parameter nor by an odd path."""
from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

import web.pages.login
from core.access.roles import COUNTY
from core.audit.actor import set_actor
from core.config import Config
from core.jobs import enqueue
from tests.support.applications import shared_app
from tests.support.browsing import without_csrf
from tests.support.factories import PASSWORD, TestTenant, make_tenant, sign_in

FOREIGN = ("https://evil.example", "//evil.example", "///evil.example", "\\\\evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example",
           "\t//evil.example", " //evil.example", "javascript:alert(1)", "evil.example", "https:evil.example", "http:///evil.example", "/\0/evil.example\\")
PATHS = ("//evil.example/", "///evil.example/", "/\\evil.example/", "/%09/evil.example", "/%0a/evil.example", "/%2Fevil.example/", "/%5Cevil.example/",
         "/%00/evil.example", "/%09%2Fevil.example", "/%20//evil.example")


@pytest.fixture
def tenant(config: Config) -> TestTenant:
    return make_tenant()


@pytest.fixture
def client(config: Config) -> FlaskClient:
    return without_csrf(shared_app(config)).test_client()


def leads_away(location: str) -> bool:
    """As a browser reads it: tabs and line ends are dropped, a backslash is a slash; what is quoted stays so."""
    seen = "".join(c for c in location if c not in "\t\r\n\0").strip().replace("\\", "/")
    return seen.startswith("//") or not seen.startswith("/")


def signed_in_to(client: FlaskClient, tenant: TestTenant, target: str) -> str:
    client.post("/logout")
    answer = client.post(f"/t/{tenant.slug}/login", data={"username": tenant.accounts[COUNTY].username, "password": PASSWORD, "next": target})
    assert answer.status_code == 303
    return answer.headers["Location"]


def test_signing_in_leads_to_this_site_only(client: FlaskClient, tenant: TestTenant) -> None:
    assert [signed_in_to(client, tenant, target) for target in FOREIGN] == ["/"] * len(FOREIGN)
    assert signed_in_to(client, tenant, "/members/?page=2") == "/members/?page=2"


def test_twin_without_the_check_signing_in_leads_away(client: FlaskClient, tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web.pages.login, "safe_target", lambda address: address)
    assert all(leads_away(signed_in_to(client, tenant, target)) for target in ("https://evil.example", "//evil.example", "/\t/evil.example"))


def test_a_link_for_the_language_leads_to_this_site_only(client: FlaskClient) -> None:
    for path in PATHS:
        location = client.get(f"{path}?_lang=en").headers["Location"]
        assert not leads_away(location), (path, location)
    assert client.get("/t/x/login?_lang=en&next=/a").headers["Location"] == "/t/x/login?next=%2Fa"


def test_a_jobs_way_back_leads_to_this_site_only(client: FlaskClient, tenant: TestTenant) -> None:
    with tenant.scope(), set_actor("account", tenant.accounts[COUNTY].id):
        job = enqueue("members.export", {})
    sign_in(client, tenant.accounts[COUNTY])
    for target in FOREIGN:
        page = client.get(f"/jobs/{job}", query_string={"next": target})
        assert (page.status_code, foreign_links(page.text)) == (200, [])


def test_the_form_keeps_no_foreign_target(client: FlaskClient, tenant: TestTenant) -> None:
    for target in FOREIGN:
        for page in (f"/t/{tenant.slug}/login", "/login"):
            text = client.get(page, query_string={"next": target}, follow_redirects=True).text
            assert (foreign_links(text), 'name="next"' in text) == ([], False)


def foreign_links(page: str) -> list[str]:
    """What leads to the other site; links that only carry its name along in their query lead to this one."""
    return [link for link in re.findall(r'(?:href|action|hx-get|value)="([^"]*evil[^"]*)"', page) if leads_away(link)]
