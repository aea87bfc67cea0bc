"""The English translation is complete, and its placeholders are those of the Chinese source."""
from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest

from core import translations_tool
from core.translations_tool import Domain, domains, missing, translated, untranslated_sources

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ALL = pytest.mark.parametrize("domain", domains(), ids=lambda domain: domain.name)
# Proper names and quoted Chinese words an English reader needs as they are printed.
#: Texts that quote what is typed, or stands in a file, in Chinese whatever the reader's language.
KEPT_CHINESE = {"中文", "{姓名} {称号} {单位} {年度} 会换成实际内容",
                 "“%(line)s”看不懂，请写成“周六 9:00-11:30”，每行一个。", "每行一个，如“周六 9:00-11:30”", "请按“周六 9:00-11:30”填写",
                "每行一类，等号后面写对应的服务类别，如“健康咨询=健康义诊”", "没有找到“内容”这一列。请下载模板，把内容粘贴进去再上传。", "缺少“内容”列",
                "每行一类。服务类别与岗位名称不同的，写成“楼栋长：其他”，冒号后面是“服务纪实”中的服务类别。"}


@pytest.fixture(scope="module", autouse=True)
def read_once() -> Iterator[None]:
    """The sources do not change between these tests, and reading all of them takes 4 s."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(translations_tool, "extracted", cache(translations_tool.extracted))
        yield


def _first(text: object) -> str:
    return text if isinstance(text, str) else text[0]  # type: ignore[index]


@ALL
def test_every_text_has_an_english_translation(domain: Domain) -> None:
    found = [(_first(message.id), message.locations) for message in missing(domain)]
    assert found == [], "run `python -m core.translations_tool missing`, translate, then `fill`"


@ALL
def test_sources_are_chinese(domain: Domain) -> None:
    assert untranslated_sources(domain) == []


@ALL
def test_placeholders_agree_and_no_chinese_is_left(domain: Domain) -> None:
    wrong = []
    for message in translated(domain):
        ids = (message.id,) if isinstance(message.id, str) else message.id
        strings = (message.string,) if isinstance(message.string, str) else message.string
        expected = set(PLACEHOLDER.findall(" ".join(ids)))
        if any(set(PLACEHOLDER.findall(text)) - expected for text in strings) or set(PLACEHOLDER.findall(strings[-1])) != expected:
            wrong.append(("placeholders", ids[0]))
        if any(CHINESE.search(text) for text in strings) and ids[0] not in KEPT_CHINESE:
            wrong.append(("Chinese left", ids[0]))
    assert wrong == []
