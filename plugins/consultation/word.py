"""The letters as docx: the request with its reply slip, and the reply."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.api import PaperColumn, WordLine, WordPage, WordTable, word_file

_PEOPLE = (PaperColumn("序号", 0.7, "center"), PaperColumn("姓名", 1.5, "center"), PaperColumn("所在单位", 3.6, "center"), PaperColumn("报到情况", 1.7, "center"))
_ANSWERS = (PaperColumn("对象", 1.5, "center"), PaperColumn("意见", 1.6, "center"), PaperColumn("理由和说明", 4.4))
_SLIP = (PaperColumn("对象", 1.5, "center"), PaperColumn("意见（打勾选一项）", 2.4), PaperColumn("理由（除“同意”外请填写）", 3.6))
_LONG_SLIP = (PaperColumn("对象", 1.4, "center"), PaperColumn("意见（打勾选一项）", 3.8), PaperColumn("理由（除“同意”外请填写）", 2.4))
_MANY = 5  # with more people the boxes stand in two lines, so that the slip does not become a book
_BLANK_DAY = "　　　　年　　月　　日"


def letter(data: dict[str, Any]) -> bytes:
    """The file of a letter as `papers` makes it; the slip stands on a page of its own."""
    pages = [WordPage(_letter(data)), *([WordPage(_slip(data))] if data["slip"] else [])]
    return word_file(data["title"], data["sender"], pages, note=f"内部工作材料，请勿外传　系统编号 {data['code']}")


def _letter(data: dict[str, Any]) -> list[WordLine | WordTable]:
    blocks: list[WordLine | WordTable] = [
        WordLine(data["sender"], 30 if len(data["sender"]) < 15 else 24, "center", "title", red=True, ruled=True),
        WordLine(f"〔{data['year']}〕　　号", 14, "right"), WordLine(data["title"], 22, "center", "title", after=12),
        WordLine(f"{data['receiver']}：", align="left"), *(WordLine(one, indent=True, after=4) for one in data["paragraphs"])]
    if data["people"]:
        blocks.append(WordTable(_PEOPLE, [(str(number), one["name"], one["unit"], one["basis"]) for number, one in enumerate(data["people"], 1)]))
    if data["answers"]:
        blocks.append(WordTable(_ANSWERS, [(one["name"], one["opinion"], one["reason"]) for one in data["answers"]]))
    blocks.append(WordLine(data["closing"], indent=True, together=True, after=10))
    if data["signers"]:
        blocks.append(WordLine(f"签字：{data['signers']}", 14, "left", together=True, after=10))
    return [*blocks, *_stamp(data["sender"], data["date"])]


def _stamp(name: str, day: str) -> list[WordLine]:
    return [WordLine(name, aside=True, together=True), WordLine("（盖章）", aside=True, together=True), WordLine(day, aside=True)]


def _slip(data: dict[str, Any]) -> list[WordLine | WordTable]:
    boxes = [f"□ {one}" for one in data["opinions"]]
    table = WordTable(_SLIP, [(one, "\n".join(boxes), "") for one in data["slip_people"]], 12, 64)
    if len(data["slip_people"]) > _MANY:
        table = WordTable(_LONG_SLIP, [(one, _in_two(boxes), "") for one in data["slip_people"]], 11, 40)
    return [WordLine(f"{data['title']}（回执联）", 22, "center", "title", after=12), WordLine(f"{data['sender']}：", align="left"),
            WordLine(data["slip_says"], indent=True, together=True, after=6), table, WordLine("", 8, together=True),
            WordLine("签字人一：＿＿＿＿＿＿＿＿　　签字人二：＿＿＿＿＿＿＿＿", 14, "left", together=True, after=12), *_stamp(data["receiver"], _BLANK_DAY)]


def _in_two(boxes: Sequence[str]) -> str:
    """Boxes in two columns, one below the other."""
    width = max(len(one) for one in boxes[::2]) + 1
    return "\n".join("".join((left.ljust(width, "　"), *right)) for left, *right in (boxes[at:at + 2] for at in range(0, len(boxes), 2)))
