"""Under coverage, has the child processes that read files from outside say what they ran: they may write nothing, and are ended without a word.

Their limits stay, but for the one on files; and whoever ends one first closes its pipes and gives it a moment to save.
"""
from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from core.documents import sandbox
from core.documents.filling import compiling

ROOT = Path(__file__).parents[2]
SECONDS_TO_SAVE = 5
_TRACED = """
import resource, runpy, sys
import coverage
measuring = coverage.Coverage(data_file={data!r}, data_suffix=True, branch=True, source=[{source!r}], config_file=False)
limited = resource.setrlimit
resource.setrlimit = lambda which, bounds: None if which == resource.RLIMIT_FSIZE else limited(which, bounds)
measuring.start()
try:
    runpy.run_path({child!r}, run_name="__main__")
finally:
    measuring.stop()
    measuring.save()
"""


def trace_children() -> None:
    """For the whole run, in the process that calls it."""
    folder = Path(tempfile.mkdtemp(prefix="baodao-traced-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    sandbox.CHILD = _traced(sandbox.CHILD, folder)
    compiling.CHILD = _traced(compiling.CHILD, folder)
    ended = sandbox.Child.close

    def close(self: sandbox.Child) -> None:
        with contextlib.suppress(OSError):
            self._requests.close()
        self._answers.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(SECONDS_TO_SAVE)
        ended(self)

    sandbox.Child.close = close  # type: ignore[method-assign]


def _traced(child: Path, folder: Path) -> Path:
    data = str(Path(os.environ.get("COVERAGE_FILE", ".coverage")).resolve())
    made = folder / child.name
    made.write_text(_TRACED.format(data=data, source=str(ROOT / "core"), child=str(child)), "utf-8")
    return made
