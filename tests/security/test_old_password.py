"""Whoever sits at somebody's open login cannot find the password by trying it on the page where it is changed."""
from __future__ import annotations

import datetime as dt
import re
import threading

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core.access import accounts, login_upkeep, logins
from core.access.models import Account, LoginTry
from core.access.passwords import verify_password
from core.access.roles import COUNTY, STREET
from core.audit import EntryFilter, entries
from core.config import Config
from core.tenancy import now, session, set_clock
from core.tenancy.scope import tenant_id
from tests.support.applications import shared_app
from tests.support.browsing import submit
from tests.support.factories import PASSWORD, TestTenant, make_tenant, sign_in

PAGE, WRONG, NEW = "/account/password", "wrong-password", "a quiet river"


@pytest.fixture
def tenant(config: Config) -> TestTenant:
    return make_tenant()


@pytest.fixture
def browser(config: Config, tenant: TestTenant) -> FlaskClient:
    """Signed in as the county's officer."""
    client = shared_app(config).test_client()
    sign_in(client, tenant.accounts[COUNTY])
    return client


def change(browser: FlaskClient, old: str, new: str = NEW) -> tuple[int, str]:
    """Status, and the sentence above the form."""
    answer = submit(browser, PAGE, old_password=old, new_password=new, again=new)
    said = re.search(r'role="alert".*?<strong>([^<]+)</strong>', answer.text, re.DOTALL)
    return answer.status_code, said[1] if said else ""


def test_wrong_old_passwords_are_counted_and_wait_as_sign_ins_do(browser: FlaskClient, tenant: TestTenant) -> None:
    with set_clock(now()):
        seen = [change(browser, WRONG) for _try in range(6)]
        right = change(browser, PASSWORD)
    assert [status for status, _said in seen] == [422] * 5 + [429]
    assert (seen[0][1], seen[5][1], right) == ("原密码不对，请重新输入。", "尝试次数过多，请等 2 秒后再试。", (429, "尝试次数过多，请等 2 秒后再试。"))
    with tenant.scope():
        assert [(e.actor_id, e.object_id) for e in entries(EntryFilter("account.password_refused"))] == [
            (tenant.accounts[COUNTY].id, tenant.accounts[COUNTY].id)] * 5


def test_twin_without_the_wait_the_same_try_goes_through(browser: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with set_clock(now()):
        for _try in range(6):
            change(browser, WRONG)
        assert change(browser, PASSWORD)[0] == 429
        monkeypatch.setattr(accounts, "waiting", lambda _tried: 0)
        assert change(browser, PASSWORD)[0] == 303


def test_nobody_is_locked_out_for_good(browser: FlaskClient) -> None:
    begin = now()
    for minute in range(0, 12 * 20, 20):
        with set_clock(begin + dt.timedelta(minutes=minute)):
            assert change(browser, WRONG)[0] == 422  # 900 seconds at most
            browser.get("/account/")
    with set_clock(begin + dt.timedelta(minutes=12 * 20)):
        assert change(browser, PASSWORD)[0] == 303


def test_a_right_password_forgets_the_wrong_ones(browser: FlaskClient, tenant: TestTenant) -> None:
    with set_clock(now()):
        for old, new in ((PASSWORD, NEW), (NEW, PASSWORD)):
            assert [change(browser, WRONG)[0] for _try in range(4)] == [422] * 4
            assert change(browser, old, new)[0] == 303
    with tenant.scope():
        assert session().scalar(select(func.count()).select_from(LoginTry)) == 0


def test_the_two_doors_count_apart_and_so_do_accounts_and_tenants(browser: FlaskClient, tenant: TestTenant) -> None:
    other = make_tenant("4202")
    with set_clock(now()):
        for _try in range(6):
            change(browser, WRONG)
        for one, role in ((tenant, COUNTY), (other, COUNTY)):  # the sign-in is as free as before
            assert submit(browser.application.test_client(), f"/t/{one.slug}/login", username=one.accounts[role].username,
                          password=PASSWORD).status_code == 303
        for one, role in ((tenant, STREET), (other, COUNTY)):
            client = browser.application.test_client()
            sign_in(client, one.accounts[role])
            assert change(client, PASSWORD)[0] == 303
        assert change(browser, PASSWORD)[0] == 429


def test_failed_sign_ins_do_not_shut_the_owner_out_of_the_change(browser: FlaskClient, tenant: TestTenant) -> None:
    with set_clock(now()):
        with tenant.scope():
            for _try in range(9):
                logins.sign_in(COUNTY, WRONG)
            assert logins.sign_in(COUNTY, PASSWORD).retry_after
        assert change(browser, PASSWORD)[0] == 303


def test_a_password_reset_begins_anew(browser: FlaskClient, tenant: TestTenant) -> None:
    with set_clock(now()):
        for _try in range(6):
            change(browser, WRONG)
        with tenant.scope():
            temporary = accounts.reset_password(tenant.accounts[COUNTY].id, by=None)
        sign_in(browser, tenant.accounts[COUNTY])
        assert change(browser, temporary)[0] == 303


def test_a_weak_new_password_changes_nothing_and_leaves_nothing(browser: FlaskClient, tenant: TestTenant) -> None:
    assert change(browser, PASSWORD, "12345678")[0] == 422
    with tenant.scope():
        login_upkeep.clean(None)  # type: ignore[arg-type]  # it needs no context
        assert session().scalar(select(func.count()).select_from(LoginTry)) == 0
        assert logins.sign_in(COUNTY, PASSWORD).token


@pytest.mark.parametrize("locked", [True, False])
def test_a_reset_is_not_undone_by_a_change_under_way(tenant: TestTenant, monkeypatch: pytest.MonkeyPatch, *, locked: bool) -> None:
    """Whoever knows the old password must not keep the account that is taken away at this moment; the twin has no lock."""
    account, verifying, reset = tenant.accounts[COUNTY].id, threading.Event(), threading.Event()

    def slow(stored: str | None, password: str) -> bool:
        verifying.set()
        reset.wait(0.5)
        return verify_password(stored, password)
    monkeypatch.setattr(accounts, "verify_password", slow)
    if not locked:
        monkeypatch.setattr(accounts, "_locked", accounts._account)

    def change() -> None:
        with tenant.scope():
            accounts.change_password(account, PASSWORD, "another good password")
    changing = threading.Thread(target=change)
    changing.start()
    verifying.wait(5)
    with tenant.scope():
        given = accounts.reset_password(account, by=None)
    reset.set()
    changing.join(5)
    with tenant.scope():
        stored = session().scalar(select(Account.password_hash).where(Account.tenant_id == tenant_id(), Account.id == account))
    assert verify_password(stored, given) is locked
