"""Promise 8: the headers of `headers.txt`, to the byte, on whatever is answered; the matrix asks the same of every page."""
from __future__ import annotations

import dataclasses

import pytest
from flask import Flask
from flask.testing import FlaskClient
from gunicorn.config import Config as GunicornConfig
from gunicorn.http.errors import ParseException
from gunicorn.http.parser import RequestParser

import web.security
from core.access.roles import COUNTY
from core.config import Config
from tests.security.matrix import GOLDEN, odd_headers
from tests.support.applications import shared_app
from tests.support.factories import TestTenant, make_member, make_tenant, sign_in
from web.app import MAX_BODY, create_app

pytestmark = pytest.mark.promise(8)


@pytest.fixture
def tenant(config: Config) -> TestTenant:
    return make_tenant()


@pytest.fixture
def client(config: Config, tenant: TestTenant) -> FlaskClient:
    found = shared_app(config).test_client()
    sign_in(found, tenant.accounts[COUNTY])
    return found


def addresses(tenant: TestTenant) -> list[tuple[str, str]]:
    """One of each kind: pages, errors of every layer, downloads, the API, redirects, what a program asks."""
    return [("GET", "/"), ("GET", "/members/"), ("GET", "/nowhere"), ("DELETE", "/members/"), ("POST", "/members/search"), ("GET", "/jobs/"),
            ("GET", f"/t/{tenant.slug}/login"), ("GET", "/t/nowhere/login"), ("GET", "/imports/template.xlsx"), ("GET", "/api/v1/members"),
            ("GET", "/api/v1/openapi.json"), ("GET", "/api/v1/nowhere"), ("GET", "/healthz"), ("GET", "/?_lang=en"), ("OPTIONS", "/members/")]


def odd(client: FlaskClient, tenant: TestTenant) -> list[str]:
    return [f"{method} {address}: {line}" for method, address in addresses(tenant)
            for line in odd_headers(client.open(address, method=method))]


def test_the_headers_are_the_golden_ones(client: FlaskClient, tenant: TestTenant) -> None:
    make_member(tenant)
    assert odd(client, tenant) == []


def test_twin_one_looser_word_is_seen_everywhere(client: FlaskClient, tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    loose = web.security.CONTENT_SECURITY_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
    monkeypatch.setitem(web.security.HEADERS, "Content-Security-Policy", loose)
    assert len(odd(client, tenant)) == 2 * len(addresses(tenant))  # the line that is missing, and the line that is too many


def test_the_policy_is_a_strict_one() -> None:
    policy = dict(part.strip().split(" ", 1) for line in GOLDEN if line.startswith("Content-Security-Policy: ")
                  for part in line.partition(": ")[2].split(";"))
    assert {name: value for name, value in policy.items() if "unsafe" in value or "*" in value or "http" in value} == {}
    assert (policy["default-src"], policy["script-src"], policy["frame-ancestors"], policy["object-src"], policy["base-uri"]) == (
        "'self'", "'self'", "'none'", "'none'", "'none'")


def test_an_error_of_ours_bears_them_too(config: Config, tenant: TestTenant) -> None:
    app = shared_app(config)
    app.config.update(PROPAGATE_EXCEPTIONS=False)
    breaking = app.view_functions["home.index"]
    app.view_functions["home.index"] = _broken(breaking)
    client = app.test_client()
    sign_in(client, tenant.accounts[COUNTY])
    answer = client.get("/")
    assert (answer.status_code, odd_headers(answer)) == (500, [])


def _broken(view: object) -> object:
    def fails() -> str:
        raise RuntimeError("secret word")
    fails.access = view.access  # type: ignore[attr-defined]
    return fails


def test_over_https_the_browser_is_told_to_stay_there(client: FlaskClient) -> None:
    answer = client.get("/healthz", base_url="https://localhost")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "Strict-Transport-Security" not in client.get("/healthz").headers


def test_cookies_over_https(config: Config, tenant: TestTenant) -> None:
    app = create_app(dataclasses.replace(config, base_url="https://localhost"))
    answer = app.test_client().get(f"/t/{tenant.slug}/login", base_url="https://localhost")
    cookie = answer.headers["Set-Cookie"]
    assert (cookie.split("=")[0], [part for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/") if part not in cookie], "Domain" in cookie) == (
        "__Host-baodao", [], False)


def hosts(config: Config, *trusted: str) -> Flask:
    return create_app(dataclasses.replace(config, trusted_hosts=trusted))


def test_only_trusted_hosts_are_answered(config: Config, tenant: TestTenant) -> None:
    browser = hosts(config, "baodao.example.gov.cn").test_client()
    door = f"/t/{tenant.slug}/login"
    good = browser.get(door, base_url="http://baodao.example.gov.cn")
    bad = [browser.get(door, base_url=f"http://{name}").status_code for name in ("evil.example", "baodao.example.gov.cn.evil.example", "localhost")]
    assert (good.status_code, bad) == (200, [400] * 3)


def test_without_a_list_the_host_of_an_https_address_is_the_trusted_one(config: Config) -> None:
    given = {"DATABASE_URL": config.database_url, "REDIS_URL": config.redis_url, "BAODAO_SECRET_KEY": "x", "BAODAO_MASTER_KEY": f"1:{'A' * 43}="}
    said: list[dict[str, str]] = [{}, {"BAODAO_BASE_URL": "https://a.example:8443/"}, {"BAODAO_BASE_URL": "http://a.example"},
                                  {"BAODAO_BASE_URL": "https://a.example", "BAODAO_TRUSTED_HOSTS": "b.example, .c.example"}]
    assert [Config.from_env(given | one).trusted_hosts for one in said] == [(), ("a.example",), (), ("b.example", ".c.example")]


def test_probes_are_answered_by_address_too(config: Config) -> None:
    for trusted in ("baodao.example.gov.cn", ".example.gov.cn"):
        browser = hosts(config, trusted).test_client()
        assert [browser.get(probe, base_url="http://127.0.0.1:8000").status_code for probe in ("/healthz", "/readyz", "/metrics", "/login", "/healthz/x")] == [
            200, 200, 200, 400, 400]


def test_a_proxy_tells_address_and_https_and_nothing_that_it_only_passes_on(config: Config, tenant: TestTenant) -> None:
    browser = create_app(dataclasses.replace(config, trusted_hosts=("baodao.example.gov.cn",), trusted_proxies=1)).test_client()

    def asked(**headers: str) -> tuple[int, bool]:
        told = {f"X-Forwarded-{name}": value for name, value in headers.items()}
        answer = browser.get(f"/t/{tenant.slug}/login", base_url="http://baodao.example.gov.cn", headers=told)
        return answer.status_code, "Strict-Transport-Security" in answer.headers
    assert (asked(), asked(Host="evil.example", Port="99", Prefix="/evil"), asked(Proto="https")) == ((200, False), (200, False), (200, True))


def test_twin_without_the_list_any_host_is_answered(config: Config, tenant: TestTenant) -> None:
    assert hosts(config).test_client().get(f"/t/{tenant.slug}/login", base_url="http://evil.example").status_code == 200


@pytest.mark.parametrize(("length", "kind"), [(MAX_BODY + 1, "multipart/form-data; boundary=x"), (2 * 1024 * 1024 + 1, "application/x-www-form-urlencoded")])
def test_a_body_beyond_the_limit_is_refused(client: FlaskClient, length: int, kind: str) -> None:
    answer = client.post("/members/search", data=b"text=" + b"x" * (length - 5), content_type=kind)
    assert (answer.status_code, odd_headers(answer)) == (413, [])


def test_a_message_of_two_lengths_is_refused() -> None:
    """By the server that `baodao serve` runs: otherwise a proxy and the server might disagree where a request ends."""
    def body(headers: str) -> bytes:
        message = f"POST / HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n0\r\n\r\nGET /"
        return next(RequestParser(GunicornConfig(), iter([message.encode()]), ("203.0.113.9", 1))).body.read()
    for odd in ("Content-Length: 5\r\nTransfer-Encoding: chunked", "Content-Length: 5\r\nContent-Length: 9", "Transfer-Encoding: xchunked", "Content-Length: +5"):
        with pytest.raises(ParseException):
            body(odd)
    assert body("Content-Length: 5") == b"0\r\n\r\n"  # the twin: one length is read


def test_metrics_are_for_this_machine_only(client: FlaskClient) -> None:
    """Neither from another machine nor through a proxy; the twin asks from here."""
    asked = [{"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}, {"headers": {"X-Forwarded-For": "127.0.0.1"}}, {}]
    assert [client.get("/metrics", **one).status_code for one in asked] == [403, 403, 200]  # type: ignore[arg-type]


def test_no_folder_is_listed_and_no_trace_is_answered(client: FlaskClient) -> None:
    asked = [client.get(address).status_code for address in ("/static/", "/static/css/", "/static/../app.py", "/static/%2e%2e/app.py", "/.git/config", "/.env")]
    assert asked == [404] * len(asked)
    assert {client.open(address, method="TRACE").status_code for address in ("/", "/members/", "/healthz")} == {405}
