"""A name of core.api that is on its way out still works, and whoever imports it is told what to use instead."""
from __future__ import annotations

import warnings
from collections.abc import Iterator
from unittest.mock import patch

import pytest

from core import api
from core.extension.deprecation import LEAVING, Leaving


@pytest.fixture
def going() -> Iterator[None]:
    """`core.api.day`, which goes with the next version."""
    with patch.dict(LEAVING, {"day": Leaving(lambda: api.today, api.API_VERSION + 1, "core.api.today")}):
        yield


def test_a_name_on_its_way_out_works_and_warns_at_the_line_that_imports_it(going: None) -> None:
    with pytest.warns(DeprecationWarning, match="is gone in") as told:
        from core.api import day
    assert day is api.today
    assert [(str(w.message), w.filename) for w in told] == [
        (f"core.api.day is gone in API version {api.API_VERSION + 1}; use core.api.today", __file__)]


def test_a_plugin_that_lets_warnings_fail_its_tests_fails(going: None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DeprecationWarning, match=r"use core\.api\.today"):
            exec("from core.api import day", {"__name__": "a_plugin"})


def test_any_other_name_is_unknown() -> None:
    with pytest.raises(ImportError, match="cannot import name 'dya'"):
        exec("from core.api import dya", {"__name__": "a_plugin"})


def test_what_is_going_is_no_longer_among_the_names_to_use_and_is_not_overdue() -> None:
    assert [n for n, leaving in LEAVING.items() if n in api.__all__ or leaving.gone_in <= api.API_VERSION] == []
