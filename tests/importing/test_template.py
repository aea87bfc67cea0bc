"""The empty roster that offices download is the one that this code writes: a column that is added is in the file too."""
from __future__ import annotations

import zipfile
from pathlib import Path

import tenants
from tenants.importing.template import write_template


def parts(path: Path) -> dict[str, bytes]:
    """The content of each part by its name."""
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist()}


def test_the_shipped_roster_is_the_one_that_is_written(tmp_path: Path) -> None:
    write_template(tmp_path / "roster.xlsx")
    assert parts(tmp_path / "roster.xlsx") == parts(Path(tenants.__file__).parent / "data" / "roster_template.xlsx")
