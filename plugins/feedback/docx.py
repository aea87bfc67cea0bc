"""The letter as a Word file: an office may add to it and put it on its own headed paper."""
from __future__ import annotations

from typing import Any

from core.api import PaperColumn, WordLine, WordPage, WordTable, word_file


def letter(one: dict[str, Any]) -> bytes:
    """The file of a letter as `letters` makes it: the letter, and its table on a page of its own."""
    return word_file(one["title"], one["issuer"], [WordPage(_letter(one)), WordPage(_attached(one), landscape=one["wide"])])


def _letter(one: dict[str, Any]) -> list[WordLine]:
    # The end of the text goes with the stamp, so that no page holds a stamp alone.
    *paragraphs, closing = one["paragraphs"]
    signer = [WordLine(f"签发人：{one['signer']}", aside=True, together=True)] if one["signer"] else []
    return [*_heading(one), WordLine(one["addressee"], align="left"), *(WordLine(text, indent=True) for text in paragraphs),
            WordLine(closing, indent=True, together=True), WordLine(f"附件：{one['table']}", indent=True, together=True, after=12),
            WordLine(f"{one['issuer']}（盖章）", aside=True, together=True), *signer, WordLine(one["date"], aside=True)]


def _heading(one: dict[str, Any]) -> list[WordLine]:
    head = [WordLine(one["issuer"], 34 if len(one["issuer"]) < 14 else 26, "center", "title", red=True)] if one["red_head"] else []
    number = [WordLine(one["number"], 14, "center" if one["red_head"] else "right", ruled=one["red_head"], after=8)]
    draft = [WordLine("（草稿，尚未签发）", 12, "right", red=True)] if one["draft"] else []
    # Broken where the sense allows it; the whole title is wider than the page.
    title = one["title"].replace("在职党员到社区", "在职党员\n到社区")
    return [*head, *(number if one["number"] or one["red_head"] else []), *draft, WordLine(title, 22, "center", "title", after=12)]


def _attached(one: dict[str, Any]) -> list[WordLine | WordTable]:
    columns = [PaperColumn(column["title"], column["share"], column["align"]) for column in one["columns"]]
    return [WordLine("附件", 14, "left", "heading", together=True), WordLine(one["table"], 18, "center", "title", together=True),
            WordLine(f"{one['addressee'].rstrip('：')}　{one['number']}", 11, "left", together=True, after=4),
            WordTable(columns, one["rows"], 9, 20), WordLine(one["note"], 8.5, "left")]
