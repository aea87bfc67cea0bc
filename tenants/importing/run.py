"""The import itself: one walk through the file that checks, compares and, when asked to, writes."""
from __future__ import annotations

import datetime as dt
import gc
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

from core.documents.cells import Cell
from core.members import bulk
from core.organizations import tree
from core.tenancy import today
from tenants.importing.fields import Mapping
from tenants.importing.matching import Matches, match, match_aside
from tenants.importing.member_rows import MemberFacts, MemberRows
from tenants.importing.places import Places
from tenants.importing.problems import Problems
from tenants.importing.source import BATCH, Source, open_source
from tenants.importing.unit_rows import UnitRows
from tenants.importing.units import Units
from tenants.importing.writing import Writer, prepare, terms

FIRST_ROWS = 10
Progress = Callable[[int, int | None], None]


@dataclass(slots=True)
class Counts:
    """How many lines of a sheet are new, changed, unchanged and faulty."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    faulty: int = 0

    @property
    def total(self) -> int:
        """All lines that hold something."""
        return self.new + self.changed + self.unchanged + self.faulty


@dataclass(slots=True)
class Outcome:
    """What an import found or did."""

    source: Source
    problems: Problems = field(default_factory=Problems)
    members: Counts = field(default_factory=Counts)
    units: Counts = field(default_factory=Counts)
    sectors: int = 0
    first_rows: list[list[Cell]] = field(default_factory=list)


def run(content: bytes, filename: str, *, paths: Sequence[str] | None = None, write: bool = False, day: dt.date | None = None,
        progress: Progress = lambda _done, _total: None, method: bulk.Method | None = None) -> Outcome:
    """Import a roster, or only say what would happen (`write` False), in the open scope's transaction.

    `paths` are the subtrees within which the importer may write (None: all). `day` is when new affiliations begin (default
    today). `progress(done, total)` counts lines. Raises Invalid for a file that is no roster; bad lines are in the outcome.
    """
    reach = (tree.root().path,) if paths is None else tuple(paths)
    outcome = Outcome(open_source(content, filename))
    try:
        with _patient_collector():
            _run(outcome, reach, write, day or today(), progress, method)
    finally:
        outcome.source.close()
    return outcome


@contextmanager
def _patient_collector() -> Iterator[None]:
    """Let Python look for cycles seldom: rows hold none, and looking through all that is loaded took a quarter of an import."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def _run(outcome: Outcome, paths: Sequence[str], write: bool, day: dt.date, progress: Progress, method: bulk.Method | None) -> None:
    places, units = Places.load(), Units.load()
    _units(outcome, units, places, paths)
    if write:
        bulk.keep_to_indexes()
        units.write()
    mapping = outcome.source.members
    if mapping is None:
        return
    check = MemberRows(mapping, units, places, outcome.problems, paths)
    workplaces = defaultdict[uuid.UUID, Counter[uuid.UUID]](Counter)
    agreed = terms(day, method) if write else None
    with Writer() as writer:
        for good, matches, done in _matched(outcome, mapping, check, paths, write=write):
            if agreed:
                writer.send(prepare(matches, agreed))
                _count_workplaces(workplaces, good)
            progress(done, None)
        writer.wait()
    outcome.members.faulty = outcome.problems.faulty[mapping.sheet]
    if write:
        units.settle_communities(workplaces)


def _matched(outcome: Outcome, mapping: Mapping, check: MemberRows, paths: Sequence[str], *,
             write: bool) -> Iterator[tuple[list[MemberFacts], Matches, int]]:
    """Each batch checked, compared and counted, with the number of lines so far."""
    done, counts = 0, outcome.members
    for lines, cells in _batches(outcome.source.member_rows(mapping), mapping.header + 1):
        if not outcome.first_rows:
            outcome.first_rows = cells[:FIRST_ROWS]
        good, batch = check.check(lines, cells)
        matches = match_aside(good, batch, paths) if write else match(good, batch, paths)
        check.settle(batch)
        counts.new, counts.changed = counts.new + len(matches.new), counts.changed + len(matches.changed)
        counts.unchanged += matches.unchanged
        done += len(cells)
        yield good, matches, done


def _units(outcome: Outcome, units: Units, places: Places, paths: Sequence[str]) -> None:
    mapping = outcome.source.units
    if mapping is None:
        return
    UnitRows(mapping, units, places, outcome.problems, paths).check(outcome.source.unit_rows)
    outcome.units = Counts(len(units.new), len(units.changed), units.unchanged, outcome.problems.faulty[mapping.sheet])
    outcome.sectors = len(units.new_sectors)


def _batches(rows: Iterator[list[Cell]], first: int) -> Iterator[tuple[list[int], list[list[Cell]]]]:
    """The lines that hold something, in batches, with their numbers in the file."""
    numbered = ((line, row) for line, row in enumerate(rows, first) if any(row))
    while batch := list(islice(numbered, BATCH)):
        lines, cells = zip(*batch, strict=True)
        yield list(lines), list(cells)


def _count_workplaces(workplaces: dict[uuid.UUID, Counter[uuid.UUID]], good: list[MemberFacts]) -> None:
    for facts in good:
        if facts.unit.community_id is None and facts.workplace_id is not None:
            workplaces[facts.unit.id][facts.workplace_id] += 1
