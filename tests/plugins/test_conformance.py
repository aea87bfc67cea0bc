"""Every bundled plugin keeps what the conformance kit asks of the plugins of others."""
from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points

import pytest

from core.extension.registry import GROUP
from tests.support.databases import TestDatabase
from web.testing.kit.suite import Stage, examine, find_subject, scratch_app

BUNDLED = sorted(entry.name for entry in entry_points(group=GROUP) if entry.module.startswith("plugins."))


def test_there_are_bundled_plugins() -> None:
    assert "points" in BUNDLED


#: One with public pages and one with uploads; the rest takes minutes. `make test-plugins` tries two more, as their authors do.
QUICK = {"menu", "reports"}


@pytest.mark.early
@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.long) for name in BUNDLED])
def test_a_bundled_plugin_conforms(name: str, database: TestDatabase, new_database: Callable[[], TestDatabase]) -> None:
    app = scratch_app()
    subject = find_subject(name)
    assert subject.refused is None
    outcomes = list(examine(subject, Stage(app, database, new_database)))
    assert {outcome.check.name: outcome.faults for outcome in outcomes if outcome.faults != ()} == {}
