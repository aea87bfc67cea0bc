"""What a page shows of a form before it is made or put in use: its cells, filled with the first rows, or with made-up ones."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.api import Vocabulary
from plugins.reports.formats import vocabulary
from plugins.reports.making import named
from plugins.reports.requests import Ready
from plugins.reports.samples import sample_rows

ROWS = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the preview."""

    text: str
    across: int
    down: int


@dataclass(frozen=True, slots=True)
class Preview:
    """The form's sheets, each with its rows of cells; `sample` when there was nothing to show but made-up rows."""

    sheets: list[tuple[str, list[list[Cell]]]]
    sample: bool


def preview(asked: Ready) -> Preview:
    """The first rows of the tenant's own data in the form."""
    rows = list(next(iter(asked.data.read(asked.request)), ()))[:ROWS]
    return filled(asked, rows) if rows else filled(asked, sample_rows(asked.data), sample=True)


def filled(asked: Ready, rows: Sequence[Sequence[Any]], *, sample: bool = False) -> Preview:
    """The form with these rows."""
    if asked.chosen.kind == "typ":
        titles = [Cell(str(column.title), 1, 1) for column in asked.data.columns]
        return Preview([("", [titles, *([Cell(shown(value), 1, 1) for value in row] for row in rows)])], sample)
    names = vocabulary(asked.chosen, asked.data)
    facts = named(asked.facts) | dict.fromkeys(names.counts, len(rows))
    facts |= {name: round(sum(row[place] or 0 for row in rows), 2) for name, place in names.sums.items()}
    sheets = []
    for grid in asked.chosen.layout().grids:
        made: list[list[Cell]] = []
        for line in grid["rows"]:
            repeated = enumerate(rows, 1) if line["repeated"] else [(None, ())]
            made += [_line(line["cells"], number, row, names, facts) for number, row in repeated]
        sheets.append((grid["title"], [row for row in made if any(cell.text for cell in row)]))
    return Preview(sheets, sample)


def _line(cells: Sequence[Mapping[str, Any]], number: int | None, row: Sequence[Any], names: Vocabulary, facts: Mapping[str, Any]) -> list[Cell]:
    made: list[Cell] = []
    at = 1
    for cell in cells:
        if cell["column"] < at:
            continue  # under a merged one
        made += [Cell("", 1, 1)] * (cell["column"] - at)
        made.append(Cell("".join(_part(part, number, row, names, facts) for part in cell["parts"]), cell["across"], cell["down"]))
        at = cell["column"] + cell["across"]
    return made


def _part(part: Any, number: int | None, row: Sequence[Any], names: Vocabulary, facts: Mapping[str, Any]) -> str:
    if isinstance(part, str):
        return part
    name = part[0]
    if name in names.numbers:
        return shown(number)
    return shown(row[names.rows[name]] if name in names.rows else facts.get(name))


def shown(value: Any) -> str:
    """A value as it stands on paper."""
    return "" if value is None else value.isoformat() if isinstance(value, dt.date) else f"{value:g}" if isinstance(value, float) else str(value)
