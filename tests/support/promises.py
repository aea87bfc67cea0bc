"""The promises of docs/security.md, each with its figure: what the tests reached, printed by `make walls`.

A test proves a promise by the marker `promise(number)`; what it measured it says by `record_property("figure", "...")`, a test of
faults by `figure(...)`. The twin of a wall, whose name has `twin` in it, bears the marker too: a promise without a twin that passed counts
as not reached. What a run of minutes finds stands in build/promises.json. What takes an hour (`make faults`, `make coverage`, `make mutants`)
stands in bench/measured.json, with the commit at which it was measured, and is kept with the code. A test that runs a small form of what is
promised says so (`record_property("form", "small")`): its promise is reached in small only, unless its file has measured the whole too.
"""
from __future__ import annotations

import json
import re
import subprocess
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
MEASURED = ROOT / "bench" / "measured.json"
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
        said: list[tuple[str, object]] = report.user_properties  # type: ignore[attr-defined]
        said.extend(("promise", mark.args[0]) for mark in item.iter_markers("promise"))
        if item.get_closest_marker("fault") and figures.FULL:
            said.append(("form", "full"))
        elif figures.noted:
            said.append(("form", "small"))
        if figures.noted:
            said.append(("figure", "; ".join(figures.noted)))
            figures.noted.clear()
    return report  # type: ignore[return-value]


class Recorder:
    """Collects the reports of one run in the process that has them all."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, object]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the outcome of a test that proves something and was not left out; the worst of its phases counts."""
        said = dict(report.user_properties)
        numbers = [value for name, value in report.user_properties if name == "promise"]
        if numbers and report.outcome != "skipped" and self.found.get(report.nodeid, {}).get("outcome") != "failed":
            self.found[report.nodeid] = {"promises": numbers, "outcome": report.outcome, "figure": said.get("figure", ""), "form": said.get("form", "")}

    def pytest_sessionfinish(self) -> None:
        """Keep what was found: what ran in full beside the code, under a name of its own."""
        full = {f"{name} (full)": found for name, found in self.found.items() if found["form"] == "full"}
        keep_measured(full)
        keep({name: found for name, found in self.found.items() if found["form"] != "full"})


def keep(found: Mapping[str, Mapping[str, object]], place: Path | None = None) -> None:
    """Add to what earlier runs have left; a test's newest outcome counts."""
    place = place or RESULTS
    if found:
        place.parent.mkdir(exist_ok=True)
        place.write_text(json.dumps(read(place) | dict(found), ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")


def keep_measured(found: Mapping[str, Mapping[str, object]]) -> None:
    """Keep what took long to measure beside the code, with the commit at which it was."""
    keep({name: {**one, "at": commit()} for name, one in found.items()} if found else {}, MEASURED)


def commit() -> str:
    """The commit of this folder, "" where it is none; with a plus when something is not committed."""
    told = subprocess.run(["git", "describe", "--always", "--dirty=+", "--exclude=*"], cwd=ROOT, capture_output=True, text=True, check=False)
    return told.stdout.strip()


def read(place: Path | None = None) -> dict[str, dict[str, object]]:
    """The outcomes by test that stand there, in build/promises.json if it is not said otherwise."""
    place = place or RESULTS
    return json.loads(place.read_text("utf-8")) if place.exists() else {}


def benches() -> dict[str, dict[str, object]]:
    """What `make bench` has measured of a promise, in the form of a test's outcome."""
    rows = json.loads(BENCH.read_text("utf-8")) if BENCH.exists() else []
    return {f"bench/{row['name']}": {"promises": [row["promise"]], "outcome": "passed" if row["reached"] else "failed",
                                     "figure": f"{row['name']} {row['ratio']:.2f} ({row['note']})"} for row in rows if row.get("promise")}


def outcomes() -> dict[str, dict[str, object]]:
    """What tests, runs of an hour and benches have left."""
    return read() | read(MEASURED) | benches()


def state(number: int, results: Mapping[str, Mapping[str, object]]) -> tuple[str, str]:
    """Whether a promise is reached (`yes`, `small`, `NO`, `not run`), and what was measured."""
    ran = {name: result for name, result in results.items() if number in result["promises"]}  # type: ignore[operator]
    if not ran:
        return "not run", ""
    if failed := [name for name, result in ran.items() if result["outcome"] == "failed"]:
        return "NO", f"{len(failed)} of {len(ran)} tests fail: {failed[0]}"
    whole = {_file(name) for name, result in ran.items() if result["figure"] and result.get("form") != "small"}
    small = {name for name, result in ran.items() if result.get("form") == "small"}
    only = {name for name in small if _file(name) not in whole}
    measured = [_told(result) for name, result in ran.items() if result["figure"] and name not in small - only]
    note = "; ".join(measured) or f"{len(ran)} tests pass"
    if not any("twin" in name for name in ran):
        return "NO", f"{note}, but no twin ran"
    return ("small" if only else "yes"), note


def _file(name: str) -> str:
    return name.partition("::")[0]


def _told(result: Mapping[str, object]) -> str:
    return f"{result['figure']} (at {result['at']})" if result.get("at") else str(result["figure"])


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
        states = [state(promise.number, outcomes())[0] for promise in promises()]
        if "small" in states:
            print("small: only a small form of it was run; `make walls` and `make faults` (half an hour) run what is promised.")
        sys.exit(not {"yes", "small"} >= set(states))
