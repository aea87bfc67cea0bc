"""The marks that stand for a value in a layout while it is read: put into its XML, written out with it, and cut at afterwards.

Used by the child process only, so it imports nothing of Baodao.
"""
from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeAlias

Slot: TypeAlias = dict[str, Any]
Item: TypeAlias = "str | Slot"
# Private-use characters: no keyboard writes them, and a layout that holds one is cleaned of it.
_OPEN, _SHUT = "\ue0f0", "\ue0f1"
MARKS = re.compile(f"[{_OPEN}{_SHUT}]")
_MARK = re.compile(f"{_OPEN}([0-9]+){_SHUT}")
PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")
BEGIN, END = "rows-begin", "rows-end"
ROWS = ("row.", "明细.")  # what names begin with that stand for a value of the repeated row


class Found:
    """What reading a layout finds: slots by number, placeholders with their place, errors, and notes on what is left out."""

    def __init__(self) -> None:
        self.slots: list[Slot] = []
        self.names: list[dict[str, str]] = []
        self.errors: list[dict[str, str]] = []
        self.notes: set[str] = set()

    def mark(self, slot: Slot) -> str:
        """The text that stands for the slot."""
        self.slots.append(slot)
        return f"{_OPEN}{len(self.slots) - 1}{_SHUT}"

    def error(self, code: str, place: str, text: str = "") -> None:
        """Note what is wrong; the parent has the sentences."""
        self.errors.append({"code": code, "place": place, "text": text[:80]})

    def parts(self, text: str, place: str, section: str) -> list[Any] | None:
        """A text as literals and placeholders, `[[name], "literal", ...]`; None for a text without any."""
        if "｛｛" in text or "｝｝" in text:
            self.error("wide", place, text)
            return None
        rest = PLACEHOLDER.sub("", text)
        if "{{" in rest or "}}" in rest or "{%" in rest or "{#" in rest:
            self.error("braces", place, text)
            return None
        pieces = PLACEHOLDER.split(text)
        if len(pieces) == 1:
            return None
        for name in pieces[1::2]:
            self.names.append({"place": place, "name": name.strip(), "section": section})
        parts: list[Any] = [[piece.strip()] if number % 2 else piece for number, piece in enumerate(pieces)]
        return [part for part in parts if part != ""]

    def cut(self, xml: str) -> list[Item]:
        """The written XML as literals and slots."""
        pieces = _MARK.split(xml)
        items: list[Item] = [self.slots[int(piece)] if number % 2 else piece for number, piece in enumerate(pieces)]
        return [item for item in items if item != ""]


def names_in(text: str) -> list[str]:
    """The placeholders of a text, whatever else is wrong with it."""
    return [name.strip() for name in PLACEHOLDER.findall(text)]


def sections(items: Iterable[Item]) -> dict[str, list[Item]]:
    """The items before, in and after the repeated row; all in `head` when none is repeated."""
    found: dict[str, list[Item]] = {"head": [], "row": [], "tail": []}
    where = "head"
    for item in items:
        if isinstance(item, dict) and item["k"] in (BEGIN, END):
            where = "row" if item["k"] == BEGIN else "tail"
        else:
            found[where].append(item)
    return found
