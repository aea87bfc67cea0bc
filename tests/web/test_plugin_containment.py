"""A plugin's page, panel or API that fails takes nothing else with it, is counted by its route, and is closed while suspended."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from flask import Blueprint, Flask, render_template, request
from flask.testing import FlaskClient
from flask_smorest import Blueprint as ApiBlueprint
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import select, text

import core.db
from core.access.actor import load_actor
from core.access.doors import requires
from core.access.tokens import create_token
from core.config import Config
from core.errors import NotFound
from core.extension.facts import Panel
from core.extension.failures import failures
from core.extension.limits import Limits, limits, set_limits
from core.extension.manifest import Navigation
from core.extension.models import Term
from core.extension.registry import Registry, using
from core.extension.suspension import suspend
from core.tenancy import session
from tests.support.browsing import submit
from tests.support.factories import TestTenant, make_member, make_tenant, sign_in
from tests.support.plugins import make_plugin
from web import containment
from web.app import create_app

RIGHT = "account.self"
TEMPLATES = {"bad/broken.html": "{{ 1 // 0 }}", "bad/sql.html": "{{ ask() }}", "bad/sound.html": "<p>sound panel</p>"}


def raises() -> str:
    """A page that writes and raises."""
    session().add(Term(key="half", locale="en", text="x"))
    session().flush()
    raise ValueError("张三")


def rubbish() -> Any:
    """A page that answers nothing."""
    return None


def twice() -> str:
    """A page that breaks a unique rule."""
    session().add_all([Term(key="same", locale="en", text="x"), Term(key="same", locale="en", text="y")])
    session().flush()
    return "never"


def at_the_commit() -> str:
    """A page whose unwritten rows break a rule when the request ends."""
    session().add_all([Term(key="same", locale="en", text="x"), Term(key="same", locale="en", text="y")])
    return "too early"


def sleeps() -> str:
    """A page whose statement does not come to an end."""
    session().execute(text("select pg_sleep(20)"))
    return "never"


def looks_up() -> str:
    """A page that asks the database for what the reader typed."""
    return str(session().execute(select(Term.text).where(Term.key == request.args.get("q", ""))).scalars().all())


def divides() -> str:
    """A page whose own statement goes wrong."""
    session().execute(text("select 1/0"))
    return "never"


def misses() -> str:
    """A page that knows no answer, which is no failure."""
    raise NotFound


def fine() -> str:
    """A page as it should be."""
    return "fine"


def bad_template() -> str:
    """A page whose template is missing."""
    return render_template("no/such.html")


VIEWS = (raises, rubbish, twice, at_the_commit, sleeps, looks_up, divides, misses, fine, bad_template)


def routes() -> Blueprint:
    """All of them."""
    pages = Blueprint("bad", __name__)
    for view in VIEWS:
        pages.add_url_rule(f"/{view.__name__}", view.__name__, requires(RIGHT)(view))
    return pages


def api_routes() -> ApiBlueprint:
    """The failing one for programs."""
    api = ApiBlueprint("bad_api", __name__)

    @api.route("/raises")
    @requires(RIGHT)
    def read() -> str:
        raise ValueError

    return api


def member_panels(member_id: object) -> list[Panel]:
    """One that cannot be shown, one that fails in the database while it is shown, and one that can."""
    return [Panel("broken", "bad/broken.html"), Panel("sql", "bad/sql.html", {"ask": lambda: session().execute(text("select 1/0"))}),
            Panel("sound", "bad/sound.html")]


@pytest.fixture
def application(config: Config) -> Iterator[Flask]:
    """The application with the plugin."""
    with using(Registry()) as registry, structlog.testing.capture_logs():
        registry.register(make_plugin("bad", {"member_panels": member_panels}, routes=routes, api_routes=api_routes,
                                      navigation=(Navigation("坏页", "bad.fine", RIGHT),)), known_permissions=[RIGHT])
        app = create_app(config)
        assert registry.refused == {}
        own, others = DictLoader(TEMPLATES), app.jinja_env.loader
        assert others is not None
        app.jinja_env.loader = ChoiceLoader([own, others])
        yield app


@pytest.fixture
def tenant(application: Flask) -> TestTenant:
    """A tenant with the plugin on."""
    return make_tenant(plugins=["bad"])


@pytest.fixture
def administrator(application: Flask, tenant: TestTenant) -> FlaskClient:
    """Somebody who may do everything."""
    return browser(application, tenant, "city_administrator")


def browser(application: Flask, tenant: TestTenant, role: str) -> FlaskClient:
    """A browser in which somebody is signed in."""
    client = application.test_client()
    sign_in(client, tenant.accounts[role])
    return client


def counted(tenant: TestTenant) -> list[tuple[str, int]]:
    """The failures by hook or route."""
    with tenant.scope():
        return sorted((f.hook, f.count) for f in failures())


@pytest.mark.parametrize(("view", "status"), [("raises", 500), ("rubbish", 500), ("bad_template", 500), ("twice", 409), ("at_the_commit", 500),
                                            ("divides", 500)])
def test_a_page_that_fails_is_the_only_one(administrator: FlaskClient, tenant: TestTenant, view: str, status: int) -> None:
    answer = administrator.get(f"/p/bad/{view}")
    assert (answer.status_code, "<h1>" in answer.text, "张三" in answer.text) == (status, True, False)
    assert counted(tenant) == [(f"GET /p/bad/{view}", 1)]
    assert administrator.get("/p/bad/fine").text == "fine"
    with tenant.scope():
        assert session().query(Term).count() == 0


def test_a_page_whose_statement_sleeps_is_cut(administrator: FlaskClient, tenant: TestTenant, config: Config) -> None:
    core.db.configure(config.database_url, statement_timeout=1)
    try:
        assert administrator.get("/p/bad/sleeps").status_code == 503
        assert counted(tenant) == [("GET /p/bad/sleeps", 1)]
    finally:
        core.db.database.dispose()
        core.db.configure(config.database_url, statement_timeout=30)


def test_a_page_that_takes_too_long_is_counted(administrator: FlaskClient, tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containment, "LONGEST", 0.0)
    assert administrator.get("/p/bad/fine").text == "fine"
    assert counted(tenant) == [("GET /p/bad/fine", 1)]


def test_twin_a_page_that_answers_is_not_counted(administrator: FlaskClient, tenant: TestTenant) -> None:
    assert [administrator.get(f"/p/bad/{view}").status_code for view in ("fine", "misses", "none")] == [200, 404, 404]
    assert counted(tenant) == []


def test_what_no_text_can_hold_is_the_readers_fault(administrator: FlaskClient, tenant: TestTenant) -> None:
    answers = [administrator.get("/p/bad/looks_up", query_string={"q": typed}) for typed in ("x", "\0")]
    assert [(one.status_code, "不能保存的字符" in one.text) for one in answers] == [(200, False), (422, True)]
    assert counted(tenant) == []


def test_the_api_fails_alone_too(application: Flask, tenant: TestTenant) -> None:
    with tenant.scope():
        actor = load_actor(tenant.accounts["city_administrator"].id)
        assert actor is not None
        token = create_token(actor, "x", [RIGHT], 1)
    answer = application.test_client().get("/api/v1/p/bad/raises", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert counted(tenant) == [("GET /api/v1/p/bad/raises", 1)]


def test_a_panel_that_cannot_be_shown_is_left_out(administrator: FlaskClient, tenant: TestTenant) -> None:
    member = make_member(tenant, "王小明")
    page = administrator.get(f"/members/{member.id}")
    assert (page.status_code, "sound panel" in page.text, "王小明" in page.text) == (200, True, True)
    assert counted(tenant) == [("member_panels", 2)]


@pytest.fixture
def suspended(application: Flask, tenant: TestTenant) -> None:
    """The plugin is suspended."""
    with tenant.scope():
        suspend("bad", "GET /p/bad/raises")


@pytest.mark.usefixtures("suspended")
def test_its_pages_are_closed_and_say_so(application: Flask, administrator: FlaskClient, tenant: TestTenant) -> None:
    page = administrator.get("/p/bad/fine")
    assert (page.status_code, "“bad”多次出错，已自动暂停。" in page.text, "/plugins/health/" in page.text) == (503, True, True)
    assert "坏页" not in administrator.get("/account/").text
    other = browser(application, tenant, "community_officer").get("/p/bad/fine")
    assert (other.status_code, "请把这个页面告诉" in other.text, 'href="/plugins/health/"' in other.text) == (503, True, False)
    assert application.test_client().get("/p/bad/fine").status_code == 302


@pytest.mark.usefixtures("suspended")
def test_the_health_page_names_it_and_lets_it_work_again(administrator: FlaskClient, tenant: TestTenant) -> None:
    page = administrator.get("/plugins/health/").text
    assert "最近一次是：页面 /p/bad/raises" in page
    assert submit(administrator, "/plugins/health/", "/plugins/health/bad/resume").location == "/plugins/health/"
    assert administrator.get("/p/bad/fine").text == "fine"
    assert "已暂停" not in administrator.get("/plugins/health/").text
    assert submit(administrator, "/plugins/health/", "/plugins/health/bad/resume").status_code == 409


def test_the_health_page_names_place_count_and_time(administrator: FlaskClient, tenant: TestTenant) -> None:
    for _ in range(3):
        administrator.get("/p/bad/raises")
    page = administrator.get("/plugins/health/").text
    assert "页面 /p/bad/raises" in page
    assert "ValueError @ test_plugin_containment.py" in page
    assert "张三" not in page


def test_failing_pages_suspend(administrator: FlaskClient, tenant: TestTenant) -> None:
    before = limits()
    set_limits(Limits(3, 0))
    try:
        assert [administrator.get("/p/bad/raises").status_code for _ in range(4)] == [500, 500, 500, 503]
    finally:
        set_limits(before)


@pytest.mark.usefixtures("suspended")
def test_who_may_not_switch_plugins_may_not_resume(application: Flask, tenant: TestTenant) -> None:
    client = browser(application, tenant, "community_officer")
    assert (client.get("/plugins/health/").status_code, submit(client, "/account/", "/plugins/health/bad/resume").status_code) == (403, 403)
    assert client.get("/p/bad/fine").status_code == 503
