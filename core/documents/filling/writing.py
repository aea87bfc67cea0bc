"""Writes a value into its place: as a number, a date or guarded text of a cell, or as text of a document."""
from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from core.documents.cells import LEADS, Cell, legal, neutralise
from core.documents.filling.compiling import Vocabulary
from core.documents.spreadsheet import Watermark

Encoder: TypeAlias = Callable[[Mapping[str, Any], list[Cell]], str]
_EPOCH = dt.date(1899, 12, 30).toordinal()  # day 0 of spreadsheets, which take 1900 for a leap year
_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_SPECIAL = re.compile("[&<>]")
_TEXT_END = "</t></is></c>"
PROPERTIES = "docProps/core.xml"


def encoder_of(kind: str) -> Encoder:
    """How a slot is written, given the values of its parts."""
    return _cell if kind == "xlsx" else _text


def shown(value: Cell) -> str:
    """A value as people read it: 2026-03-05, 1.5, 是."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, dt.date) else f"{value:g}" if isinstance(value, float) else str(value)


def _cell(slot: Mapping[str, Any], values: list[Cell]) -> str:
    """The rest of `<c r=".."`: a single number or date stays one, anything else is text that starts no formula."""
    value: Cell = values[0] if len(values) == 1 else "".join(map(shown, values))
    if value is None or value == "":
        return "/>"
    if isinstance(value, str):
        safe = value if value.isprintable() and value[0] not in LEADS else neutralise(value)
        return f' t="inlineStr"><is><t xml:space="preserve">{safe.translate(_XML) if _SPECIAL.search(safe) else safe}{_TEXT_END}'
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"><v>{value}</v></c>"
    if slot["date"] and isinstance(value, dt.date):
        return f"><v>{value.toordinal() - _EPOCH}</v></c>"
    return f' t="inlineStr"><is><t>{shown(value)}{_TEXT_END}'


def _text(_slot: Mapping[str, Any], values: list[Cell]) -> str:
    return legal("".join(map(shown, values))).translate(_XML)


def slot_text(slot: Mapping[str, Any], facts: Mapping[str, Cell], moved: int, encoder: Encoder) -> str:
    """A slot outside the repeated row; `moved` is by how many lines what follows that row has gone down."""
    if slot["k"] == "row":
        return str(slot["at"] + moved)
    values: list[Cell] = [facts.get(part[0]) if isinstance(part, list) else part for part in slot["parts"]]
    if slot["k"] == "text":
        return encoder(slot, values)
    return f"{_opening(slot)}{slot['at'] + moved * slot['moves']}\"{_style(slot)}{encoder(slot, values)}"


def row_writer(items: Sequence[Any], names: Vocabulary, facts: Mapping[str, Cell],
               encoder: Encoder) -> Callable[[int, int | None, Sequence[Cell]], str]:
    """A function that writes one repeated row: (its line, its number, its values). Prepared once, since it is the hot loop."""
    form: list[str] = []
    steps: list[Callable[[int, int | None, Sequence[Cell]], Any]] = []
    for item in items:
        if isinstance(item, str):
            form.append(item.replace("%", "%%"))
            continue
        if item["k"] == "row":
            form.append("%s")
            steps.append(_line)
            continue
        if item["k"] == "cell":
            form.append(f'{_opening(item)}%s"{_style(item)}')
            steps.append(_line)
        form.append("%s")
        steps.append(_value(item, names, facts, encoder))
    template = "".join(form)
    return lambda at, number, row: template % tuple([step(at, number, row) for step in steps])


def _line(at: int, _number: int | None, _row: Sequence[Cell]) -> int:
    return at


def _value(slot: Mapping[str, Any], names: Vocabulary, facts: Mapping[str, Cell],
           encoder: Encoder) -> Callable[[int, int | None, Sequence[Cell]], str]:
    """How a slot of the repeated row gets its text."""
    takes = [_part(part, names, facts) for part in slot["parts"]]
    if len(takes) == 1:
        take = takes[0]
        return lambda _at, number, row: encoder(slot, [take(number, row)])
    return lambda _at, number, row: encoder(slot, [take(number, row) for take in takes])


def _part(part: Any, names: Vocabulary, facts: Mapping[str, Cell]) -> Callable[[int | None, Sequence[Cell]], Cell]:
    if isinstance(part, str):
        return lambda _number, _row: part
    name = part[0]
    if name in names.numbers:
        return lambda number, _row: number
    if name in names.rows:
        index = names.rows[name]
        return lambda _number, row: row[index]
    return lambda _number, _row: facts.get(name)


def _opening(slot: Mapping[str, Any]) -> str:
    return f'<c r="{slot["column"]}'


def _style(slot: Mapping[str, Any]) -> str:
    return f' s="{slot["style"]}"' if slot["style"].isdigit() else ""


def merged(slot: Mapping[str, Any], begin: int, rows: int, moved: int) -> Iterator[str]:
    """The merged areas: those above as they are, those of the repeated row once a row, those below moved down."""
    count = len(slot["head"]) + len(slot["row"]) * rows + len(slot["tail"])
    if not count:
        return
    yield f'<mergeCells count="{count}">'
    for left, top, right, bottom in slot["head"]:
        yield f'<mergeCell ref="{left}{top}:{right}{bottom}"/>'
    for left, _top, right, _bottom in slot["row"]:
        yield from (f'<mergeCell ref="{left}{at}:{right}{at}"/>' for at in range(begin, begin + rows))
    for left, top, right, bottom in slot["tail"]:
        yield f'<mergeCell ref="{left}{top + moved}:{right}{bottom + moved}"/>'
    yield "</mergeCells>"


def properties(watermark: Watermark) -> str:
    """The file's properties: who made it, when and why (security rule 23)."""
    note = "；".join(f"{label}：{value}" for label, value in watermark.lines()).translate(_XML)
    when = watermark.when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return ('<?xml version="1.0" encoding="UTF-8"?><cp:coreProperties'
            ' xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
            ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
            ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f"<dc:creator>{watermark.who.translate(_XML)}</dc:creator><dc:description>{note}</dc:description>"
            f'<dcterms:created xsi:type="dcterms:W3CDTF">{when}</dcterms:created></cp:coreProperties>')
