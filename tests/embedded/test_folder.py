"""The data folder: its secrets are made once, it belongs to one starter, and a bad place is refused in words."""
from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from core.config import parse_master_keys
from core.errors import ConfigurationError
from web.embedded import DataFolder
from web.embedded.accounts import Account


@pytest.fixture
def folder(data_folder: DataFolder, request: pytest.FixtureRequest) -> DataFolder:
    """A data folder of its own."""
    folder = DataFolder(data_folder.path / f"f{abs(hash(request.node.name)) % 10**6}")
    folder.prepare()
    return folder


def test_secrets_are_made_once_and_only_their_owner_reads_them(folder: DataFolder) -> None:
    first = {name: folder.secret(name) for name in ("secret_key", "master_key", "app_password")}
    assert {name: DataFolder(folder.path).secret(name) for name in first} == first
    assert len(set(first.values())) == 3
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (folder.path / "secrets").iterdir()}
    assert modes == {0o400}
    assert stat.S_IMODE((folder.path / "secrets").stat().st_mode) == 0o700


def test_the_master_key_is_one_that_the_configuration_accepts(folder: DataFolder) -> None:
    value = folder.secret("master_key")
    assert parse_master_keys(value) == {1: base64.b64decode(value.removeprefix("1:"))}


def test_a_second_starter_is_told_who_holds_the_folder(folder: DataFolder) -> None:
    code = ("import sys; from pathlib import Path; from web.embedded import DataFolder\n"
            "with DataFolder(Path(sys.argv[1])).locked('up'): print('held', flush=True); sys.stdin.read()")
    with subprocess.Popen([sys.executable, "-c", code, str(folder.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdin
        other.stdout.readline()
        assert folder.holder() == {"pid": other.pid, "what": "up"}
        with pytest.raises(ConfigurationError, match=rf"baodao up（进程 {other.pid}）"), folder.locked("demo"):
            pass
        other.stdin.close()
        other.wait()
    assert folder.holder() is None
    with folder.locked("demo"):
        pass


def test_a_path_too_long_for_a_socket_is_refused(data_folder: DataFolder) -> None:
    with pytest.raises(ConfigurationError, match="路径太长"):
        DataFolder(data_folder.path / ("x" * 90)).prepare()


def test_an_account_without_a_way_in_is_noticed(data_folder: DataFolder) -> None:
    closed = data_folder.path / "closed"
    closed.mkdir(mode=0o700)
    stranger = Account(uid=54321, gid=54321, name="stranger", switch=True)
    assert not stranger.can_reach(closed / "inside")
    closed.chmod(0o711)
    assert stranger.can_reach(closed / "inside")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder of another account")
def test_root_keeps_the_account_that_owns_the_data(folder: DataFolder) -> None:
    folder.postgres.mkdir()
    os.chown(folder.postgres, 54321, 54321)
    assert folder.prepare() == Account(54321, 54321, "54321", switch=True)


def test_the_default_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    from web.embedded import default_folder

    monkeypatch.setenv("BAODAO_DATA", "/srv/baodao")
    assert default_folder() == Path("/srv/baodao")
