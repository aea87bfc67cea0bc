"""`baodao keys`: what stands under which key, a further master key, and both rotations."""
from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.config import parse_master_keys
from tests.cli.conftest import Baodao
from tests.support.databases import MASTER_KEYS
from tests.support.factories import make_member, make_tenant
from web.cli.keys import new_master
from web.embedded import DataFolder


@pytest.mark.long
@pytest.mark.usefixtures("database")
def test_the_commands_tell_what_they_do(baodao: Baodao) -> None:
    tenant = make_tenant()
    make_member(tenant)
    both = ",".join(f"{number}:{base64.b64encode(key).decode()}" for number, key in ((1, MASTER_KEYS[1]), (2, b"\2" * 32)))
    given = {"BAODAO_SECRET_KEY": "s", "BAODAO_MASTER_KEY": both}
    assert baodao("keys", "rotate", "master", **given).stdout.startswith("已有 1 把密钥改由 2 号主密钥包裹。")
    assert "4201：完成，旧密钥下还有 0 项" in baodao("keys", "rotate", "data", "--tenant", "4201", "--algorithm", "sm4-gcm", **given).stdout
    listed = json.loads(baodao("keys", "list", "--json", **given).stdout)
    assert [(one["id"], one["wraps"], one["current"]) for one in listed["masters"]] == [(1, 0, False), (2, 3, True)]
    assert [(one["id"], one["algorithm"], one["values"], one["current"], one["indexes"]) for one in listed["keys"]] == [
        (1, "aes-256-gcm", 0, False, True), (2, "sm4-gcm", 3, True, False)]


def test_a_further_master_key_stands_beside_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BAODAO_MASTER_KEY", raising=False)
    folder = DataFolder(tmp_path)
    old = parse_master_keys(folder.secret("master_key"))
    assert CliRunner().invoke(new_master, ["--data", str(tmp_path)]).exit_code == 0
    both = parse_master_keys(folder.secret("master_key"))
    assert (sorted(both), both[1] == old[1], folder.secret_file("master_key").stat().st_mode & 0o777) == ([1, 2], True, 0o400)
