"""What is written in clear on the way to a workbook does not outlive its process for longer than until the next one starts."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from core.documents import scratch

pytestmark = pytest.mark.promise(18)
ROOT = Path(__file__).parents[2]
NUMBER = "420106199001011234"
#: Writes a workbook with a number on each of its rows, and is killed when it has written so many that they are on the disk.
WRITES = f"""
import os
from io import BytesIO
from core.documents.spreadsheet import Column, Sheet, write_workbook

def rows():
    for number in range(6_000):
        if number == 5_000:
            os.kill(os.getpid(), {{end}})
        yield ("{NUMBER}",)
write_workbook(BytesIO(), [Sheet("x", [Column("x", "x")], rows())])
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files of this test and of the processes that it starts."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def write(place: Path, end: int) -> int:
    return subprocess.run([sys.executable, "-c", WRITES.format(end=int(end))], cwd=ROOT, env={**os.environ, "TMPDIR": str(place)}, check=False).returncode


def holding(place: Path) -> list[Path]:
    """The files in which the number stands."""
    return [path for path in place.rglob("*") if path.is_file() and NUMBER.encode() in path.read_bytes()]


def test_what_a_killed_process_has_left_goes_when_the_next_one_starts(place: Path) -> None:
    assert write(place, signal.SIGKILL) == -signal.SIGKILL
    assert len(holding(place)) == 1  # without the sweep it would lie there for ever
    assert (scratch.sweep(), holding(place), list(place.iterdir()), scratch.sweep()) == (1, [], [], 0)


def test_what_a_living_process_or_another_program_has_stays(place: Path) -> None:
    (place / "baodao-scratch-none-x").mkdir()
    with scratch.scratch() as own:
        assert (scratch.sweep(), Path(own).is_dir(), Path(own).stat().st_mode & 0o777) == (0, True, 0o700)
    assert [path.name for path in place.iterdir()] == ["baodao-scratch-none-x"]


def test_a_workbook_that_is_finished_leaves_nothing(place: Path) -> None:
    assert (write(place, 0), list(place.iterdir())) == (0, [])
