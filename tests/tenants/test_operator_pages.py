"""The operator's pages: tenants with their health, profiles applied after their difference, plugins by tenant; no person."""
from __future__ import annotations

import pytest
from sqlalchemy import select

from core.access import operators
from core.audit import EntryFilter, entries
from core.jobs.models import Job
from core.tenancy import Tenant, now, session, tenant_scope, unscoped
from tenants import activation, health, profile
from tests.support.browsing import submit
from tests.support.factories import make_member, make_tenant
from tests.web.conftest import application, browser_of, tenant
from web.pages.operator import LONGEST

__all__ = ["application", "browser_of", "tenant"]
PROFILE = 'code = "429005"\nslug = "qianjiang"\nname = "潜江市"\nshort_name = "潜江"\ncommittee = "中共潜江市委组织部"\n'


@pytest.fixture
def operator(application):
    """The browser of a signed-in operator."""
    with unscoped():
        operators.create_operator("operator", "test-password-1")
        token = operators.sign_in("operator", "test-password-1").token
    client = application.test_client()
    with client.session_transaction() as cookie:
        cookie["operator"] = token
    return client


def test_tenants_are_listed_with_their_health(tenant, operator):
    make_member(tenant, "王小明")
    page = operator.get("/operator/").text
    assert "武汉市" in page
    assert "正常" in page
    with tenant.scope():
        session().add(Job(kind="x", status="failed", run_at=now(), created_at=now()))
    assert "1 项提醒" in operator.get("/operator/").text
    detail = operator.get("/operator/tenants/4201").text
    assert "1 个后台任务失败" in detail
    assert "王小明" not in detail
    assert operator.get("/operator/tenants/9999").status_code == 404


def test_a_profile_is_shown_then_applied(tenant, operator):
    shown = submit(operator, "/operator/apply", text=PROFILE, name="")
    assert "新建租户 潜江市（429005）" in shown.text
    with unscoped() as opened:
        assert opened.scalar(select(Tenant.id).where(Tenant.code == "429005")) is None
    done = submit(operator, "/operator/apply", text=PROFILE, name="", confirmed="yes")
    assert done.location == "/operator/tenants/429005"
    again = submit(operator, "/operator/apply", text=PROFILE, name="")
    assert "无需改动" in again.text
    with unscoped() as opened:
        identity = opened.scalar(select(Tenant.id).where(Tenant.code == "429005"))
    with tenant_scope(identity):
        assert [(e.action, e.actor_kind) for e in entries(EntryFilter())] == [("tenant.applied", "operator")]


def test_a_faulty_profile_is_told_with_what_was_written(operator):
    answer = submit(operator, "/operator/apply", text=PROFILE + 'colour = "red"', name="")
    assert answer.status_code == 422
    assert "没有这个配置项" in answer.text
    assert "潜江市" in answer.text
    assert submit(operator, "/operator/apply", text="", name="").status_code == 422
    assert submit(operator, "/operator/apply", text="", name="../../etc/passwd").status_code == 422


def test_a_shipped_profile_is_chosen_and_one_that_cannot_be_read_is_passed_over(tenant, operator, monkeypatch, tmp_path):
    monkeypatch.setattr(profile, "SHIPPED", tmp_path)
    (tmp_path / "a.toml").write_text("code = ", "utf-8")
    (tmp_path / "b.toml").write_text(PROFILE, "utf-8")
    assert "新建租户 潜江市（429005）" in submit(operator, "/operator/apply", text="", name="b.toml").text
    assert operator.get("/operator/tenants/4201").status_code == 200
    long = submit(operator, "/operator/apply", text=PROFILE + "#" * LONGEST, name="")
    assert (long.status_code, "配置文件太长，请核对粘贴的内容。" in long.text) == (422, True)
    with unscoped() as opened:
        assert opened.scalar(select(Tenant.id).where(Tenant.code == "429005")) is None


def test_plugins_are_switched_for_one_tenant(tenant, operator):
    other = make_tenant("4228", name="恩施州")
    submit(operator, "/operator/plugins", tenant="4201", plugin="points", on="yes")
    assert [health.state(t.id).plugins for t in (tenant, other)] == [("points",), ()]
    with tenant.scope():
        assert [(e.action, e.actor_kind) for e in entries(EntryFilter())] == [("plugin.enabled", "operator")]
    submit(operator, "/operator/plugins", tenant="4201", plugin="points", on="no")
    with tenant.scope():
        assert [p.enabled for p in activation.plugins() if p.plugin.name == "points"] == [False]
    refused = submit(operator, "/operator/plugins", tenant="4201", plugin="nothing", on="yes")
    assert "没有名为 nothing 的插件" in operator.get(refused.location).text


def test_nobody_else_comes_in(tenant, browser_of):
    administrator = browser_of(tenant.accounts["city_administrator"])
    for path in ("/operator/", "/operator/tenants/4201", "/operator/apply", "/operator/plugins", "/operator/log/"):
        assert administrator.get(path).status_code == 302, path


def test_looking_into_a_tenant_leaves_the_open_scope_alone(tenant):
    with unscoped() as opened:
        assert health.state(tenant.id).organizations["community"] == 8
        assert session() is opened
