"""What an import tells people: a report that its page pages through, and the bad lines as a workbook to mend and upload again."""
from __future__ import annotations

import io
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from core.documents import storage
from core.documents.cells import Cell
from core.documents.spreadsheet import Column, Sheet, write_workbook
from core.errors import NotFound
from core.i18n import _
from core.privacy.masking import mask_address, mask_id_number, mask_phone
from tenants.importing import values
from tenants.importing.fields import FIELDS, Mapping
from tenants.importing.problems import RETURNED, Problem
from tenants.importing.run import Outcome

PERMISSION = "members.import"  # what starting an import needs, and fetching what it left
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DAYS = 7
REASON = "原因"
MASKS: dict[str, Callable[[str | None], str]] = {"id_number": mask_id_number, "phone": mask_phone, "contact_phone": mask_phone,
                                                 "address": mask_address}


@dataclass(frozen=True, slots=True)
class SheetReport:
    """How one sheet was understood. `columns` pairs the file's title with ours (None: not read)."""

    sheet: str
    kind: str
    header: int
    columns: list[list[str | None]]


@dataclass(frozen=True, slots=True)
class Report:
    """The stored report of a check or an import."""

    sheets: list[SheetReport]
    ignored_sheets: list[str]
    titles: list[str]
    first_rows: list[list[str]]
    problems: list[Problem]
    counts: dict[str, int]
    warnings: dict[str, int]

    def page(self, kind: str | None, number: int, size: int = 50) -> tuple[list[Problem], bool]:
        """One page (from 1) of the problems of a kind, and whether another follows."""
        chosen = [p for p in self.problems if kind is None or p.kind == kind]
        start = (max(1, number) - 1) * size
        return chosen[start:start + size], len(chosen) > start + size

    def kinds(self) -> dict[str, int]:
        """Problems and warnings by kind, most frequent first."""
        return dict((Counter(self.counts) + Counter(self.warnings)).most_common())


def keep(outcome: Outcome, owner_id: uuid.UUID | None) -> dict[str, Any]:
    """Store the report and, if there are bad lines, their workbook; answers the job's result: ids and counts."""
    report = Report([_sheet(m) for m in (outcome.source.members, outcome.source.units) if m], outcome.source.ignored,
                    list(outcome.source.members.titles) if outcome.source.members else [], _masked(outcome),
                    outcome.problems.shown, dict(outcome.problems.counts), dict(outcome.problems.warnings))
    problems = outcome.problems
    bad = None
    if problems.bad_rows:
        bad = storage.save(_("需改正的行.xlsx"), XLSX, bad_rows(outcome), PERMISSION, DAYS, owner_id)
    report_id = storage.save("report.json", "application/json", orjson.dumps(report), PERMISSION, DAYS, owner_id)
    return {"report": report_id, "bad_rows": bad, "members": asdict(outcome.members), "units": asdict(outcome.units),
            "sectors": outcome.sectors, "problems": sum(problems.counts.values()), "warnings": sum(problems.warnings.values()),
            "shown": len(problems.shown), "rows": outcome.members.total, "returned": min(RETURNED, sum(problems.faulty.values()))}


def read(report_id: uuid.UUID) -> Report:
    """A stored report. Raises NotFound when its time is over."""
    file = storage.load(report_id)
    if file.media_type != "application/json":
        raise NotFound
    found = orjson.loads(file.content)
    found["sheets"] = [SheetReport(**s) for s in found["sheets"]]
    found["problems"] = [Problem(**{**p, "suggestions": tuple(p["suggestions"])}) for p in found["problems"]]
    return Report(**found)


def bad_rows(outcome: Outcome) -> bytes:
    """The bad lines with their own columns and one more that says why; the sheets keep their names, so it can be uploaded again."""
    target = io.BytesIO()
    write_workbook(target, [_bad_sheet(m, outcome.problems.bad_rows[m.sheet]) for m in (outcome.source.members, outcome.source.units)
                            if m and m.sheet in outcome.problems.bad_rows])
    return target.getvalue()


def _bad_sheet(mapping: Mapping, rows: Sequence[tuple[int, list[Cell], str]]) -> Sheet:
    titles = [title or _("第 %(place)d 列") % {"place": place} for place, title in enumerate(mapping.titles, 1)]
    kept = [place for place, title in enumerate(titles) if title != REASON]
    columns = [Column(str(place), titles[place], 18, "code") for place in kept] + [Column("reason", REASON, 60)]
    lines = ([values.text(cells[place]) if place < len(cells) else "" for place in kept] + [reason] for _row, cells, reason in rows)
    return Sheet(mapping.sheet, columns, lines)


def _sheet(mapping: Mapping) -> SheetReport:
    own = {place: next(f.title for f in FIELDS[mapping.kind] if f.key == key) for key, place in mapping.columns.items()}
    return SheetReport(mapping.sheet, mapping.kind, mapping.header,
                       [[title, own.get(place)] for place, title in enumerate(mapping.titles) if title])


def _masked(outcome: Outcome) -> list[list[str]]:
    mapping = outcome.source.members
    if mapping is None:
        return []
    masks = {place: MASKS[key] for key, place in mapping.columns.items() if key in MASKS}
    return [[masks[place](values.text(cell)) if place in masks else values.text(cell) for place, cell in enumerate(row)]
            for row in outcome.first_rows]
