"""The frame around every page: doors, logins, CSRF, headers, tenants, and what is kept of a request that fails."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import select

from core.access import accounts, logins, operators
from core.access.models import Account
from core.access.roles import ADMINISTRATOR, AUDITOR, COMMUNITY, COUNTY, LIAISON
from core.access.tokens import create_token
from core.audit import entries
from core.config import Config
from core.errors import ConfigurationError, Conflict
from core.jobs import enqueue
from core.tenancy import Tenant, now, session, set_clock, unscoped
from tests.support.browsing import csrf_of, submit
from tests.support.factories import PASSWORD, TestAccount, TestTenant, make_member, make_tenant, sign_in
from web import logs
from web.app import create_app
from web.pages.login import safe_target
from web.routing import Access, Pages, check_access
from web.security import HEADERS

Browse = Callable[[TestAccount], FlaskClient]
SAME_ID = {"X-Request-ID": "a-fixed-request-id"}


# Doors

def test_a_route_without_a_declared_permission_stops_the_start(application: Flask) -> None:
    check_access(application)  # the twin: as it is, it starts
    application.view_functions["home.index"] = lambda: ""
    with pytest.raises(ConfigurationError, match=r"home\.index"):
        check_access(application)


def test_a_route_with_an_unknown_permission_stops_the_start(application: Flask) -> None:
    def view() -> str:
        return ""
    view.access = Access(permission="no.such")  # type: ignore[attr-defined]
    application.view_functions["home.index"] = view
    with pytest.raises(ConfigurationError, match=r"no\.such"):
        check_access(application)


def test_without_a_login_every_page_leads_to_the_door_and_back(browser: FlaskClient, tenant: TestTenant) -> None:
    answer = browser.get("/account/?a=1")
    assert (answer.status_code, answer.location) == (302, "/login?next=/account/?a%3D1")
    assert browser.get("/account/", headers={"HX-Request": "true"}).headers["HX-Redirect"] == "/login?next=/account/"
    door = browser.get(answer.location)
    assert door.location == f"/t/{tenant.slug}/login?next=/account/?a%3D1"
    entered = submit(browser, door.location, username=ADMINISTRATOR, password=PASSWORD, next="/account/?a=1")
    assert (entered.status_code, entered.location) == (303, "/account/?a=1")
    assert browser.get("/account/").status_code == 200


@pytest.mark.parametrize(("address", "expected"), [
    ("/members/?after=1", "/members/?after=1"), ("//evil.example", None), ("https://evil.example/", None), ("/\\evil.example", None),
    ("evil", None), ("", None), (None, None), ("/a\\b", None), ("javascript:alert(1)", None), ("/\t/evil.example", None), ("/\n/x", None)])
def test_only_a_path_of_this_site_is_gone_on_to(address: str | None, expected: str | None) -> None:
    assert safe_target(address) == expected


def test_a_permission_that_is_missing_is_refused(browser_of: Browse, tenant: TestTenant) -> None:
    assert browser_of(tenant.accounts[COMMUNITY]).get("/jobs/").status_code == 403
    assert browser_of(tenant.accounts[ADMINISTRATOR]).get("/jobs/").status_code == 200


def test_a_refusal_stands_in_the_log(browser_of: Browse, tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    client, lines = browser_of(tenant.accounts[COMMUNITY]), []
    monkeypatch.setattr(logs, "log", SimpleNamespace(info=lambda event, **said: lines.append((event, said["route"], said["status"]))))
    client.get("/jobs/")
    assert lines == [("request", "/jobs/", 403)]


# Logins

@pytest.mark.promise(6)
def test_a_copied_cookie_is_worthless_after_signing_out(browser_of: Browse, tenant: TestTenant, application: Flask) -> None:
    client = browser_of(tenant.accounts[COUNTY])
    name = application.config["SESSION_COOKIE_NAME"]
    client.get("/account/")
    copied = client.get_cookie(name)
    assert copied is not None
    assert submit(client, "/account/", "/logout").location == f"/t/{tenant.slug}/login"
    with tenant.scope():
        assert [(e.action, e.object_id) for e in entries()] == [("login.closed", tenant.accounts[COUNTY].id)]
    thief = application.test_client()
    thief.set_cookie(name, copied.value)
    assert thief.get("/account/").status_code == 302


@pytest.mark.promise(6)
def test_role_change_switching_off_and_password_change_end_logins(browser_of: Browse, tenant: TestTenant) -> None:
    account = tenant.accounts[COMMUNITY]

    def ends(act: Callable[[], Any]) -> None:
        client = browser_of(account)
        assert client.get("/account/").status_code == 200
        with tenant.scope():
            act()
        assert client.get("/account/").status_code == 302

    ends(lambda: accounts.grant_role(account.id, COMMUNITY, tenant.communities[3], by=tenant.actor(ADMINISTRATOR)))
    ends(lambda: accounts.revoke_grant(account.id, accounts.account_grants([account.id])[0].id, by=tenant.actor(ADMINISTRATOR)))
    ends(lambda: accounts.change_password(account.id, PASSWORD, "another good one"))
    ends(lambda: accounts.set_active(account.id, active=False, by=tenant.actor(ADMINISTRATOR)))
    with tenant.scope():
        accounts.set_active(account.id, active=True, by=tenant.actor(ADMINISTRATOR))
    ends(lambda: accounts.reset_password(account.id, by=None))


def test_an_idle_or_old_login_of_an_officer_ends(browser_of: Browse, tenant: TestTenant) -> None:
    begin = now()
    client, working = browser_of(tenant.accounts[COUNTY]), browser_of(tenant.accounts[COUNTY])

    def at(minutes: int, who: FlaskClient) -> int:
        with set_clock(begin + dt.timedelta(minutes=minutes)):
            return who.get("/account/").status_code

    assert (at(29, working), at(31, client), at(31, working)) == (200, 302, 200)
    assert {at(minutes, working) for minutes in range(55, 12 * 60, 25)} == {200}
    assert at(12 * 60 + 1, working) == 302


def test_failures_are_counted_and_the_wait_grows_while_a_name_is_never_betrayed(browser: FlaskClient, tenant: TestTenant) -> None:
    door = f"/t/{tenant.slug}/login"
    unknown = submit(browser, door, username="nobody", password="wrong-password")
    known = submit(browser, door, username=COUNTY, password="wrong-password")
    assert (unknown.status_code, known.status_code) == (422, 422)
    assert _without_token(unknown.text).replace("nobody", "?") == _without_token(known.text).replace(COUNTY, "?")
    for _try in range(4):
        submit(browser, door, username=COUNTY, password="wrong-password")
    with tenant.scope():
        row = session().scalars(select(Account).where(Account.id == tenant.accounts[COUNTY].id)).one()
        assert (row.failed_logins, row.locked_until is not None and row.locked_until > now()) == (5, True)
        assert [e.action for e in entries()] == ["login.failed"] * 6
    refused = submit(browser, door, username=COUNTY, password=PASSWORD)
    assert (refused.status_code, "秒后再试" in refused.text) == (429, True)


def test_a_temporary_password_opens_nothing_but_its_change(browser: FlaskClient, tenant: TestTenant) -> None:
    with tenant.scope():
        temporary = accounts.reset_password(tenant.accounts[COUNTY].id, by=None)
    submit(browser, f"/t/{tenant.slug}/login", username=COUNTY, password=temporary)
    assert browser.get("/").location == "/account/password"
    assert browser.get("/account/").location == "/account/password"
    weak = submit(browser, "/account/password", old_password=temporary, new_password="12345678", again="12345678")
    assert (weak.status_code, "太常见" in weak.text) == (422, True)
    assert submit(browser, "/account/password", old_password=temporary, new_password="穿过雾的桥和船八", again="穿过雾的桥和船八").status_code == 303
    assert browser.get("/account/").status_code == 200


def test_changing_the_password_ends_the_other_logins_and_keeps_this_one(browser_of: Browse, tenant: TestTenant) -> None:
    mine, other = browser_of(tenant.accounts[COUNTY]), browser_of(tenant.accounts[COUNTY])
    assert submit(mine, "/account/password", old_password=PASSWORD, new_password="a quiet river", again="a quiet river").status_code == 303
    assert (mine.get("/account/").status_code, other.get("/account/").status_code) == (200, 302)


def test_operators_have_a_door_of_their_own(browser: FlaskClient, tenant: TestTenant) -> None:
    with unscoped():
        operators.create_operator("root", PASSWORD)
    assert browser.get("/operator/").status_code in (302, 401)
    assert submit(browser, "/operator/login", username="root", password="wrong-password").status_code == 422
    assert submit(browser, "/operator/login", username="root", password=PASSWORD).status_code == 303
    assert browser.get("/operator/").status_code == 200
    assert browser.get("/account/").status_code == 302  # an operator is nobody in a tenant
    assert submit(browser, "/operator/", "/operator/logout").status_code == 303
    assert browser.get("/operator/").status_code in (302, 401)


def test_an_account_does_not_open_the_operators_pages(browser_of: Browse, tenant: TestTenant) -> None:
    assert browser_of(tenant.accounts[ADMINISTRATOR]).get("/operator/").status_code in (302, 401)


# CSRF and headers

def test_a_write_needs_this_browsers_token(browser_of: Browse, tenant: TestTenant) -> None:
    client, stranger = browser_of(tenant.accounts[COUNTY]), browser_of(tenant.accounts[AUDITOR])
    foreign = csrf_of(stranger.get("/account/").text)
    client.get("/account/")
    assert client.post("/account/logins/end").status_code == 400
    assert client.post("/account/logins/end", data={"csrf_token": foreign}).status_code == 400
    assert submit(client, "/account/logins/", "/account/logins/end", old_password=PASSWORD).status_code == 303


def test_headers_of_every_answer(browser: FlaskClient, browser_of: Browse, tenant: TestTenant) -> None:
    for answer in (browser_of(tenant.accounts[COUNTY]).get("/account/"), browser.get("/no/such"), browser.get("/api/v1/members"),
                   browser.get("/login")):
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert answer.headers["Cache-Control"] == "no-store"
        assert len(answer.headers["X-Request-ID"]) == 32
    assert HEADERS["Content-Security-Policy"].startswith("default-src 'self'; script-src 'self'; ")
    assert "max-age" not in browser.get("/login").headers["Cache-Control"]
    assert "Strict-Transport-Security" in browser.get("/login", base_url="https://127.0.0.1").headers


# Tenants

def test_another_tenants_things_look_absent(browser_of: Browse, tenant: TestTenant) -> None:
    other = make_tenant("4202", name="黄石市")
    client = browser_of(tenant.accounts[ADMINISTRATOR])
    with other.scope():
        foreign = enqueue("members.export", {})
    for address in ("/jobs/{}", "/files/{}", "/members/{}", "/organizations/{}"):
        answers = []
        for identity in (foreign if "jobs" in address else other.communities[0], uuid.uuid4()):
            answer = client.get(address.format(identity), headers=SAME_ID)
            answers.append((answer.status_code, _without_token(answer.text).replace(str(identity), "?")))
        assert answers[0] == answers[1], address
        assert answers[0][0] == 404


def test_a_public_page_agrees_with_the_login(browser_of: Browse, tenant: TestTenant) -> None:
    other = make_tenant("4202", name="黄石市")
    client = browser_of(tenant.accounts[COUNTY])
    assert "退出登录" in client.get(f"/t/{tenant.slug}/contact").text
    assert "退出登录" not in client.get(f"/t/{other.slug}/contact").text


def test_a_suspended_tenant_lets_nobody_in(browser_of: Browse, tenant: TestTenant) -> None:
    client = browser_of(tenant.accounts[COUNTY])
    assert client.get("/account/").status_code == 200
    with unscoped():
        session().get_one(Tenant, tenant.id).status = "suspended"
    assert client.get("/account/").status_code == 302
    assert client.get(f"/t/{tenant.slug}/login").status_code == 404


def test_a_plugins_pages_and_api_are_absent_where_it_is_off(browser_of: Browse, application: Flask) -> None:
    tenants = [make_tenant("4201", plugins=["points"]), make_tenant("4202")]
    seen = []
    for tenant in tenants:
        member = make_member(tenant)
        with tenant.scope():
            token = create_token(tenant.actor(LIAISON), "t", ["points.read"], 1)
        answer = application.test_client().get(f"/api/v1/p/points/members/{member.id}", headers={"Authorization": f"Bearer {token}"})
        seen.append((browser_of(tenant.accounts[LIAISON]).get("/p/points/").status_code, answer.status_code))
    assert seen == [(200, 200), (404, 404)]


# Language, text size

def test_language_and_text_size_are_kept_and_follow_no_foreign_link(browser: FlaskClient, tenant: TestTenant) -> None:
    answer = browser.get("/login?_lang=en&_text=large&next=//evil.example")
    assert (answer.status_code, answer.location.startswith("/login?")) == (303, True)
    page = browser.get(f"/t/{tenant.slug}/login").text
    assert '<html lang="en" class="large-text">' in page
    assert "Password" in page


# What is kept

@pytest.fixture
def writing(config: Config) -> FlaskClient:
    """An application of its own with a page that writes and then ends in every way."""
    application = create_app(config)
    pages = Pages("writing", __name__)

    @pages.page("/writing/<how>", access="account.self")
    def write(how: str) -> tuple[str, int]:
        session().scalars(select(Account).where(Account.username == COUNTY)).one().display_name = how
        if how == "conflict":
            raise Conflict("x")
        if how == "crash":
            raise ValueError("x")
        g.keep_changes, g.failed = how == "kept", how == "failed"
        return how, 422 if how in ("refused", "kept") else 200

    application.register_blueprint(pages)
    return application.test_client()


@pytest.mark.parametrize(("how", "status", "kept"), [("fine", 200, True), ("refused", 422, False), ("kept", 422, True),
                                                      ("failed", 200, False), ("conflict", 409, False), ("crash", 500, False)])
def test_a_refused_request_changes_nothing(writing: FlaskClient, tenant: TestTenant, how: str, status: int, *, kept: bool) -> None:
    sign_in(writing, tenant.accounts[COUNTY])
    writing.application.config["PROPAGATE_EXCEPTIONS"] = False
    assert writing.get(f"/writing/{how}").status_code == status
    with tenant.scope():
        name = session().scalar(select(Account.display_name).where(Account.id == tenant.accounts[COUNTY].id))
    assert (name == how) is kept


def _without_token(page: str) -> str:
    return re.sub(r'(content|value)="[\w.-]{60,}"', "", page)


def test_login_rows_hold_no_token(tenant: TestTenant) -> None:
    with tenant.scope():
        token = logins.open_login(tenant.accounts[COUNTY].id)
        row = session().scalars(select(logins.Login)).one()
        assert row.token_hash == logins.token_hash(token)
