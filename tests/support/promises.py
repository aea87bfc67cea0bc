"""The promises of docs/security.md, each with its figure: what a run of the tests reached, kept in build/promises.json and printed by `make walls`.

A test proves a promise by the marker `promise(number)`; what it measured it says by `record_property("figure", "...")`, a test of
faults by `figure(...)`. The twin of a wall,
whose name has `twin` in it, bears the marker too: a promise without a twin that passed counts as not reached.
"""
from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults import figures

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "bench" / "results.json"
RESULTS = ROOT / "build" / "promises.json"
PAGE = ROOT / "docs" / "security.md"
_ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+?) \| (?:.+?) \|$", re.MULTILINE)


@dataclass(frozen=True)
class Promise:
    """A line of the table in docs/security.md."""

    number: int
    title: str
    figure: str


def promises() -> list[Promise]:
    """All of them, in the order of the page."""
    section = PAGE.read_text("utf-8").partition("\n## The promises")[2].partition("\n## ")[0]
    return [Promise(int(number), title, figure) for number, title, figure in _ROW.findall(section)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Tell the report which promises the test proves; the report alone comes back from another process."""
    report = yield
    if report.when == "call" or report.outcome != "passed":  # type: ignore[attr-defined]
        report.user_properties.extend(("promise", mark.args[0]) for mark in item.iter_markers("promise"))  # type: ignore[attr-defined]
        if figures.noted:
            report.user_properties.append(("figure", "; ".join(figures.noted)))  # type: ignore[attr-defined]
            figures.noted.clear()
    return report  # type: ignore[return-value]


class Recorder:
    """Collects the reports of one run in the process that has them all."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, object]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the outcome of a test that proves something; the worst of its phases counts."""
        said = dict(report.user_properties)
        numbers = [value for name, value in report.user_properties if name == "promise"]
        if numbers and self.found.get(report.nodeid, {}).get("outcome") != "failed":
            self.found[report.nodeid] = {"promises": numbers, "outcome": report.outcome, "figure": said.get("figure", "")}

    def pytest_sessionfinish(self) -> None:
        """Keep what was found."""
        if self.found:
            keep(self.found)


def keep(found: Mapping[str, Mapping[str, object]]) -> None:
    """Add to what earlier runs have left; a test's newest outcome counts."""
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(read() | dict(found), ensure_ascii=False, indent=1, sort_keys=True), "utf-8")


def read() -> dict[str, dict[str, object]]:
    """The outcomes by test that stand in build/promises.json."""
    return json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}


def benches() -> dict[str, dict[str, object]]:
    """What `make bench` has measured of a promise, in the form of a test's outcome."""
    rows = json.loads(BENCH.read_text("utf-8")) if BENCH.exists() else []
    return {f"bench/{row['name']}": {"promises": [row["promise"]], "outcome": "passed" if row["reached"] else "failed",
                                     "figure": f"{row['name']} {row['ratio']:.2f} ({row['note']})"} for row in rows if row.get("promise")}


def outcomes() -> dict[str, dict[str, object]]:
    """What tests and benches have left."""
    return read() | benches()


def state(number: int, results: Mapping[str, Mapping[str, object]]) -> tuple[str, str]:
    """Whether a promise is reached (`yes`, `NO`, `not run`), and what was measured."""
    tests = {name: result for name, result in results.items() if number in result["promises"]}  # type: ignore[operator]
    ran = {name: result for name, result in tests.items() if result["outcome"] != "skipped"}
    if not ran:
        return "not run", ""
    failed = [name for name, result in ran.items() if result["outcome"] == "failed"]
    twins = [name for name in ran if "twin" in name]
    measured = [str(result["figure"]) for result in ran.values() if result["figure"]]
    if failed:
        return "NO", f"{len(failed)} of {len(ran)} tests fail: {failed[0]}"
    note = "; ".join(measured) or f"{len(ran)} tests pass"
    return ("yes", note) if twins else ("NO", f"{note}, but no twin ran")


def table() -> Iterator[str]:
    """The promises with figure and reached, a line each."""
    results = outcomes()
    for promise in promises():
        reached, measured = state(promise.number, results)
        yield f"{promise.number:>2}  {_fitted(promise.title, 52)}  {_fitted(promise.figure, 60)}  {reached:<7}  {measured}"


def _fitted(text: str, width: int) -> str:
    wide = sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in text)
    return text[:width - 1] + "…" if wide > width else text + " " * (width - wide)


if __name__ == "__main__":
    if "--clean" in sys.argv:
        RESULTS.unlink(missing_ok=True)
    else:
        print("\n".join(table()))
        sys.exit(any(state(promise.number, outcomes())[0] == "NO" for promise in promises()))
