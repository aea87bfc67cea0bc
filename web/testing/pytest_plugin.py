"""Lets pytest test a plugin: `pytest -p web.testing.pytest_plugin --baodao NAME`, as a plugin's pyproject.toml says in addopts.

It is asked for by -p and is no entry point of pytest: for such a one pytest reads every module of Baodao as if it were a test (to
rewrite its asserts), which lengthens each run by a quarter, and every run of pytest beside Baodao would load it.
"""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from web.testing.server import ScratchServer

KIT = Path(__file__).with_name("conformance.py")
SERVER: pytest.StashKey[ScratchServer] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The two options; a plugin's own pyproject.toml names the first in addopts, its CI gives the second."""
    group = parser.getgroup("baodao")
    group.addoption("--baodao", metavar="PLUGIN", default=None, help="test this plugin of Baodao: brings the fixtures of web.testing")
    group.addoption("--conformance", action="store_true", help="also run the conformance kit on the plugin that --baodao names")


def pytest_configure(config: pytest.Config) -> None:
    """Bring the fixtures and the kit, when asked for."""
    if config.getoption("baodao") is None:
        if config.getoption("conformance"):
            raise pytest.UsageError("--conformance needs --baodao PLUGIN")
        return
    from web.testing.server import ScratchServer

    server = config.stash[SERVER] = ScratchServer()  # it starts while the fixtures import the application
    config.add_cleanup(server.stop)

    from web.testing import fixtures

    config.pluginmanager.register(fixtures, "baodao-fixtures")
    if config.getoption("conformance"):
        config.args.append(str(KIT))
