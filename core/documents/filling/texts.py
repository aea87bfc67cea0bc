"""Reads a docx layout: placeholders in paragraphs, even where the program cut them into pieces, and the one table row that is repeated.

Used by the child process only.
"""
from __future__ import annotations

import re
from typing import Any

from package import children, drop_relations, drop_types, elements, parse  # type: ignore[import-not-found]
from slots import BEGIN, END, PLACEHOLDER, ROWS, Found, names_in  # type: ignore[import-not-found]

_BODIES = re.compile(r"word/(document|header[0-9]+|footer[0-9]+)\.xml")
FIELDS = frozenset({"PAGE", "NUMPAGES", "SECTIONPAGES"})
MOST_PARAGRAPHS = 5_000


def compile_text(parts: dict[str, str], found: Found) -> dict[str, Any]:
    """The document, its headers and footers as items, its other parts as text."""
    bodies, grids = {}, []
    for name in sorted(n for n in parts if _BODIES.fullmatch(n)):
        document = parse(parts.pop(name))
        main = name == "word/document.xml"
        reader = _Text("正文" if main else "页眉页脚", found, repeats=main)
        bodies[name] = found.cut(reader.read(document))
        grids.append({"title": reader.title, "rows": reader.grid})
    parts.update(dict.fromkeys(bodies, ""))
    if "word/settings.xml" in parts:
        _drop_template(parts)
    drop_relations(parts, "word/_rels/document.xml.rels")
    drop_relations(parts, "_rels/.rels")
    drop_types(parts)
    return {"bodies": bodies, "grids": grids}


def _drop_template(parts: dict[str, str]) -> None:
    """Its relations are not kept, so what names one goes too."""
    settings = parse(parts["word/settings.xml"])
    for name in ("attachedTemplate", "mailMerge", "hdrShapeDefaults", "shapeDefaults"):
        for node in elements(settings, name):
            node.parentNode.removeChild(node)
    parts["word/settings.xml"] = settings.toxml()


class _Text:
    """One part of the document on its way from XML to marked XML."""

    def __init__(self, title: str, found: Found, *, repeats: bool) -> None:
        self.title, self.found, self._repeats = title, found, repeats
        self.grid: list[dict[str, Any]] = []
        self._section = "head"
        self._paragraph = 0

    def read(self, document: Any) -> str:
        """The part's XML with marks."""
        self._check_fields(document)
        if len(elements(document, "p")) > MOST_PARAGRAPHS:
            self.found.error("cells", self.title)
            return ""
        for node in elements(document, "p"):
            _join(node)
        rows = [row for row in elements(document, "tr") if not elements(row, "tbl") and _repeats(row)]
        for extra in rows[1:] if self._repeats else rows:
            self.found.error("rows", f"{self.title}：{_plain(extra)[:20]}")
        self._walk(document.documentElement, rows[0] if rows and self._repeats else None)
        return str(document.toxml())

    def _walk(self, node: Any, repeated: Any) -> None:
        for child in children(node):
            if child.localName == "p":
                self.grid.append({"cells": [{"column": 1, "parts": self._fill(child), "across": 1, "down": 1}], "repeated": False})
            elif child.localName == "tr":
                self._row(child, repeated)
            else:
                self._walk(child, repeated)

    def _row(self, row: Any, repeated: Any) -> None:
        self._section = "row" if row is repeated else self._section
        cells = children(row, "tc")
        line = [{"column": number, "parts": [part for p in elements(cell, "p") for part in self._fill(p)], "across": _span(cell), "down": 1}
                for number, cell in enumerate(cells, 1)]
        self.grid.append({"cells": line, "repeated": row is repeated})
        if row is repeated:
            document = row.ownerDocument
            row.parentNode.insertBefore(document.createTextNode(self.found.mark({"k": BEGIN, "at": 0})), row)
            row.parentNode.insertBefore(document.createTextNode(self.found.mark({"k": END})), row.nextSibling)
            self._section = "tail"

    def _fill(self, paragraph: Any) -> list[Any]:
        """Mark the placeholders of a paragraph; answers its text as parts, for the page."""
        self._paragraph += 1
        shown: list[Any] = []
        for node in elements(paragraph, "t"):
            text = "".join(child.data for child in node.childNodes)
            parts = self.found.parts(text, f"{self.title}：{_plain(paragraph)[:20]}", self._section)
            shown += parts or ([text] if text else [])
            if parts:
                for child in list(node.childNodes):
                    node.removeChild(child)
                node.setAttribute("xml:space", "preserve")
                node.appendChild(node.ownerDocument.createTextNode(self.found.mark({"k": "text", "parts": parts})))
        return shown

    def _check_fields(self, document: Any) -> None:
        codes = ["".join(c.data for c in node.childNodes) for node in elements(document, "instrText")]
        codes += [node.getAttribute("w:instr") for node in elements(document, "fldSimple")]
        for code in codes:
            if (word := (code.split() or [""])[0].upper()) and word not in FIELDS:
                self.found.error("field", self.title, word)
        for name in ("object", "pict", "drawing", "altChunk", "subDoc"):
            if elements(document, name):
                self.found.error("objects", self.title)


def _join(paragraph: Any) -> None:
    """Bring each placeholder into one piece: programs cut the text of a paragraph wherever spelling or format changes."""
    nodes = elements(paragraph, "t")
    texts = ["".join(child.data for child in node.childNodes) for node in nodes]
    starts, position = [], 0
    for text in texts:
        starts.append(position)
        position += len(text)
    for match in reversed(list(PLACEHOLDER.finditer("".join(texts)))):
        first = max(n for n, start in enumerate(starts) if start <= match.start() and texts[n])
        last = max(n for n, start in enumerate(starts) if start < match.end() and texts[n])
        if first == last:
            continue
        texts[first] = texts[first][:match.start() - starts[first]] + match[0]
        for n in range(first + 1, last):
            texts[n] = ""
        texts[last] = texts[last][match.end() - starts[last]:]
    for node, text in zip(nodes, texts, strict=True):
        for child in list(node.childNodes):
            node.removeChild(child)
        node.appendChild(node.ownerDocument.createTextNode(text))


def _repeats(row: Any) -> bool:
    return any(name.startswith(ROWS) for name in names_in(_plain(row)))


def _plain(node: Any) -> str:
    return "".join(child.data for t in elements(node, "t") for child in t.childNodes)


def _span(cell: Any) -> int:
    spans = [s.getAttribute("w:val") for s in elements(cell, "gridSpan")]
    return int(spans[0]) if spans and spans[0].isdigit() else 1
