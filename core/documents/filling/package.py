"""Opens the zip of a layout: which parts it may have, none that acts, none from elsewhere; and parses its XML.

Used by the child process only.
"""
from __future__ import annotations

import re
import zipfile
from typing import Any
from xml.dom import minidom

from slots import MARKS, Found  # type: ignore[import-not-found]

MIB = 1024 * 1024
# What a part is kept for; anything else of the package is left out, what acts is refused.
KEPT = {
    "xlsx": re.compile(r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(app|core)\.xml|xl/workbook\.xml|xl/_rels/workbook\.xml\.rels"
                       r"|xl/worksheets/sheet[0-9]{1,3}\.xml|xl/styles\.xml|xl/sharedStrings\.xml|xl/theme/theme[0-9]{1,2}\.xml"),
    "docx": re.compile(r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(app|core)\.xml|word/(document|styles|settings|fontTable|numbering"
                       r"|webSettings|footnotes|endnotes|header[0-9]{1,3}|footer[0-9]{1,3})\.xml|word/theme/theme[0-9]{1,2}\.xml"
                       r"|word/_rels/document\.xml\.rels"),
}
ACTING = {
    "macros": re.compile(r"vbaProject|\.bas$|macrosheets/", re.IGNORECASE),
    "external": re.compile(r"externalLinks/|connections\.xml|queryTables/|customData/", re.IGNORECASE),
    "objects": re.compile(r"embeddings/|activeX/|ctrlProps/|oleObject", re.IGNORECASE),
    "pictures": re.compile(r"/media/|drawings?[0-9]*\.xml$", re.IGNORECASE),
}
_EXTERNAL = re.compile(r"TargetMode\s*=\s*[\"']External", re.IGNORECASE)
_AUTHOR = re.compile(r"<(dc:creator|cp:lastModifiedBy)>.*?</\1>", re.DOTALL)


def load(archive: zipfile.ZipFile, kind: str, found: Found) -> dict[str, str]:
    """The kept parts as text, the author's name taken out; errors for what acts or points elsewhere."""
    parts: dict[str, str] = {}
    for entry in archive.infolist():
        name = entry.filename
        for code, pattern in ACTING.items():
            if pattern.search(name):
                found.error(code, name)
        if not KEPT[kind].fullmatch(name) and not name.endswith(".rels"):
            continue
        text = archive.read(entry).decode("utf-8-sig")
        if name.endswith(".rels") and _EXTERNAL.search(text):
            found.error("links" if "hyperlink" in text else "external", name)
        if KEPT[kind].fullmatch(name):
            parts[name] = _AUTHOR.sub(r"<\1></\1>", MARKS.sub("", text))
    return parts


def parse(text: str) -> Any:
    """The document of a part, with its prefixes as they are."""
    return minidom.parseString(text.encode())  # noqa: S318 -- declarations, and with them entities, were refused


def elements(node: Any, name: str) -> list[Any]:
    """The elements of that local name below `node`, in order, whatever their prefix."""
    return list(node.getElementsByTagNameNS("*", name))


def children(node: Any, name: str | None = None) -> list[Any]:
    """The direct child elements, all or those of a local name."""
    return [child for child in node.childNodes if child.nodeType == child.ELEMENT_NODE and name in (None, child.localName)]


def text_of(node: Any) -> str:
    """The text of an element's `t` children, without the readings that Japanese editions add."""
    return "".join(child.data for t in elements(node, "t") if t.parentNode.localName != "rPh" for child in t.childNodes)


def drop_relations(parts: dict[str, str], rels: str) -> None:
    """Let the relations and the content types name kept parts only; otherwise programs call the file damaged."""
    folder = rels.partition("_rels/")[0]
    document = parse(parts[rels])
    for relation in elements(document, "Relationship"):
        target = relation.getAttribute("Target")
        if (target[1:] if target.startswith("/") else folder + target) not in parts:
            relation.parentNode.removeChild(relation)
    parts[rels] = document.toxml()


def drop_types(parts: dict[str, str]) -> None:
    """The same for the list of content types, of which the package's own relations are the other half."""
    document = parse(parts["[Content_Types].xml"])
    for override in elements(document, "Override"):
        if override.getAttribute("PartName").removeprefix("/") not in parts:
            override.parentNode.removeChild(override)
    parts["[Content_Types].xml"] = document.toxml()
