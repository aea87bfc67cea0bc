"""The operators' log through its doors: what they do on their pages is noted there, shown there and checked there."""
from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.access import operators
from core.audit import OPERATORS, EntryFilter, entries
from core.tenancy import tenant_scope, unscoped
from tenants import settings
from tests.support.browsing import submit
from tests.support.databases import TestDatabase
from tests.support.factories import PASSWORD, TestTenant
from tests.tenants.test_operator_pages import PROFILE
from tests.web.conftest import application, tenant

__all__ = ["application", "tenant"]
LOG = "/operator/log/"


@pytest.fixture
def browser(application: Flask) -> FlaskClient:
    """A browser before the operators' door; there is one operator, root."""
    with unscoped():
        operators.create_operator("root", PASSWORD)
    return application.test_client()


def enter(browser: FlaskClient, password: str = PASSWORD, name: str = "root") -> int:
    return submit(browser, "/operator/login", username=name, password=password).status_code


def noted() -> list[tuple[str, str, bool]]:
    """Action, kind of doer, and whether an object is named; oldest first."""
    with unscoped():
        return [(e.action, e.actor_kind, e.object_id is not None) for e in reversed(entries(trail=OPERATORS))]


def test_signing_in_failing_and_signing_out_are_noted(browser: FlaskClient) -> None:
    assert [enter(browser, "wrong-password"), enter(browser, name="nobody_here"), enter(browser)] == [422, 422, 303]
    assert submit(browser, "/operator/", "/operator/logout").status_code == 303
    assert noted() == [("operator.created", "system", True), ("login.failed", "system", True), ("login.failed", "system", False),
                       ("login.opened", "operator", True), ("login.closed", "operator", True)]
    with unscoped():
        told = str(entries(trail=OPERATORS))
    assert ("root" in told, "nobody_here" in told, "127.0.0.1" in told) == (False, False, False)


def test_a_sign_in_that_cannot_be_noted_is_none(browser: FlaskClient, database: TestDatabase) -> None:
    with database.connect_admin() as admin:
        admin.execute("REVOKE INSERT ON operator_entry FROM baodao_app")
    try:
        assert enter(browser) == 500
    finally:
        with database.connect_admin() as admin:
            admin.execute("GRANT INSERT ON operator_entry TO baodao_app")
    assert browser.get("/operator/").status_code == 302
    assert enter(browser) == 303


def test_what_is_done_on_the_pages_is_noted_with_its_tenant(browser: FlaskClient, tenant: TestTenant) -> None:
    enter(browser)
    submit(browser, "/operator/apply", text=PROFILE, name="")  # looking at the difference is no act
    submit(browser, "/operator/apply", text=PROFILE, name="", confirmed="yes")
    for on in ("yes", "yes", "no"):
        submit(browser, "/operator/plugins", tenant="4201", plugin="points", on=on)
    submit(browser, "/operator/plugins", tenant="4201", plugin="nothing", on="yes")
    with unscoped():
        done = [(e.action, e.actor_kind, (e.details or {}).get("tenant")) for e in reversed(entries(trail=OPERATORS))][2:]
    assert done == [("tenant.created", "operator", "429005"), ("tenant.applied", "operator", "429005"),
                    ("plugin.enabled", "operator", "4201"), ("plugin.disabled", "operator", "4201")]
    page = browser.get(LOG).text
    assert [said in page for said in ("建立租户", "套用城市档案", "启用插件", "停用插件", "租户 429005", "插件 4201 points")] == [True] * 6
    assert "root" in page


def test_settings_for_all_tenants_are_noted(browser: FlaskClient, tenant: TestTenant) -> None:
    with unscoped():
        settings.save_for_all("registration", {"months": 2}, locked=["months"])
    with unscoped():
        last = entries(limit=1, trail=OPERATORS)[0]
    assert (last.action, last.object_type, last.details) == (
        "settings.changed", "installation", {"namespace": "registration", "names": ["months"], "locked": ["months"]})
    enter(browser)
    assert "全部租户 registration" in browser.get(LOG).text


def test_the_log_is_filtered_and_paged(browser: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    enter(browser, "wrong-password")
    enter(browser)
    failed = browser.get(f"{LOG}?action=login.failed").text
    assert (len(re.findall("<tr", failed)), "登录失败" in failed) == (2, True)
    assert browser.get(f"{LOG}?action=no.such&before=x").status_code == 200
    monkeypatch.setattr("web.pages.operator_log.PAGE", 2)
    first = browser.get(LOG).text
    follow = re.search(r'rel="next" href="([^"]+)"', first)
    assert follow is not None
    assert follow[1] == f"{LOG}?before=2"
    rest = browser.get(follow[1]).text
    assert ("建立运营账号" in re.sub("<select.*?</select>", "", first, flags=re.DOTALL),
            "建立运营账号" in re.sub("<select.*?</select>", "", rest, flags=re.DOTALL)) == (False, True)


def test_an_empty_page_says_so(browser: FlaskClient) -> None:
    enter(browser)
    assert "没有符合条件的内容" in browser.get(f"{LOG}?action=members.imported").text


def test_the_check_tells_and_is_noted_itself(browser: FlaskClient, database: TestDatabase) -> None:
    enter(browser)
    whole = submit(browser, LOG, f"{LOG}verify")
    assert (whole.status_code, "操作日志完整" in browser.get(whole.location).text) == (303, True)
    with database.connect_admin() as admin:
        admin.execute("UPDATE operator_entry SET action = 'x' WHERE seq = 1")
    assert "第 1 条内容被改动" in browser.get(submit(browser, LOG, f"{LOG}verify").location).text
    assert noted()[-2:] == [("audit.verified", "operator", False)] * 2


def test_a_tenants_officers_see_nothing_of_it(browser: FlaskClient, tenant: TestTenant) -> None:
    enter(browser)
    with tenant_scope(tenant.id):
        assert entries(EntryFilter()) == []
