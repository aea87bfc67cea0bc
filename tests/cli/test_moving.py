"""`baodao tenant export-data` and `import-data`: a tenant goes to another installation by a passphrase or by its key, and nothing is overwritten."""
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Baodao
from tests.cli.test_doctor import ANOTHER, KEYS as HERE
from tests.support.databases import TestDatabase
from tests.support.factories import make_member, make_tenant
from web.backup.envelope import new_pair, write_private


def words(folder: Path, text: str) -> Path:
    path = folder / f"words of {len(text)}"
    path.write_text(text + "\n", "utf-8")
    return path


@pytest.fixture
def there(new_database: Callable[..., TestDatabase]) -> dict[str, str]:
    """The variables of an empty installation with another master key."""
    database = new_database()
    return {"DATABASE_URL": database.app_url, "BAODAO_MIGRATE_URL": database.migrate_url, "BAODAO_SECRET_KEY": "t", "BAODAO_MASTER_KEY": ANOTHER}


@pytest.mark.usefixtures("database")
def test_by_a_passphrase_and_by_the_other_sides_key(baodao: Baodao, there: dict[str, str], tmp_path: Path) -> None:
    for code in ("4201", "4202"):
        make_member(make_tenant(code=code))
    right, wrong, short = (words(tmp_path, text) for text in ("words for the way", "words for another way", "short"))
    first, second = tmp_path / "first", tmp_path / "second"
    told = json.loads(baodao("tenant", "export-data", "4201", "-o", first, "--passphrase-file", right, "--json", **HERE).stdout)
    assert (told["file"], told["rows"] > 10, told["tables"] > 5) == (str(first), True, True)
    again = baodao("tenant", "export-data", "4201", "-o", first, "--passphrase-file", right, **HERE)
    assert (again.returncode, again.stderr) == (1, f"错误：{first} 已经存在，没有覆盖。\n")
    for refused in (baodao("tenant", "export-data", "4202", "-o", second, **HERE),
                    baodao("tenant", "export-data", "4202", "-o", second, "--passphrase-file", right, "--recipient", "bdpub1:x", **HERE)):
        assert (refused.returncode, refused.stderr.splitlines()[-1], second.exists()) == (2, "Error: 请给出 --passphrase-file 或 --recipient 之一。", False)
    assert (baodao("tenant", "export-data", "4202", "-o", second, "--passphrase-file", short, **HERE).returncode, second.exists()) == (3, False)
    private, public = new_pair()
    write_private(tmp_path / "private", private)
    assert baodao("tenant", "export-data", "4202", "-o", second, "--recipient", public, **HERE).stdout.endswith(f" 行到 {second}。\n")

    neither = baodao("tenant", "import-data", first, **there)
    assert (neither.returncode, neither.stderr.splitlines()[-1]) == (2, "Error: 请给出 --passphrase-file 或 --key 之一。")
    assert baodao("tenant", "import-data", first, "--passphrase-file", wrong, **there).returncode == 3
    assert json.loads(baodao("tenant", "list", "--json", **there).stdout) == []
    arrived = json.loads(baodao("tenant", "import-data", first, "--passphrase-file", right, "--json", **there).stdout)
    assert (arrived["rows"], arrived["tables"]) == (told["rows"], told["tables"])
    assert baodao("tenant", "import-data", second, "--key", tmp_path / "private", **there).stdout.endswith("审计日志完整。\n")
    assert [(row["code"], row["status"]) for row in json.loads(baodao("tenant", "list", "--json", **there).stdout)] == [("4201", "active"), ("4202", "active")]
