"""What a person or a script gets from a command: help without delay, one clear line for an error, documented exit codes."""
from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import Baodao, clean_environment
from tests.support.databases import TestDatabase, drop_database
from tests.support.plugins import BUNDLED
from web.cli import COMMANDS


def test_help_lists_the_commands(baodao: Baodao) -> None:
    done = baodao("--help")
    assert done.returncode == 0
    table = done.stdout.partition("Commands:\n")[2].partition("\n\n")[0]
    assert [line.split()[0] for line in table.splitlines()] == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_help(baodao: Baodao, name: str) -> None:
    done = baodao(name, "--help")
    assert (done.returncode, done.stderr) == (0, "")


def test_wrong_usage_is_2(baodao: Baodao) -> None:
    done = baodao("dance")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, "Error: No such command 'dance'.")


def test_serving_without_settings_is_refused_in_one_line(baodao: Baodao) -> None:
    done = baodao("serve", DATABASE_URL="", REDIS_URL="")
    assert (done.returncode, done.stderr) == (
        3, "错误：缺少环境变量 DATABASE_URL（或 DATABASE_URL_FILE）。单机试用请运行 baodao up，它会自动准备。\n")


@pytest.mark.parametrize(("wrong", "says"), [
    ({"DATABASE_URL": "nonsense"}, "DATABASE_URL 不是 PostgreSQL 的地址。应写成 postgresql://baodao_app:口令@127.0.0.1:5432/baodao 的样式。"),
    ({"DATABASE_URL": "mysql://a@b/c"}, "DATABASE_URL 不是 PostgreSQL 的地址。应写成 postgresql://baodao_app:口令@127.0.0.1:5432/baodao 的样式。"),
    ({"REDIS_URL": "nonsense"}, "REDIS_URL 不是 Redis 的地址。应写成 redis://:口令@127.0.0.1:6379/0 的样式。"),
    ({"BAODAO_MASTER_KEY_FILE": "/nowhere"}, "读不到 BAODAO_MASTER_KEY_FILE 指定的文件 /nowhere（No such file or directory）。请检查路径和权限。"),
    ({"BAODAO_SECOND_FACTOR": "none"}, "BAODAO_SECOND_FACTOR 应为 officers 或 optional，现在是 none。"),
    ({"BAODAO_SIGN_IN_NAMES": "-1"}, "BAODAO_SIGN_IN_NAMES 应为不小于 0 的整数，现在是 -1。"),
    ({"BAODAO_OUTGOING_NETWORKS": "10.0.0.1/8"}, "BAODAO_OUTGOING_NETWORKS 应为用逗号分隔的网段，例如 10.1.2.0/24,10.1.3.4/32。"),
    ({"BAODAO_OUTGOING_CA": "/nowhere"}, "读不出 BAODAO_OUTGOING_CA 指定的文件 /nowhere。应为 PEM 格式的 CA 证书，请检查路径和权限。"),
    ({"BAODAO_TRUSTED_PROXIES": "one"}, "BAODAO_TRUSTED_PROXIES 应为不小于 0 的整数，现在是 one。"),
])
def test_a_wrong_setting_is_3_and_one_line(baodao: Baodao, wrong: dict[str, str], says: str) -> None:
    done = baodao("serve", **({"BAODAO_SECRET_KEY": "s", "BAODAO_MASTER_KEY": "1:" + "A" * 43 + "="} | wrong))
    assert (done.returncode, done.stderr) == (3, f"错误：{says}\n")


def test_a_silent_database_is_4(baodao: Baodao) -> None:
    done = baodao("worker", DATABASE_URL="postgresql://baodao_app:x@127.0.0.1:9/baodao", BAODAO_SECRET_KEY="s",
                  BAODAO_MASTER_KEY="1:" + "A" * 43 + "=")
    assert done.returncode == 4
    assert done.stderr.splitlines()[-1].startswith("错误：服务器没有应答：")


@pytest.mark.parametrize("command", ["serve", "worker", "scheduler"])
def test_no_process_serves_as_an_administrator(baodao: Baodao, database: TestDatabase, command: str) -> None:
    done = baodao(command, DATABASE_URL=database.admin_url, BAODAO_SECRET_KEY="s", BAODAO_MASTER_KEY="1:" + "A" * 43 + "=")
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith("错误：拒绝以数据库角色 postgres 提供服务：是超级用户、有 BYPASSRLS")


def test_no_process_serves_a_schema_that_is_behind(baodao: Baodao, new_database: Callable[..., TestDatabase]) -> None:
    empty = new_database(migrated=False)
    done = baodao("worker", DATABASE_URL=empty.app_url, BAODAO_SECRET_KEY="s", BAODAO_MASTER_KEY="1:" + "A" * 43 + "=")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        3, f"错误：数据库结构不是这个版本的（core、{'、'.join(BUNDLED)}）。请先运行 baodao db upgrade。")


def test_the_printed_address_opens_the_database(baodao: Baodao, database: TestDatabase) -> None:
    done = baodao("db", "url")
    with psycopg.connect(done.stdout.strip()) as connection:
        assert connection.execute("select current_user, current_database()").fetchone() == ("baodao_app", database.name)


def test_the_address_of_a_folder_without_a_database(baodao: Baodao, own_folder: Path) -> None:
    done = baodao("db", "url", "--admin", DATABASE_URL="")
    assert (done.returncode, done.stderr) == (3, f"错误：{own_folder} 中还没有数据库。请先运行 baodao up，或用 --data 指明目录。\n")


def test_the_gate_passes_and_names_a_hole(baodao: Baodao, new_database: Callable[..., TestDatabase]) -> None:
    holed = new_database()
    assert (baodao("db", "gate", DATABASE_URL=holed.app_url).stdout) == "没有漏洞。\n"
    with holed.connect_admin() as connection:
        connection.execute("alter table member no force row level security")
    done = baodao("db", "gate", "--json", DATABASE_URL=holed.app_url)
    assert (done.returncode, json.loads(done.stdout)) == (1, ["member: 未启用并强制行级安全"])


def test_an_administrators_url_sets_up_what_is_missing(baodao: Baodao, new_database: Callable[..., TestDatabase]) -> None:
    empty = new_database(migrated=False)
    without = baodao("db", "upgrade", DATABASE_URL=empty.app_url)
    assert (without.returncode, without.stderr.splitlines()[-1]) == (
        3, "错误：数据库结构不是最新的。请设置 BAODAO_MIGRATE_URL（角色 baodao_migrate）后运行 baodao db upgrade。")
    done = baodao("db", "upgrade", DATABASE_URL=empty.app_url, BAODAO_MIGRATE_URL=empty.migrate_url)
    assert (done.returncode, done.stdout) == (0, "正在升级数据库结构……\n数据库结构已是最新。\n")
    again = baodao("db", "upgrade", DATABASE_URL=empty.app_url)
    assert (again.returncode, again.stdout) == (0, "数据库结构已是最新。\n")


def test_roles_on_a_server_of_ones_own(baodao: Baodao, new_database: Callable[..., TestDatabase]) -> None:
    known = new_database(migrated=False)
    fresh = TestDatabase(f"{known.name}_own", known.server_url)
    urls = {"BAODAO_ADMIN_URL": known.server_url, "DATABASE_URL": fresh.app_url, "BAODAO_MIGRATE_URL": fresh.migrate_url}
    try:
        done = [baodao("db", command, **urls) for command in ("roles", "roles", "upgrade", "gate")]
        ready = f"角色和数据库 {fresh.name} 已就绪。"
        assert [(one.returncode, one.stdout.splitlines()[-1]) for one in done] == [
            (0, ready), (0, ready), (0, "数据库结构已是最新。"), (0, "没有漏洞。")]
        wrong = baodao("db", "roles", **(urls | {"DATABASE_URL": fresh.admin_url}))
        assert (wrong.returncode, wrong.stderr.splitlines()[-1]) == (3, "错误：DATABASE_URL 须使用角色 baodao_app 并带上密码。")
    finally:
        drop_database(fresh)


@pytest.mark.parametrize(("wall", "code"), [("", 130), ("cli._interrupted = lambda: 130", -2)], ids=["wall", "twin"])
def test_an_interrupt_in_the_middle_of_an_import_is_130_too(tmp_path: Path, wall: str, code: int) -> None:
    (tmp_path / "interrupted.py").write_text(
        f"from web import cli\ncli.cli.main = lambda *_args, **_options: exec('raise KeyboardInterrupt')\n{wall}\ncli.main()\n")
    done = subprocess.run([sys.executable, "-m", "interrupted"], env=clean_environment() | {"PYTHONPATH": f"{tmp_path}:{Path.cwd()}"},
                          capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (code, "已中断。\n")
