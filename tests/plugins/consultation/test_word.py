"""The letters in Word: name, stamp and date stay together, and the slip of many people is no book."""
from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from plugins.consultation import word

DATA: dict[str, Any] = {
    "tenant": "武汉市", "year": 2026, "code": "9F31C0AB", "opinions": ["同意", "同意，另有说明", "有不同意见", "不了解，无法评价"], "title": "征求意见函",
    "sender": "武汉市实验小学", "receiver": "科大社区", "people": [], "answers": [], "slip": True, "paragraphs": ["因评先表优，现征求意见。"],
    "closing": "请答复。", "date": "2026年11月30日", "signers": "王芳", "slip_says": "现答复如下：", "slip_people": ["张三"]}


def paragraphs(data: dict[str, Any]) -> list[tuple[bool, str]]:
    """Whether each stays with the next, and its text."""
    with zipfile.ZipFile(io.BytesIO(word.letter(data))) as archive:
        xml = archive.read("word/document.xml").decode()
    return [("<w:keepNext/>" in one, "\n".join(re.findall(r"<w:t [^>]*>([^<]*)</w:t>", one))) for one in re.findall(r"<w:p>.*?</w:p>", xml, re.DOTALL)]


def test_the_end_of_the_text_goes_with_name_stamp_and_date() -> None:
    found = paragraphs(DATA)
    at = [text for _kept, text in found].index("请答复。")
    assert found[at:at + 5] == [(True, "请答复。"), (True, "签字：王芳"), (True, "武汉市实验小学"), (True, "（盖章）"), (False, "2026年11月30日")]


def test_boxes_stand_one_below_the_other_and_in_two_columns_for_many() -> None:
    assert (False, "□ 同意\n□ 同意，另有说明\n□ 有不同意见\n□ 不了解，无法评价") in paragraphs(DATA)
    many = [text for _kept, text in paragraphs({**DATA, "slip_people": ["张三"] * 6}) if text.startswith("□")]
    assert many == ["□ 同意　　　　□ 同意，另有说明\n□ 有不同意见　□ 不了解，无法评价"] * 6
