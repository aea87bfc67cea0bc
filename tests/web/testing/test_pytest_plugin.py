"""The pytest plugin: nothing unless asked for; asked for, a new plugin's tests pass at once, and the kit comes with one word."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from web.scaffolding import write_plugin

INERT = """
import sys, pytest
from web.testing import pytest_plugin
class Config:
    getoption = staticmethod({"baodao": None, "conformance": False}.get)
pytest_plugin.pytest_configure(Config)
sys.exit(any(name.partition(".")[0] in ("core", "tenants", "flask", "sqlalchemy") for name in sys.modules))
"""
ENTRY = "[baodao.plugins]\nnewcomer = newcomer:plugin\n"


@pytest.fixture
def newcomer(tmp_path: Path) -> Path:
    """A new plugin, as pip would have installed it."""
    made = write_plugin("newcomer", tmp_path)
    information = made / "baodao_newcomer-0.1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: baodao-newcomer\nVersion: 0.1.0\n", "utf-8")
    (information / "entry_points.txt").write_text(ENTRY, "utf-8")
    return made


def run(folder: Path, server: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest there."""
    path = os.pathsep.join([str(folder), str(Path(__file__).parents[3])])
    return subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", *arguments],
                          env=os.environ | {"PYTHONPATH": path, "BAODAO_TEST_ADMIN_URL": server, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, cwd=folder,
                          capture_output=True, text=True, check=False, timeout=120)


def test_without_its_option_it_does_nothing() -> None:
    assert subprocess.run([sys.executable, "-c", INERT], cwd=Path(__file__).parents[3], check=False).returncode == 0


@pytest.mark.long  # make test-plugins does it in each run, in an environment of its own
def test_a_new_plugin_passes_its_tests_and_the_kit_at_once(newcomer: Path, postgres_url: str) -> None:
    done = run(newcomer, postgres_url, "--conformance")
    assert (done.returncode, done.stdout.count("passed")) == (0, 1), done.stdout + done.stderr
    assert "22 passed" in done.stdout


@pytest.mark.long
def test_what_is_wrong_is_said_in_the_failure(newcomer: Path, postgres_url: str) -> None:
    pages = newcomer / "newcomer" / "pages.py"
    pages.write_text("from core.db import new_id\n" + pages.read_text("utf-8"), "utf-8")
    done = run(newcomer, postgres_url, "--conformance", "-k", "only_core_api")
    assert (done.returncode, "newcomer/pages.py:1 引用了 core.db" in done.stdout) == (1, True), done.stdout


def test_the_kit_needs_the_name_of_a_plugin(newcomer: Path, postgres_url: str) -> None:
    done = run(newcomer, postgres_url, "-o", "addopts=-p web.testing.pytest_plugin", "--conformance")
    assert (done.returncode, "--conformance needs --baodao PLUGIN" in done.stderr) == (4, True)
