"""Runs `baodao` as a process against the run's servers; see tests.cli.forking for how."""
from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.forking import Forker
from tests.support.databases import TestDatabase
from web.embedded import DataFolder

Baodao = Callable[..., subprocess.CompletedProcess[str]]
OURS = ("DATABASE_URL", "REDIS_URL", "BAODAO_")


def command_line(*arguments: object) -> list[str]:
    """The command with its arguments."""
    return [sys.executable, "-m", "web.cli", *map(str, arguments)]


def clean_environment(**added: str) -> dict[str, str]:
    """This process's environment without anything that Baodao would read, and what is added."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | added


@pytest.fixture
def own_folder(data_folder: DataFolder, tmp_path: Path) -> Path:
    """The path of a data folder that does not exist yet."""
    return data_folder.path / f"cli{abs(hash(tmp_path)) % 10**8}"


@pytest.fixture
def baodao(database: TestDatabase, redis_server: str, own_folder: Path, forker: Forker) -> Baodao:
    """Run a command on the run's database and Redis; keyword arguments are variables on top."""
    def run(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
        base = {"DATABASE_URL": database.app_url, "REDIS_URL": redis_server, "BAODAO_DATA": str(own_folder)}
        return forker.run(arguments, clean_environment(**(base | variables)))

    return run
