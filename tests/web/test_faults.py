"""A database that refuses or is gone: a page that says what to do, never a bare error."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, flash
from flask.testing import FlaskClient
from sqlalchemy import text

from core import audit
from core.access.models import Account
from core.audit import log
from core.db import database as connections
from core.tenancy import now, session
from tests.support.databases import TestDatabase
from tests.support.factories import TestAccount, TestTenant
from web.routing import Access, declare

SAYS = "数据库暂时没有响应"


def test_a_statement_that_takes_too_long_gets_a_page(application: Flask, browser_of: Callable[[TestAccount], FlaskClient],
                                                     tenant: TestTenant) -> None:
    def slow() -> str:
        session().execute(text("set local statement_timeout = '50ms'"))
        session().execute(text("select pg_sleep(5)"))
        return ""
    application.view_functions["home.index"] = declare(slow, Access(permission="account.self"))
    answer = browser_of(tenant.accounts["city_administrator"]).get("/")
    assert (answer.status_code, SAYS in answer.text, answer.mimetype) == (503, True, "text/html")


def test_a_database_that_is_gone_still_gets_a_page(browser_of: Callable[[TestAccount], FlaskClient], tenant: TestTenant,
                                                      database: TestDatabase) -> None:
    client = browser_of(tenant.accounts["city_administrator"])
    connections.configure(database.app_url.replace("host=", "host=/nowhere"))
    try:
        answer = client.get("/")
    finally:
        connections.configure(database.app_url, statement_timeout=30)
    assert (answer.status_code, SAYS in answer.text, answer.mimetype) == (503, True, "text/html")
    assert (answer.headers["Retry-After"], 'class="side"' in answer.text) == ("60", False)


def test_what_two_people_do_at_once_is_a_conflict(application: Flask, browser_of: Callable[[TestAccount], FlaskClient],
                                                  tenant: TestTenant) -> None:
    def twice() -> str:
        session().add(Account(username="city_administrator", display_name="x", created_at=now()))
        session().flush()
        return ""
    application.view_functions["home.index"] = declare(twice, Access(permission="account.self"))
    answer = browser_of(tenant.accounts["city_administrator"]).get("/")
    assert (answer.status_code, "刚刚有人做了同样的操作" in answer.text) == (409, True)


def test_what_could_not_be_committed_is_not_said_to_be_saved(application: Flask, browser_of: Callable[[TestAccount], FlaskClient],
                                                             tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The audit entry fails at the very end, when the page has already been made."""
    def save() -> str:
        audit.record("member.updated", "member", tenant.units[0])
        flash("资料已存好", "success")
        return "done"

    def fail(*_facts: object) -> bytes:
        raise RuntimeError("no key")
    application.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(application.view_functions, "home.index", declare(save, Access(permission="account.self")))
    client = browser_of(tenant.accounts["city_administrator"])
    with monkeypatch.context() as broken:
        broken.setattr(log, "entry_hash", fail)
        answer = client.get("/")
    after = client.get("/account/")
    assert (answer.status_code, "资料已存好" in answer.text, "资料已存好" in after.text) == (500, False, False)
    assert "资料已存好" in (client.get("/") and client.get("/account/")).text  # the twin: committed, it is said
