"""Runs `baodao` again and again without importing it again and again: a process that has imported the product, and nothing more, forks
one process for each command.

Each command still has a process, an environment, an exit code and an output of its own; only the imports and the parsing of the
plugins' sources, 2 s of CPU each time, are shared.
Tests of the long-running processes, of the demo and of the starting itself use `command_line` instead.
"""
from __future__ import annotations

import gc
import importlib
import importlib.metadata
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

SECONDS = 240 if "COVERAGE_RUN" in os.environ else 60
_BESIDE = ("alembic.command", "core.api", "migrations.runner", "tenants.process", "tenants.loading", "web.app")


class Forker:
    """The process that forks, from the first command to `close`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-m", "tests.cli.forking", str(SECONDS)], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)

    def run(self, arguments: Sequence[object], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run `baodao` with these arguments and exactly this environment. Raises AssertionError after `SECONDS`, when it is killed."""
        words = [str(word) for word in arguments]
        with TemporaryDirectory() as folder:
            files = [Path(folder) / name for name in ("out", "err")]
            asked = json.dumps({"arguments": words, "environment": dict(environment), "files": [str(path) for path in files]})
            print(asked, file=self._process.stdin, flush=True)
            code = int(self._process.stdout.readline())
            out, err = (path.read_text("utf-8") for path in files)
        assert code != -14, f"baodao {' '.join(words)} took more than {SECONDS} s"  # SIGALRM
        return subprocess.CompletedProcess(["baodao", *words], code, out, err)

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def _serve() -> None:
    """Fork a child for each line of the standard input, and answer with the child's exit code."""
    _import_all()
    for line in sys.stdin:
        asked = json.loads(line)
        if (child := os.fork()) == 0:
            _become(asked)
            return
        _pid, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _import_all() -> None:
    from sqlalchemy.orm import configure_mappers

    from core.extension import source_checks
    from web.cli import COMMANDS

    for name in {module for module, _help in COMMANDS.values()} | set(_BESIDE):
        importlib.import_module(name)
    for point in importlib.metadata.entry_points(group="baodao.plugins"):
        package = Path(inspect.getfile(importlib.import_module(point.module))).parent
        for path in package.rglob("*.py"):  # the sources only are read; each child checks and lets in the plugins for itself
            source_checks.read(path.read_bytes())
    configure_mappers()
    gc.freeze()


def _become(asked: Mapping[str, Any]) -> None:
    """Be a fresh process of that command: ends by SystemExit, as `baodao` does."""
    import signal

    from web.cli import main

    signal.alarm(SECONDS)
    for number, (path, flags) in enumerate(((os.devnull, os.O_RDONLY), *((path, os.O_CREAT | os.O_WRONLY) for path in asked["files"]))):
        os.dup2(os.open(path, flags, 0o600), number)
    before = os.environ.get("PYTHONPATH")
    os.environ.clear()
    os.environ.update(asked["environment"])
    if (own := os.environ.get("PYTHONPATH")) and own != before:
        sys.path[:0] = own.split(os.pathsep)
    sys.argv = ["baodao", *asked["arguments"]]
    main()


if __name__ == "__main__":
    _serve()
