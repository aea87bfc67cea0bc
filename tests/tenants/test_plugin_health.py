"""The administrator sees which plugin failed where, when and how often, what is kept for it, and why one does not work."""
from __future__ import annotations

import datetime as dt
import uuid

import pytest

from core.extension.failures import note_failure
from core.extension.hookspecs import RULES
from core.extension.manifest import JobKind, Measure
from core.extension.registry import Registry
from core.extension.suspension import suspend
from core.jobs.models import Job
from core.tenancy import now, session, tenant_scope
from tenants import health, operating
from tenants.health import TenantLine
from tenants.hook_titles import HOOKS, hook_title
from tenants.plugin_health import plugin_health
from tests.extension.conftest import Install, city, install, registry

__all__ = ["city", "install", "registry"]


def fail(city: int, plugin: str, *hooks: str) -> None:
    """Let the plugin fail in each of the hooks."""
    for hook in hooks:
        with tenant_scope(city):
            note_failure(plugin, hook, ValueError())


def test_what_failed_is_named_with_its_number_and_time(install: Install, city: int) -> None:
    install("bad")
    began = now()
    fail(city, "bad", "record_counted", "GET /p/bad/", "record_counted")
    with tenant_scope(city):
        [one] = plugin_health()
    assert [(f.title, f.code, f.count, f.message) for f in one.failures] == [
        ("服务记录计入时的处理", "record_counted", 2, "ValueError"), ("页面 /p/bad/", "GET /p/bad/", 1, "ValueError")]
    assert all(began <= f.first_at <= f.last_at <= now() for f in one.failures)
    assert (one.on, one.suspended, one.well) == (True, None, True)


def test_those_with_something_to_do_come_first(install: Install, registry: Registry, city: int) -> None:
    for name in ("aa", "base", "gone"):
        install(name)
    install("off", on=False)
    install("top", manifest={"requires": ("base",)})
    registry.refuse("gone", "无法导入")
    with tenant_scope(city):
        suspend("base", "record_counted")
    with tenant_scope(city):
        assert [(p.name, p.suspended is not None, p.waits_for, p.refused) for p in plugin_health()] == [
            ("base", True, (), None), ("gone", False, (), "无法导入"), ("top", False, ("base",), None), ("aa", False, (), None)]


def test_what_is_kept_for_it_is_counted(install: Install, city: int) -> None:
    install("bad")
    with tenant_scope(city):
        for status in ("due", "due", "running", "failed", "done"):
            session().add(Job(kind="bad.redeliver", status=status, run_at=now(), created_at=now(), lease_until=now() + dt.timedelta(hours=1)))
        session().add(Job(kind="other.redeliver", status="due", run_at=now(), created_at=now()))
        session().flush()
        assert [(p.kept, p.lost, p.well) for p in plugin_health()] == [(3, 1, False)]


def test_the_operator_is_warned_and_may_resume(install: Install, city: int) -> None:
    install("bad")
    line = TenantLine(city, "420001", "x", "x", "city", "active", now())
    assert health.state(city).warnings == ["组织尚未建立，请重新应用配置文件。"]
    fail(city, "bad", "record_counted")
    with tenant_scope(city):
        suspend("bad", "record_counted")
    seen = health.state(city)
    assert (seen.plugins, seen.suspended, seen.failing) == (("bad",), ("bad",), ("bad",))
    assert "插件 bad 多次出错，已自动暂停；排除原因后请恢复启用。" in seen.warnings
    assert [operating.switch_plugin(line, "bad", on=True) for _ in range(2)] == [True, False]
    assert health.state(city).suspended == ()


def test_every_hook_has_a_title() -> None:
    assert HOOKS.keys() == RULES.keys()


@pytest.mark.parametrize(("hook", "title"), [
    ("POST /p/bad/<uuid:x>", "在页面 /p/bad/<uuid:x> 上提交"), ("job7.settle", "后台任务“结算”"), ("job7.balance", "指标“余额”"), ("what", "what")])
def test_pages_jobs_and_measures_have_titles_too(install: Install, hook: str, title: str) -> None:
    if hook == "job7.settle" or "balance" in hook:
        install("job7", manifest={"jobs": (JobKind("job7.settle", "结算", _nothing),),
                                  "measures": (Measure("job7.balance", "余额", lambda member_id: 0 if isinstance(member_id, uuid.UUID) else 1),)})
    assert hook_title(hook) == title


def _nothing(job: object) -> None:
    """A job that does nothing."""
