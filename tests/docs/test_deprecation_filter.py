"""The project that `baodao plugin new` writes lets the warning about a name on its way out fail its tests, and no other warning."""
from __future__ import annotations

import tomllib
import warnings
from pathlib import Path
from unittest.mock import patch

import pytest
from _pytest.config import parse_warning_filter

from core import api
from core.extension.deprecation import LEAVING, Leaving

PROJECT = Path(__file__).parents[2] / "web" / "_scaffold" / "pyproject.toml"


def test_a_name_on_its_way_out_fails_the_tests_of_a_new_project() -> None:
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    with warnings.catch_warnings(), patch.dict(LEAVING, {"day": Leaving(lambda: api.today, 2, "core.api.today")}):
        warnings.simplefilter("default")
        for line in project["tool"]["pytest"]["ini_options"]["filterwarnings"]:
            warnings.filterwarnings(*parse_warning_filter(line, escape=False))
        with pytest.raises(DeprecationWarning, match=r"core\.api\.day is gone in API version 2; use core\.api\.today"):
            exec("from core.api import day", {"__name__": "a_plugin"})
        with pytest.warns(DeprecationWarning, match="another"):
            warnings.warn("another library's affair", DeprecationWarning, stacklevel=1)
