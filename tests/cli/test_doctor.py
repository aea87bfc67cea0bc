"""`baodao doctor`: a sound installation passes, and each fault is found with the way to mend it."""
from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Baodao
from tests.support.databases import MASTER_KEYS, TestDatabase
from tests.support.factories import make_tenant
from web.embedded import DataFolder

KEYS = {"BAODAO_SECRET_KEY": "s", "BAODAO_MASTER_KEY": "1:" + base64.b64encode(MASTER_KEYS[1]).decode()}
ANOTHER = "1:" + "A" * 43 + "="


def failed(baodao: Baodao, **variables: str) -> dict[str, str]:
    """The failures that the doctor tells, each with its mending; the tests' server runs without fsync."""
    done = baodao("doctor", "--json", "--port", 0, **variables)
    return {one["check"]: one["mend"] for one in json.loads(done.stdout) if one["state"] == "fail" and one["check"] != "数据安全"}


def test_a_sound_installation(baodao: Baodao, own_folder: Path) -> None:
    folder = DataFolder(own_folder)
    folder.prepare()
    keys = [folder.secret_file(name) for name in ("secret_key", "master_key")]
    assert all(path.exists() for path in keys)
    done = baodao("doctor", "--json", "--port", 0)
    states = {(finding["check"], finding["state"]) for finding in json.loads(done.stdout)}
    assert {check for check, _ in states} >= {"数据目录", "密钥文件", "磁盘空间", "PostgreSQL", "数据库角色", "表结构", "租户隔离",
                                              "时钟", "Redis", "Redis 淘汰策略", "端口"}
    assert [pair for pair in states if pair[1] == "fail" and pair[0] != "数据安全"] == []  # the tests' server runs without fsync


def test_what_is_wrong_comes_with_its_mending(baodao: Baodao, own_folder: Path) -> None:
    folder = DataFolder(own_folder)
    folder.prepare()
    folder.secret_file("secret_key")
    folder.secret_file("master_key").chmod(0o444)
    done = baodao("doctor", "--json", "--port", 0, REDIS_URL="redis://127.0.0.1:9")
    found = {finding["check"]: finding["mend"] for finding in json.loads(done.stdout) if finding["state"] == "fail"}
    found.pop("数据安全", None)
    assert (done.returncode, found) == (1, {
        "密钥文件": f"chmod 400 {own_folder}/secrets/master_key",
        "Redis": "检查 REDIS_URL 和 Redis 服务器。网站可用，作业要等 Redis 恢复。"})


def test_a_schema_behind(baodao: Baodao, new_database: Callable[..., TestDatabase]) -> None:
    empty = new_database(migrated=False)
    done = baodao("doctor", DATABASE_URL=empty.app_url)
    assert done.returncode in {1, 3}
    assert "baodao db upgrade" in done.stdout


def test_a_key_that_is_missing_or_none(baodao: Baodao) -> None:
    assert list(failed(baodao)) == ["密钥"]
    assert list(failed(baodao, **(KEYS | {"BAODAO_MASTER_KEY": "abc"}))) == ["密钥"]


@pytest.mark.usefixtures("database")
def test_another_master_key_than_the_data_were_encrypted_with(baodao: Baodao) -> None:
    make_tenant()
    assert failed(baodao, **KEYS) == {}
    assert failed(baodao, **(KEYS | {"BAODAO_MASTER_KEY": ANOTHER})) == {
        "主密钥": "恢复加密这些数据时用的 BAODAO_MASTER_KEY；新生成的密钥读不了已有的个人信息。"}


def test_a_superusers_address(baodao: Baodao, database: TestDatabase) -> None:
    assert failed(baodao, DATABASE_URL=database.admin_url, **KEYS) == {"数据库角色": "在 DATABASE_URL 中使用 baodao_app。"}


@pytest.mark.parametrize(("url", "check"), [("nonsense", "服务器"), ("postgresql://baodao_app:x@127.0.0.1:9/baodao", "PostgreSQL")])
def test_a_database_that_is_none_or_away(baodao: Baodao, url: str, check: str) -> None:
    assert list(failed(baodao, DATABASE_URL=url, **KEYS)) == [check]


def test_a_hole_in_the_third_wall(baodao: Baodao, new_database: Callable[..., TestDatabase]) -> None:
    holed = new_database()
    with holed.connect_admin() as connection:
        connection.execute("alter table member no force row level security")
    assert list(failed(baodao, DATABASE_URL=holed.app_url, **KEYS)) == ["租户隔离"]
