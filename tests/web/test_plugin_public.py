"""Public pages of plugins: open in the tenant of the address, where the plugin works, and to machines that sign, without any login."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Blueprint, Flask, Response, session as cookie, url_for
from flask.testing import FlaskClient

import web.tenant
from core.access.doors import acting, public, requires
from core.config import Config
from core.errors import Invalid, NotFound, Unauthenticated
from core.extension.registry import Registry, using
from core.residents import codes, throttle
from core.residents.visiting import visitor
from core.tenancy import current_tenant, unscoped
from tenants.activation import disable
from tests.support.browsing import UNSENT, csrf_of
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_tenant, sign_in
from tests.support.plugins import make_plugin
from web.app import create_app
from web.security import HEADERS

NOISE = re.compile(r'[0-9a-f]{32}|name="csrf-token" content="[^"]+"|(?<=/t/)[\w-]+')


def who() -> str:
    """The role of who is acting."""
    try:
        return acting().display_name
    except Unauthenticated:
        return "nobody"


@public
def show(slug: str) -> str:
    """A page."""
    return f"{current_tenant().slug} {who()} {visitor()}"


@public
def form(slug: str) -> str:
    """A form, of which nothing is kept."""
    return f"sent to {url_for('lamp_public.show', slug=slug)}"


@public(csrf=False)
def call(slug: str) -> str:
    """What a machine calls."""
    return f"{who()} {dict(cookie)}"


@public
def feed(slug: str) -> Response:
    """A file that may be kept for five minutes."""
    return Response("BEGIN:VCALENDAR", mimetype="text/calendar", headers={"Cache-Control": "public, max-age=300"})


@public
def guess(slug: str) -> str:
    """A code is tried, and the request fails."""
    throttle.admit("lamp.guess", visitor(), most=3)
    return str(codes.find_code("lamp.guess", "1" * 12))


@public(csrf=False)
def guess_by_machine(slug: str) -> str:
    """The same, answered by the view itself."""
    throttle.admit("lamp.other", visitor(), most=3)
    raise NotFound


@public(csrf=False)
def refuse(slug: str) -> str:
    """A machine is told what is wrong."""
    raise Invalid("no signature")


VIEWS: dict[str, tuple[Callable[..., Any], str]] = {
    "/": (show, "GET"), "/form": (form, "POST"), "/call": (call, "POST"), "/feed.ics": (feed, "GET"), "/guess": (guess, "GET"),
    "/guess-by-machine": (guess_by_machine, "POST"), "/refuse": (refuse, "POST")}


def pages(views: dict[str, tuple[Callable[..., Any], str]], name: str = "lamp_public", **options: Any) -> Callable[[], Blueprint]:
    """A factory of a blueprint with these views."""
    def make() -> Blueprint:
        blueprint = Blueprint(name, __name__, **options)
        for rule, (view, method) in views.items():
            blueprint.add_url_rule(rule, view.__name__, view, methods=[method])
        return blueprint
    return make


@pytest.fixture
def registry() -> Iterator[Registry]:
    """An empty registry, which is the process's during the test."""
    with using(Registry()) as fresh:
        yield fresh


@pytest.fixture
def app(config: Config, registry: Registry) -> Flask:
    """The application with one plugin, all of whose pages are public."""
    assert registry.register(make_plugin("lamp", public_routes=pages(VIEWS)))
    found = create_app(config)
    assert registry.refused == {}
    return found


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """A tenant where it is on."""
    return make_tenant(plugins=["lamp"])


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that nobody is signed in with."""
    return app.test_client()


def answers(client: FlaskClient, slug: str) -> list[tuple[int, str]]:
    """What each public page says, without what differs from one answer to the next."""
    found = [client.open(f"/t/{slug}/p/lamp{rule}", method=method) for rule, (_view, method) in VIEWS.items()]
    return [(one.status_code, NOISE.sub("", one.text)) for one in found]


def test_anybody_enters_and_is_somebody_only_at_home(app: Flask, client: FlaskClient, tenant: TestTenant) -> None:
    other = make_tenant("4228", name="恩施州", plugins=["lamp"])
    officer = tenant.accounts["city_administrator"]
    assert client.get(f"/t/{tenant.slug}/p/lamp/").text == f"{tenant.slug} nobody 127.0.0.1"
    sign_in(client, officer)
    seen = [client.get(f"/t/{slug}/p/lamp/").text.split()[:2] for slug in (tenant.slug, other.slug)]
    assert seen[0][1] != "nobody"
    assert seen[1] == [other.slug, "nobody"]


def test_off_or_unknown_it_is_absent(app: Flask, client: FlaskClient, tenant: TestTenant) -> None:
    off = make_tenant("4228", name="恩施州")
    sign_in(client, off.accounts["city_administrator"])
    absent = answers(client, "no-such-tenant")
    assert {status for status, _page in absent} == {404}
    assert answers(client, off.slug) == absent
    with tenant.scope():
        disable("lamp")
    assert answers(app.test_client(), tenant.slug) == answers(app.test_client(), "no-such-tenant")


def test_twin_without_the_switch_it_is_open(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web.tenant, "is_enabled", lambda _plugin: True)
    off = make_tenant("4228", name="恩施州")
    assert client.get(f"/t/{off.slug}/p/lamp/").status_code == 200


def test_a_suspended_tenant_has_none(client: FlaskClient, tenant: TestTenant) -> None:
    with unscoped() as opened:
        opened.get_one(web.tenant.Tenant, tenant.id).status = "suspended"
    assert client.get(f"/t/{tenant.slug}/p/lamp/").status_code == 404


def test_a_form_needs_its_token(client: FlaskClient, tenant: TestTenant) -> None:
    address = f"/t/{tenant.slug}/p/lamp/form"
    refused = client.post(address)
    assert (refused.status_code, UNSENT in refused.text) == (400, True)
    sent = client.post(address, data={"csrf_token": csrf_of(client.get("/no-such-page").text)})
    assert (sent.status_code, sent.text) == (200, f"sent to /t/{tenant.slug}/p/lamp/")


def test_a_machine_is_never_somebody(client: FlaskClient, tenant: TestTenant) -> None:
    sign_in(client, tenant.accounts["city_administrator"])
    address = f"/t/{tenant.slug}/p/lamp"
    answer = client.post(f"{address}/call", json={})
    assert (answer.status_code, answer.text, "Set-Cookie" in answer.headers) == (200, "nobody {}", False)
    assert client.get(f"{address}/").text.split()[1] != "nobody"  # the twin: a page for people reads that very cookie
    refused = client.post(f"{address}/refuse")
    assert (refused.status_code, refused.mimetype, refused.json["title"]) == (422, "application/problem+json", "no signature")  # type: ignore[index]


def test_headers_are_the_sites_and_a_file_may_be_kept(client: FlaskClient, tenant: TestTenant) -> None:
    page, file = (client.get(f"/t/{tenant.slug}/p/lamp/{tail}") for tail in ("", "feed.ics"))
    for answer in (page, file):
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert (page.headers["Cache-Control"], file.headers["Cache-Control"]) == ("no-store", "public, max-age=300")


def tried(client: FlaskClient, tenant: TestTenant) -> tuple[list[int], list[int]]:
    """What five guesses on each page are answered."""
    place = f"/t/{tenant.slug}/p/lamp"
    return ([client.get(f"{place}/guess").status_code for _try in range(5)],
            [client.post(f"{place}/guess-by-machine").status_code for _try in range(5)])


def test_a_guess_counts_although_its_request_fails(client: FlaskClient, tenant: TestTenant) -> None:
    assert tried(client, tenant) == ([404, 404, 404, 429, 429],) * 2


def test_twin_without_counting_again_guessing_goes_on(client: FlaskClient, tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web.tenant, "recount", lambda _tries: None)
    assert tried(client, tenant) == ([404] * 5,) * 2


@requires("account.self")
def closed(slug: str) -> str:
    """A page that needs a permission."""
    return "closed"


def unmarked(slug: str) -> str:
    """A page that says nothing."""
    return "unmarked"


@public
def static(slug: str) -> str:
    """A page under the name of files."""
    return "static"


def outside() -> Blueprint:
    """A blueprint that adds an address elsewhere."""
    blueprint = pages({"/": (show, "GET")})()
    blueprint.record(lambda state: state.app.add_url_rule("/elsewhere/<slug>", "lamp_public.elsewhere", public(lambda slug: "elsewhere")))
    return blueprint


@pytest.mark.parametrize(("faulty", "told"), [
    ({"routes": pages({"/": (show, "GET")}, "lamp")}, "插件 lamp 的页面 lamp.show 标了 @public，请放进清单的 public_routes。"),
    ({"public_routes": pages({"/": (closed, "GET")})},
     "插件 lamp 的公开页面 lamp_public.closed 要求权限：请去掉 @requires，或移到清单的 routes 中。"),
    ({"public_routes": pages({"/": (unmarked, "GET")})}, "插件 lamp 的公开页面 lamp_public.unmarked 没有标 @public。"),
    ({"public_routes": pages({"/": (show, "GET")}, "candle")}, "插件 lamp 的公开页面 candle.show 的蓝图名应以插件名开头，如 lamp_public。"),
    ({"public_routes": pages({"/static": (static, "GET")})},
     "插件 lamp 的公开页面 lamp_public.static 不能叫 static，其蓝图也不能自带 static 目录：请放在 routes 的蓝图中。"),
    ({"public_routes": outside}, "插件 lamp 的公开页面 lamp_public.elsewhere 的地址应在 /t/<slug>/p/lamp/ 之下。")],
    ids=["public among routes", "with a permission", "unmarked", "another name", "static", "another place"])
def test_what_is_marked_wrongly_is_not_mounted(config: Config, registry: Registry, faulty: dict[str, Any], told: str) -> None:
    registry.register(make_plugin("lamp", **faulty))
    client, tenant = create_app(config).test_client(), make_tenant(plugins=["lamp"])
    assert registry.refused == {"lamp": f"页面不能挂载：{told}"}
    assert {client.get(address).status_code for address in (f"/t/{tenant.slug}/p/lamp/", f"/elsewhere/{tenant.slug}")} == {404}
