"""Switching plugins: at once, in every process, for one tenant only; off means off and nothing is lost."""
from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.errors import Conflict, NotFound
from core.extension.activation import enabled_plugins, is_enabled, is_on
from core.extension.dispatch import collect, require, tell
from core.extension.facts import MemberData, Panel, RecordFact
from core.extension.manifest import JobKind, Navigation, Permission
from core.extension.models import Term
from core.extension.registry import Registry
from core.extension.suspension import suspend
from core.tenancy import session, tenant_scope
from tenants.activation import disable, enable, plugins, preview, resume
from tests.extension.conftest import Install
from tests.support.cities import make_city
from tests.support.databases import TestDatabase
from tests.support.plugins import make_record

MEMBER = uuid.uuid4()
OTHER_PROCESS = """
import sys
import core.db
from core.extension.activation import enabled_plugins
from core.extension.registry import current
from core.logs import configure_logging
from core.tenancy import tenant_scope
from tests.support.plugins import make_plugin

configure_logging()
core.db.configure(sys.argv[1])
current().register(make_plugin("sample"))
for line in sys.stdin:
    with tenant_scope(int(line)):
        print(*enabled_plugins(), flush=True)
"""


def heard_of(heard: list[RecordFact]) -> Callable[[RecordFact], None]:
    """A hook function that notes what it hears."""
    def record_counted(record: RecordFact) -> None:
        heard.append(record)
    return record_counted


def panels(city: int) -> tuple[Panel, ...]:
    """What the tenant's plugins show."""
    with tenant_scope(city):
        return collect("member_panels", member_id=MEMBER)


def test_off_means_off_and_on_restores(install: Install, city: int) -> None:
    heard: list[RecordFact] = []
    install("sample", on=False, member_panels=lambda member_id: [Panel("x", "x.html")],
            record_counted=heard_of(heard))
    for on in (False, True, False, True):
        with tenant_scope(city):
            assert (enable if on else disable)("sample") is (on or bool(heard))
            tell("record_counted", record=make_record())
        assert panels(city) == ((Panel("x", "x.html"),) if on else ())
    assert len(heard) == 2


def test_a_switch_concerns_one_tenant(install: Install, city: int) -> None:
    install("sample", member_panels=lambda member_id: [Panel("x", "x.html")])
    assert (len(panels(city)), panels(make_city(2))) == (1, ())


def test_a_switch_reaches_another_process_at_its_next_scope(install: Install, city: int, database: TestDatabase) -> None:
    install("sample", on=False)
    with subprocess.Popen([sys.executable, "-W", "ignore", "-c", OTHER_PROCESS, database.app_url], cwd=Path(__file__).parents[2],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as other:
        assert other.stdin
        assert other.stdout
        seen = []
        for switch in (None, enable, disable):
            if switch is not None:
                with tenant_scope(city):
                    switch("sample")
            other.stdin.write(f"{city}\n")
            other.stdin.flush()
            seen.append(other.stdout.readline().strip())
        other.stdin.close()
    assert seen == ["", "sample", ""]


def test_the_switches_are_read_once_a_scope(install: Install, city: int, statements: list[str]) -> None:
    for name in ("one", "two", "three"):
        install(name, member_panels=lambda member_id: [])
    with tenant_scope(city):
        statements.clear()
        assert enabled_plugins() == {"one", "two", "three"}
        assert is_enabled("one")
        collect("member_panels", member_id=MEMBER)
    assert sum("plugin_activation" in statement for statement in statements) == 1


def test_requirements_hold_both_ways(install: Install, city: int) -> None:
    install("base", on=False)
    install("top", on=False, manifest={"requires": ("base",)})
    with tenant_scope(city):
        with pytest.raises(Conflict, match="请先启用 base"):
            enable("top")
        enable("base")
        enable("top")
        with pytest.raises(Conflict, match="请先停用依赖它的 top"):
            disable("base")
        disable("top")
        assert disable("base")


def test_a_misspelt_name_is_told(install: Install, city: int) -> None:
    install("sample")
    with tenant_scope(city), pytest.raises(NotFound, match="没有名为 sampel 的插件（您是否想写 sample？）"):
        enable("sampel")


def test_the_preview_says_what_appears_and_changes_nothing(install: Install, city: int) -> None:
    install("sample", on=False, manifest={
        "navigation": (Navigation("积分", "sample.page", "sample.read"),), "permissions": (Permission("sample.read", "查看积分"),),
        "jobs": (JobKind("sample.settle", "结算", lambda job: None),), "requires": ()})
    with tenant_scope(city):
        seen = preview("sample", enabling=True)
        assert (seen.menus, seen.permissions, seen.jobs, seen.settings, seen.api, seen.obstacles, seen.keeps_rows) == (
            ("积分",), ("查看积分",), ("结算",), False, False, (), False)
        assert [(p.plugin.name, p.enabled) for p in plugins()] == [("sample", False)]


def test_export_and_erasure_also_ask_a_plugin_that_is_off_but_holds_rows(install: Install, city: int) -> None:
    # Named like a table of core's, so that the test needs no table of its own.
    install("term", on=False, manifest={"models": (Term,), "migrations": Path(__file__).parent},
            export_member_data=lambda member_id: [MemberData("用语", ({"rows": 1},))], erase_member_data=lambda member_id: 1)
    with tenant_scope(city):
        assert require("export_member_data", member_id=MEMBER) == {}
        session().add(Term(key="community", locale="en", text="village"))
        assert require("export_member_data", member_id=MEMBER) == {"term": (MemberData("用语", ({"rows": 1},)),)}
        assert require("erase_member_data", member_id=MEMBER) == {"term": 1}
        assert [p.keeps_rows for p in plugins()] == [True]


def test_each_switch_is_in_the_audit_log_once(install: Install, city: int) -> None:
    install("sample", on=False)
    with tenant_scope(city):
        assert (enable("sample"), enable("sample"), disable("sample")) == (True, False, True)
    with tenant_scope(city):
        assert session().execute(select(AuditEntry.action, AuditEntry.details).order_by(AuditEntry.seq)).all() == [
            ("plugin.enabled", {"plugin": "sample"}), ("plugin.disabled", {"plugin": "sample"})]


def test_a_suspended_plugin_is_as_if_off_until_it_is_resumed(install: Install, city: int) -> None:
    install("sample", member_panels=lambda member_id: [Panel("x", "x.html")])
    with tenant_scope(city):
        assert suspend("sample", "member_panels")
        assert not suspend("sample", "member_panels")
    with tenant_scope(city):
        [state] = plugins()
        assert (state.enabled, is_enabled("sample"), is_on("sample"), collect("member_panels", member_id=MEMBER)) == (True, False, True, ())
        assert state.suspended is not None
        assert state.suspended.message.startswith("短时间内多次出错或太慢，最近一次是：显示在党员页面上的内容。")
        resume("sample")
        assert [(p.enabled, p.suspended) for p in plugins()] == [(True, None)]
        with pytest.raises(Conflict, match="没有被暂停"):
            resume("sample")
    assert len(panels(city)) == 1


def test_what_needs_a_suspended_plugin_waits_with_it(install: Install, city: int) -> None:
    install("base")
    install("top", manifest={"requires": ("base",)})
    with tenant_scope(city):
        suspend("base", "record_counted")
        assert [(p.plugin.name, p.enabled, p.waits_for) for p in plugins()] == [("base", True, ()), ("top", True, ("base",))]
        assert enabled_plugins() == frozenset()
        enable("base")
        assert enabled_plugins() == {"base", "top"}


def test_switching_off_ends_the_suspension(install: Install, city: int) -> None:
    install("sample")
    with tenant_scope(city):
        suspend("sample", "record_counted")
        assert (disable("sample"), enable("sample"), is_enabled("sample")) == (True, True, True)


def test_each_way_of_resuming_is_in_the_audit_log(install: Install, city: int) -> None:
    install("sample")
    for again in (resume, enable):
        with tenant_scope(city):
            suspend("sample", "record_counted")
            again("sample")
    with tenant_scope(city):
        assert session().scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all() == [
            "plugin.enabled", "plugin.resumed", "plugin.resumed"]


def test_a_plugin_that_is_gone_is_not_on(install: Install, city: int, registry: Registry) -> None:
    install("sample")
    registry.refuse("sample", "broken")
    with tenant_scope(city):
        assert enabled_plugins() == frozenset()
