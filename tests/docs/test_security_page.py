"""docs/security.md says of each requirement of ASVS 5.0 at level 1 or 2 what holds it, and every test and page that it names is there."""
from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support import promises as support
from tests.support.promises import Promise, benches, promises, state

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (.+) \|$", re.MULTILINE)
ITEM = re.compile(r"`[\w/]+\.py::test_\w+`|written in `([\w./-]+)`(?: \(([^()]+)\))?")
TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
MOST_WAIVERS = 3
NUMBERS = Path(__file__).with_name("asvs_5_0_0.txt").read_text("utf-8").split()


def test_each_requirement_stands_there_once() -> None:
    assert [f"{number}:{level}" for number, level, _where in ROW.findall(PAGE)] == NUMBERS


def test_what_holds_it_is_a_test_a_page_a_reason_a_waiver_or_open() -> None:
    waivers = set(re.findall(r"^(\d)\. \*\*", PAGE.partition("## Waivers")[2], re.MULTILINE))
    odd = [number for number, _level, where in ROW.findall(PAGE)
           if not (where == "open" or re.fullmatch(r"none: .{6,}", where) or re.fullmatch(f"(?:{ITEM.pattern})(?:, (?:{ITEM.pattern}))*", where)
                   or (where.removeprefix("waiver ") in waivers and where.startswith("waiver ")))]
    assert odd == []
    assert len(waivers) <= MOST_WAIVERS


def test_every_test_that_is_named_is_there() -> None:
    named = set(TEST.findall(PAGE.partition("(asvs)=")[2]))
    missing = {f"{file}::{name}" for file, name in named if not (ROOT / "tests" / file).exists()
               or not re.search(rf"^def {name}\(", (ROOT / "tests" / file).read_text("utf-8"), re.MULTILINE)}
    assert (missing, len(named) > 50) == (set(), True)


def test_every_page_that_is_named_has_its_heading() -> None:
    named = {(item[1], item[2]) for _number, _level, where in ROW.findall(PAGE) for item in ITEM.finditer(where) if item[1]}
    missing = {(file, heading) for file, heading in named if not (ROOT / file).exists()
               or (heading and not re.search(rf"^#+ {re.escape(heading)}$", (ROOT / file).read_text("utf-8"), re.MULTILINE))}
    assert (missing, len(named) > 10) == (set(), True)


def test_the_open_ones_are_counted_and_explained() -> None:
    found = [number for number, _level, where in ROW.findall(PAGE) if where == "open"]
    explained = PAGE.partition("### What is open")[2].partition("###")[0]
    assert re.findall(r"\d+\.\d+\.\d+", explained) == found
    print(f"ASVS 5.0.0, level 1 and 2: {len(found)} of {len(NUMBERS)} open: {' '.join(found)}")


def test_the_promises_are_27_and_a_promise_without_its_twin_is_not_reached() -> None:
    assert [promise.number for promise in promises()] == list(range(1, 28))
    assert promises()[6] == Promise(7, "CSRF is asked for by default", "100 % of writes with a cookie")
    good = {"promises": [1], "outcome": "passed", "figure": "7"}
    assert state(1, {"a::test_x": good, "a::test_twin_x": good | {"figure": ""}}) == ("yes", "7")
    assert state(1, {"a::test_x": good}) == ("NO", "7, but no twin ran")
    assert state(1, {"a::test_x": good, "a::test_twin_x": good | {"outcome": "failed"}}) == ("NO", "1 of 2 tests fail: a::test_twin_x")
    assert state(2, {"a::test_x": good}) == ("not run", "")


def test_a_small_form_is_called_so_until_the_same_file_has_measured_the_whole() -> None:
    small, twin = ({"promises": [11], "outcome": "passed", "figure": figure, "form": "small"} for figure in ("40 jobs", ""))
    whole = small | {"figure": "1,000 jobs", "form": "full", "at": "1a2b3c"}
    tests = {"a::test_x": small, "a::test_twin_x": twin}
    assert state(11, tests) == ("small", "40 jobs")
    assert state(11, tests | {"b::test_x (full)": whole}) == ("small", "40 jobs; 1,000 jobs (at 1a2b3c)")
    assert state(11, tests | {"a::test_x (full)": whole}) == ("yes", "1,000 jobs (at 1a2b3c)")
    assert state(11, tests | {"a::test_x (full)": whole | {"outcome": "failed"}}) == ("NO", "1 of 3 tests fail: a::test_x (full)")
    assert state(11, tests | {"a::test_x (full)": whole, "a::test_x": small | {"outcome": "failed"}}) == ("NO", "1 of 3 tests fail: a::test_x")


def test_what_was_measured_for_an_hour_is_of_tests_that_are_there() -> None:
    places = {name.removesuffix(" (full)").partition("[")[0].partition("::")[::2] for name in support.read(support.MEASURED)}
    assert sorted(f"{file}::{test}" for file, test in places if not (ROOT / file).exists() or (
        test.startswith("test_") and f"def {test}(" not in (ROOT / file).read_text("utf-8"))) == []


def test_a_bench_that_misses_its_goal_leaves_its_promise_unreached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    row = {"name": "x", "ratio": 1.23, "note": "n", "promise": 24, "reached": True}
    monkeypatch.setattr(support, "BENCH", tmp_path / "results.json")
    assert benches() == {}
    twin = {"a::test_twin_x": {"promises": [24], "outcome": "passed", "figure": ""}}
    for reached, expected in ((True, ("yes", "x 1.23 (n)")), (False, ("NO", "1 of 2 tests fail: bench/x"))):
        support.BENCH.write_text(json.dumps([row | {"reached": reached}, row | {"name": "y", "promise": None}]), "utf-8")
        assert state(24, twin | benches()) == expected
