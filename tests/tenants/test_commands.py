"""`baodao tenant` and `baodao plugin` as processes, against the run's servers."""
from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from core.access import operators
from core.audit import OPERATORS, entries
from core.tenancy import Tenant, unscoped
from tenants import deletion
from tests.cli.conftest import baodao, own_folder
from tests.cli.test_doctor import KEYS
from tests.support.plugins import BUNDLED

__all__ = ["baodao", "own_folder"]
PROFILE = 'code = "429005"\nslug = "qianjiang"\nname = "潜江市"\nshort_name = "潜江"\ncommittee = "中共潜江市委组织部"\n'


@pytest.fixture
def profile(tmp_path):
    """A profile file."""
    path = tmp_path / "qianjiang.toml"
    path.write_text(PROFILE, "utf-8")
    return path


def test_apply_shows_asks_and_makes_then_nothing(baodao, profile):
    tried = baodao("tenant", "apply", profile, "--dry-run", "--json")
    assert (tried.returncode, json.loads(tried.stdout)["applied"]) == (0, False)
    assert json.loads(baodao("tenant", "list", "--json").stdout) == []
    asked = baodao("tenant", "apply", profile)  # nobody answers the question
    assert asked.returncode == 130
    assert "+ 新建租户 潜江市（429005）" in asked.stdout
    made = json.loads(baodao("tenant", "create", profile, "--yes", "--json").stdout)
    assert [c["subject"] for c in made["changes"]] == ["divisions", "tenant", "places.committee", "places.street", "places.community"]
    exported = profile.with_name("exported.toml")
    baodao("tenant", "export", "qianjiang", "--output", exported)
    assert exported.read_text("utf-8").splitlines()[1:7] == [*PROFILE.splitlines(), 'kind = "city"']
    assert "已与配置文件一致" in baodao("tenant", "diff", exported).stdout
    shown = json.loads(baodao("tenant", "show", "qianjiang", "--json").stdout)
    assert (shown["code"], shown["organizations"]["committee"], shown["members"], shown["warnings"]) == ("429005", 1, 0, [])


def test_plugins_are_listed_and_switched(baodao, profile):
    baodao("tenant", "apply", profile, "--yes")
    assert baodao("plugin", "enable", "points", "--tenant", "429005").stdout == "潜江市已启用 points。\n"
    listed = json.loads(baodao("plugin", "list", "--tenant", "429005", "--json").stdout)["plugins"]
    assert [(p["name"], p["enabled"]) for p in listed] == [
        (name, name == "points") for name in BUNDLED]
    assert "记录仍保留" in baodao("plugin", "disable", "points", "--tenant", "qianjiang").stdout
    wrong = baodao("plugin", "enable", "point", "--tenant", "429005")
    assert (wrong.returncode, wrong.stderr.strip()) == (1, "错误：没有名为 point 的插件（您是否想写 points？）。")
    with unscoped():
        assert [(e.action, e.actor_kind, (e.details or {})["tenant"]) for e in reversed(entries(trail=OPERATORS))] == [
            (action, "system", "429005") for action in ("tenant.created", "tenant.applied", "plugin.enabled", "plugin.disabled")]


def test_a_fault_names_file_and_key(baodao, profile):
    profile.write_text(PROFILE.replace("committee", "comittee"), "utf-8")
    answer = baodao("tenant", "apply", profile)
    assert answer.returncode == 1
    assert "配置文件 qianjiang.toml 有 2 处需要改正" in answer.stderr
    assert "comittee：没有这个配置项（您是否想写 committee？）" in answer.stderr
    assert baodao("tenant", "show", "nobody").returncode == 1


def test_only_the_migrations_role_purges_a_tenant(baodao, profile, database):
    baodao("tenant", "apply", profile, "--yes", **KEYS)
    refused = baodao("tenant", "purge", "429005", "--yes", **KEYS)
    assert (refused.returncode, "BAODAO_MIGRATE_URL" in refused.stderr) == (3, True)
    early = baodao("tenant", "purge", "429005", "--yes", **KEYS, BAODAO_MIGRATE_URL=database.migrate_url)
    assert (early.returncode, "没有经两名运营人员同意" in early.stderr) == (1, True)
    with unscoped() as opened:
        one, other = (operators.create_operator(name, "test-password-1") for name in ("first", "second"))
        number, name = opened.execute(select(Tenant.id, Tenant.name)).one()
        deletion.ask(number, name, "合同到期，不再使用", by=one)
    with unscoped():
        deletion.decide(number, confirm=True, by=other)
    done = baodao("tenant", "purge", "429005", "--yes", **KEYS, BAODAO_MIGRATE_URL=database.migrate_url)
    assert (done.returncode, done.stdout.startswith("已清除")) == (0, True)
