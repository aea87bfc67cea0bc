"""A login dies in every process at once (promise 6), and its owner sees where there are others and ends them."""
from __future__ import annotations

import datetime as dt
import functools
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from core.access import accounts, entry
from core.access.models import Account
from core.access.roles import ADMINISTRATOR, COMMUNITY
from core.config import Config
from core.tenancy import now, set_clock
from tests.support.applications import shared_app
from tests.support.browsing import submit
from tests.support.factories import PASSWORD, TestTenant, make_tenant, sign_in
from web.app import create_app

pytestmark = pytest.mark.promise(6)

OTHER_PROCESS = """
import functools, json, sys
from pathlib import Path
from core.access import entry
from core.config import Config
from core.logs import configure_logging
from tenants.process import configure_process
from tests.support.databases import MASTER_KEYS
from web.app import create_app

given = json.loads(sys.stdin.readline())
configure_logging("CRITICAL")
config = Config(given["database"], given["redis"], "for tests only", MASTER_KEYS, data_dir=Path(given["folder"]), base_url="http://127.0.0.1")
configure_process(config)
app = create_app(config)
for line in sys.stdin:
    if line == "keep\\n":
        entry.by_login = functools.lru_cache(entry.by_login)
        continue
    thief = app.test_client()
    thief.set_cookie(app.config["SESSION_COOKIE_NAME"], line.strip())
    print(thief.get("/account/").status_code, flush=True)
"""


@contextmanager
def other_process(config: Config) -> Iterator[Callable[[str], int]]:
    """Another web process, as installed; asked with a copied cookie it answers the page's status. Told to "keep", it keeps what it reads."""
    given = {"database": config.database_url, "redis": config.redis_url, "folder": str(config.data_dir)}
    with subprocess.Popen([sys.executable, "-W", "ignore", "-c", OTHER_PROCESS], cwd=Path(__file__).parents[2], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        stdin, stdout = process.stdin, process.stdout
        stdin.write(json.dumps(given) + "\n")

        def ask(cookie: str) -> int:
            stdin.write(cookie + "\n")
            stdin.flush()
            return int(stdout.readline()) if cookie != "keep" else 0

        yield ask
        stdin.close()


@pytest.fixture
def tenant(config: Config) -> TestTenant:
    return make_tenant()


def signed_in(app: Flask, tenant: TestTenant) -> tuple[FlaskClient, str]:
    """Somebody at work, and a copy of the cookie."""
    client = app.test_client()
    sign_in(client, tenant.accounts[COMMUNITY])
    client.get("/account/")
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    return client, cookie.value


def ends(tenant: TestTenant) -> list[Callable[[FlaskClient], object]]:
    """All that ends somebody's logins."""
    account = tenant.accounts[COMMUNITY]

    def by_administrator(act: Callable[[], object]) -> Callable[[FlaskClient], object]:
        def within(_client: FlaskClient) -> None:
            with tenant.scope():
                act()
        return within
    return [
        lambda client: submit(client, "/account/", "/logout"),
        lambda client: submit(client, "/account/logins/", "/account/logins/end-all", old_password=PASSWORD),
        lambda client: submit(client, "/account/password", old_password=PASSWORD, new_password="a quiet river", again="a quiet river"),
        by_administrator(lambda: accounts.grant_role(account.id, COMMUNITY, tenant.communities[3], by=tenant.actor(ADMINISTRATOR))),
        by_administrator(lambda: accounts.set_active(account.id, active=False, by=tenant.actor(ADMINISTRATOR)))]


def before_and_after(app: Flask, tenant: TestTenant, ask: Callable[[str], int], act: Callable[[FlaskClient], object]) -> tuple[int, int]:
    """What the other one says to the copied cookie before an act and at the next request after it."""
    client, copied = signed_in(app, tenant)
    before = ask(copied)
    act(client)
    return before, ask(copied)


@pytest.mark.long
def test_a_copied_cookie_is_dead_in_another_process_at_the_next_request(config: Config, tenant: TestTenant) -> None:
    """Then its twin: a process that keeps what it has read lets the thief in."""
    app = shared_app(config)
    with other_process(config) as ask:
        seen = [before_and_after(app, tenant, ask, act) for act in ends(tenant)]
        with tenant.scope():
            accounts.set_active(tenant.accounts[COMMUNITY].id, active=True, by=tenant.actor(ADMINISTRATOR))
        ask("keep")
        twin = before_and_after(app, tenant, ask, ends(tenant)[0])
    assert seen == [(200, 302)] * 5
    assert twin == (200, 200)


def asked_elsewhere(config: Config, tenant: TestTenant, count: int) -> list[tuple[int, int]]:
    """What another application of this process says before and after the first acts that end a login."""
    app, other = shared_app(config), create_app(config)

    def ask(cookie: str) -> int:
        thief = other.test_client()
        thief.set_cookie(other.config["SESSION_COOKIE_NAME"], cookie)
        return thief.get("/account/").status_code
    return [before_and_after(app, tenant, ask, act) for act in ends(tenant)[:count]]


def test_a_copied_cookie_is_dead_in_another_application_at_the_next_request(config: Config, tenant: TestTenant) -> None:
    """The same without the seconds that a process takes to start."""
    assert asked_elsewhere(config, tenant, 5) == [(200, 302)] * 5


def test_twin_where_logins_are_kept_in_the_process_the_thief_stays(config: Config, tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "by_login", functools.lru_cache(entry.by_login))
    assert asked_elsewhere(config, tenant, 1) == [(200, 200)]


def test_every_page_has_the_way_out(config: Config, tenant: TestTenant) -> None:
    client = shared_app(config).test_client()
    sign_in(client, tenant.accounts[ADMINISTRATOR])
    assert ["action=\"/logout\"" in client.get(page).text for page in ("/", "/members/", "/account/", "/account/logins/")] == [True] * 4


def test_signing_out_empties_the_browser(config: Config, tenant: TestTenant) -> None:
    client = shared_app(config).test_client()
    sign_in(client, tenant.accounts[ADMINISTRATOR])
    answer = submit(client, "/account/", "/logout")
    assert (answer.status_code, answer.headers["Clear-Site-Data"]) == (303, '"storage"')


def test_where_one_is_signed_in(config: Config, tenant: TestTenant) -> None:
    app, agents = shared_app(config), ("Mozilla/5.0 (Linux; HarmonyOS; Android 12) MicroMessenger/8.0", "Mozilla/5.0 (Windows NT 10.0) Chrome/140 Edg/140")
    clients = [app.test_client() for _agent in agents]
    for client, agent in zip(clients, agents, strict=True):
        client.environ_base["HTTP_USER_AGENT"] = agent
        assert submit(client, f"/t/{tenant.slug}/login", username=COMMUNITY, password=PASSWORD).status_code == 303
    other = app.test_client()
    sign_in(other, tenant.accounts[ADMINISTRATOR])
    page = clients[0].get("/account/logins/").text
    ends = re.findall(r'formaction="(/account/logins/[0-9a-f-]{36}/end)"', page)
    assert ("鸿蒙手机 微信" in page, "Windows 电脑 Edge" in page, page.count("就在这里"), len(ends)) == (True, True, 1, 1)
    assert submit(other, "/account/logins/", ends[0], old_password=PASSWORD).status_code == 404  # somebody else's
    assert clients[1].get("/account/").status_code == 200
    refused = submit(clients[0], "/account/logins/", ends[0], old_password="somebody else's")
    assert (refused.status_code, "原密码不对" in refused.text, clients[1].get("/account/").status_code) == (422, True, 200)
    assert submit(clients[0], "/account/logins/", ends[0], old_password=PASSWORD).status_code == 303
    assert [client.get("/account/").status_code for client in clients] == [200, 302]


def test_who_has_no_password_ends_logins_only_soon_after_signing_in(config: Config, tenant: TestTenant) -> None:
    """One that signs in through another house: a fresh login is its proof (ASVS 5.0, 7.5.2)."""
    account, app = tenant.accounts[COMMUNITY], shared_app(config)
    clients = [app.test_client() for _ in range(2)]
    for client in clients:
        sign_in(client, account)
    with tenant.scope() as opened:
        opened.execute(update(Account).where(Account.tenant_id == tenant.id, Account.id == account.id).values(password_hash=None))
    late = now() + dt.timedelta(minutes=11)
    with set_clock(late):
        page = clients[0].get("/account/logins/").text
        refused = submit(clients[0], "/account/logins/", "/account/logins/end")
    assert ("old_password" in page, refused.status_code, "请退出后重新登录" in refused.text) == (False, 422, True)
    assert submit(clients[0], "/account/logins/", "/account/logins/end").status_code == 303
    assert [client.get("/account/").status_code for client in clients] == [200, 302]
