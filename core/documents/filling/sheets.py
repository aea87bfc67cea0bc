"""Reads the sheets of an xlsx layout: cells with placeholders, the one row that is repeated, merged cells.

Used by the child process only.
"""
from __future__ import annotations

import re
from typing import Any

from package import children, drop_relations, drop_types, elements, parse, text_of  # type: ignore[import-not-found]
from slots import BEGIN, END, ROWS, Found, names_in  # type: ignore[import-not-found]

_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# In a sheet; what is left out would act (formulas in rules), point elsewhere, or no longer fit when rows are added.
KEPT = frozenset({"sheetPr", "sheetViews", "sheetFormatPr", "cols", "sheetData", "mergeCells", "printOptions", "pageMargins", "pageSetup",
                  "headerFooter"})
NOTED = {"conditionalFormatting": "conditional", "dataValidations": "validation", "autoFilter": "filter", "rowBreaks": "breaks",
         "sheetProtection": "protection"}
NAMES = ("_xlnm.Print_Titles",)
_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_DATE_CODE = re.compile(r"(?i)[ymd年月日]")
MOST_CELLS = 20_000


def compile_book(parts: dict[str, str], found: Found) -> dict[str, Any]:
    """The workbook's sheets as items, its other parts as text. One sheet at most repeats a row."""
    book = parse(parts["xl/workbook.xml"])
    _clean_book(book)
    parts["xl/workbook.xml"] = book.toxml()
    texts = _shared(parts)
    dates = _date_styles(parts)
    files = {r.getAttribute("Id"): r.getAttribute("Target") for r in elements(parse(parts["xl/_rels/workbook.xml.rels"]), "Relationship")}
    bodies, grids = {}, []
    for sheet in elements(book, "sheet"):
        target = files.get(sheet.getAttribute("r:id"), "")
        name = target[1:] if target.startswith("/") else f"xl/{target}"
        if name not in parts:
            continue
        reader = _Sheet(sheet.getAttribute("name"), texts, dates, found)
        bodies[name] = found.cut(reader.read(parse(parts.pop(name))))
        grids.append({"title": reader.title, "rows": reader.grid})
    parts.update(dict.fromkeys(bodies, ""))
    drop_relations(parts, "xl/_rels/workbook.xml.rels")
    drop_relations(parts, "_rels/.rels")
    drop_types(parts)
    return {"bodies": bodies, "grids": grids}


def _clean_book(book: Any) -> None:
    for name in elements(book, "definedName"):
        if name.getAttribute("name") not in NAMES:
            name.parentNode.removeChild(name)
    for holder in elements(book, "definedNames"):
        if not children(holder):
            holder.parentNode.removeChild(holder)
    for name in ("externalReferences", "calcPr", "extLst", "pivotCaches", "functionGroups"):
        for node in elements(book, name):
            node.parentNode.removeChild(node)


def _shared(parts: dict[str, str]) -> list[str]:
    if "xl/sharedStrings.xml" not in parts:
        return []
    return [text_of(item) for item in elements(parse(parts["xl/sharedStrings.xml"]), "si")]


def _date_styles(parts: dict[str, str]) -> frozenset[str]:
    """The numbers of the cell styles that show a number as a date."""
    if "xl/styles.xml" not in parts:
        return frozenset()
    styles = parse(parts["xl/styles.xml"])
    own = {n.getAttribute("numFmtId") for n in elements(styles, "numFmt") if _DATE_CODE.search(
        re.sub(r'"[^"]*"|\[[^\]]*\]', "", n.getAttribute("formatCode")))}
    formats = [x for holder in elements(styles, "cellXfs") for x in children(holder, "xf")]
    return frozenset(str(number) for number, xf in enumerate(formats)
                     if (i := xf.getAttribute("numFmtId")) in own or (i.isdigit() and int(i) in _DATES))


class _Sheet:
    """One sheet on its way from XML to marked XML; `grid` is what a page shows of it."""

    def __init__(self, title: str, texts: list[str], dates: frozenset[str], found: Found) -> None:
        self.title, self.found = title, found
        self._texts, self._dates = texts, dates
        self.grid: list[dict[str, Any]] = []
        self._repeated: int | None = None

    def read(self, document: Any) -> str:
        """The sheet's XML with marks."""
        sheet = document.documentElement
        for child in children(sheet):
            if child.localName not in KEPT:
                if child.localName in NOTED:
                    self.found.notes.add(NOTED[child.localName])
                sheet.removeChild(child)
            elif child.localName == "headerFooter" and "{{" in child.toxml():
                self.found.error("header", self.title)
            elif child.localName == "pageSetup" and child.hasAttribute("r:id"):
                child.removeAttribute("r:id")
        rows = elements(sheet, "row")
        if sum(len(children(row, "c")) for row in rows) > MOST_CELLS:
            self.found.error("cells", self.title)
            return ""
        repeated = [row for row in rows if any(n.startswith(ROWS) for c in children(row, "c") for n in names_in(self._text(c)))]
        self._repeated = int(repeated[0].getAttribute("r")) if repeated else None
        for extra in repeated[1:]:
            self.found.error("rows", self._place(f"A{extra.getAttribute('r')}"))
        merges = self._merges(sheet)
        for row in rows:
            self._row(row, merges)
        return str(document.toxml())

    def _row(self, row: Any, merges: dict[str, tuple[int, int]]) -> None:
        at = int(row.getAttribute("r"))
        section = "row" if at == self._repeated else "head" if self._repeated is None or at < self._repeated else "tail"
        line: list[dict[str, Any]] = []
        for cell in children(row, "c"):
            self._cell(cell, at, section, line, merges)
        if row.hasAttribute("spans"):
            row.removeAttribute("spans")
        row.setAttribute("r", self.found.mark({"k": "row", "at": at}) if section != "head" else str(at))
        if section == "row":
            document = row.ownerDocument
            row.parentNode.insertBefore(document.createTextNode(self.found.mark({"k": BEGIN, "at": at})), row)
            row.parentNode.insertBefore(document.createTextNode(self.found.mark({"k": END})), row.nextSibling)
        self.grid.append({"cells": line, "repeated": section == "row"})

    def _cell(self, cell: Any, at: int, section: str, line: list[dict[str, Any]], merges: dict[str, tuple[int, int]]) -> None:
        reference, text = cell.getAttribute("r"), self._text(cell)
        match = _PLACE.fullmatch(reference)
        if match is None:
            self.found.error("damaged", self._place(reference))
            return
        column, place = match[1], self._place(reference)
        if children(cell, "f"):
            self.found.error("formula", place)
        parts = self.found.parts(text, place, section)
        across, down = merges.get(reference, (1, 1))
        line.append({"column": _number(column), "parts": parts or ([text] if text else []), "across": across, "down": down})
        if parts:
            style = cell.getAttribute("s")
            slot = {"k": "cell", "column": column, "at": at, "moves": section != "head", "style": style, "date": style in self._dates,
                    "parts": parts}
            cell.parentNode.replaceChild(cell.ownerDocument.createTextNode(self.found.mark(slot)), cell)
        elif section != "head":
            cell.setAttribute("r", column + self.found.mark({"k": "row", "at": at}))

    def _text(self, cell: Any) -> str:
        if cell.getAttribute("t") == "inlineStr":
            return str(text_of(cell))
        value = "".join(child.data for v in children(cell, "v") for child in v.childNodes)
        if cell.getAttribute("t") != "s":
            return value
        return self._texts[int(value)] if value.isdigit() and int(value) < len(self._texts) else ""

    def _merges(self, sheet: Any) -> dict[str, tuple[int, int]]:
        """Merged areas: (columns, rows) by their first cell; those of the repeated row are repeated with it."""
        sizes: dict[str, tuple[int, int]] = {}
        slot: dict[str, Any] = {"k": "merges", "head": [], "row": [], "tail": []}
        holders = children(sheet, "mergeCells")
        for merge in (m for h in holders for m in children(h, "mergeCell")):
            corners = _PLACE.findall(merge.getAttribute("ref"))
            if len(corners) != 2:
                continue
            (left, top), (right, bottom) = ((c, int(r)) for c, r in corners)
            sizes[f"{left}{top}"] = (_number(right) - _number(left) + 1, bottom - top + 1)
            if self._repeated is not None and top <= self._repeated <= bottom and top != bottom:
                self.found.error("merge", self._place(f"{left}{top}"))
            where = ("head" if self._repeated is None or bottom < self._repeated else "row" if top == self._repeated else "tail")
            slot[where].append([left, top, right, bottom])
        for holder in holders:
            holder.parentNode.replaceChild(holder.ownerDocument.createTextNode(self.found.mark(slot)), holder)
        return sizes

    def _place(self, reference: str) -> str:
        return f"{self.title}!{reference}"


def _number(column: str) -> int:
    """A column's number, A is 1."""
    number = 0
    for letter in column:
        number = number * 26 + ord(letter) - 64
    return number
