"""Names: one spelling, the surname's right reading, and an order that Chinese readers expect."""
from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings, strategies as st

from core.members.names import SearchTerm, initials, normalise_name, pinyin, search_terms, sort_key, split_name

HAN_NAMES = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=4)


def _sorted(names: list[str]) -> list[str]:
    """The order of PostgreSQL's C collation: by bytes."""
    return sorted(names, key=lambda name: sort_key(name).encode())


@pytest.mark.parametrize(("name", "expected"), [
    ("王小明", "wangxiaoming"), ("单雄信", "shanxiongxin"), ("曾国藩", "zengguofan"), ("仇英", "qiuying"), ("解缙", "xiejin"),
    ("区寄", "ouji"), ("查良镛", "zhaliangyong"), ("盖叫天", "gejiaotian"), ("朴顺子", "piaoshunzi"), ("尉迟恭", "yuchigong"),
    ("尉景", "weijing"), ("缪楚", "miaochu"), ("牟天子", "moutianzi"), ("乜贵", "niegui"), ("逄丽", "pangli"), ("郇明", "xunming"),
    ("亓勇", "qiyong"), ("么红", "yaohong"), ("任伟", "renwei"), ("华罗庚", "hualuogeng"), ("覃晟", "qinsheng"), ("冼星海", "xianxinghai"),
    ("翟志刚", "zhaizhigang"), ("尹力", "yinli"), ("万俟卨", "moqixie"), ("澹台明", "tantaiming"), ("欧阳修", "ouyangxiu"),
    ("吕布", "lvbu"), ("卜算", "busuan"), ("王䶮", "wangyan"), ("李𬭎", "lihong"), ("张𬱖", "zhangdi"), ("陈𫖯", "chenfu"),
    ("杨𬍛", "yangli"), ("买买提·吐尔逊", "maimaitituerxun"), ("查干·巴特尔", "chaganbateer"), ("John Smith", "johnsmith"),
])
def test_pinyin_reads_the_surname_as_its_bearers_do(name: str, expected: str) -> None:
    assert pinyin(name) == expected


def test_the_reading_of_a_surname_stays_with_the_surname() -> None:
    assert [pinyin(name) for name in ("王单", "王查", "王解", "王乐")] == ["wangdan", "wangcha", "wangjie", "wangle"]


@pytest.mark.parametrize(("name", "expected"), [("王小明", "wxm"), ("曾志伟", "zzw"), ("欧阳娜娜", "oynn"), ("买买提·吐尔逊", "mmttex")])
def test_initials(name: str, expected: str) -> None:
    assert initials(name) == expected


@pytest.mark.parametrize(("name", "expected"), [
    ("欧阳娜娜", ("欧阳", "娜娜")), ("欧阳", ("欧", "阳")), ("王芳", ("王", "芳")), ("买买提·吐尔逊", ("", "买买提·吐尔逊")), ("Ada", ("", "Ada")), ("", ("", ""))])
def test_split_name(name: str, expected: tuple[str, str]) -> None:
    assert split_name(name) == expected


def test_order_is_syllable_then_tone_then_character() -> None:
    expected = ["安欣", "陈方", "陈方明", "陈芳", "鲁迅", "吕布", "栾平", "万里", "王芳", "王䶮", "曾真", "查良", "翟明"]
    shuffled = random.Random(7).sample(expected, len(expected))
    assert _sorted(shuffled) == expected


def test_people_of_one_surname_stand_together() -> None:
    assert _sorted(["李安", "黎明", "里奇", "李子", "里安"]) == ["黎明", "李安", "李子", "里安", "里奇"]


def test_characters_without_a_reading_sort_last_by_code_point() -> None:
    assert _sorted(["\U0003134A一", "\ue170一", "祖一", "\U00031349一"]) == ["祖一", "\ue170一", "\U00031349一", "\U0003134A一"]


@settings(deadline=None)
@given(HAN_NAMES, HAN_NAMES)
def test_different_names_have_different_keys(one: str, other: str) -> None:
    assert (sort_key(one) == sort_key(other)) is (one == other)


@settings(deadline=None)
@given(st.text(max_size=12))
def test_any_text_has_keys_and_a_stable_spelling(text: str) -> None:
    name = normalise_name(text)
    sort_key(text), pinyin(text), initials(text), search_terms(text)
    assert normalise_name(name) == name


@pytest.mark.parametrize(("typed", "stored"), [
    (" 王 芳 ", "王芳"), ("王\u3000芳", "王芳"), ("欧阳 娜娜", "欧阳娜娜"), ("买买提•吐尔逊", "买买提·吐尔逊"), ("买买提 ‧ 吐尔逊", "买买提·吐尔逊"),
    ("买买提．吐尔逊", "买买提·吐尔逊"), ("买买提.吐尔逊", "买买提·吐尔逊"), ("买买提・吐尔逊", "买买提·吐尔逊"), ("John  Smith", "John Smith"),
    ("王\u200b芳\ufeff", "王芳"), ("\uf9e1四", "李四"), ("李\U000e0100四", "李四")])
def test_one_spelling(typed: str, stored: str) -> None:
    assert normalise_name(typed) == stored


@pytest.mark.parametrize(("query", "kind", "value"), [
    ("王 芳", "name", "王芳"), ("wangx", "pinyin", "wangx"), ("Wang Xiao Ming", "pinyin", "wangxiaoming"), ("wxm", "initials", "wxm"),
    ("zh", "initials", "zh"), ("w", "initials", "w"), ("an", "pinyin", "an"), ("ali", "pinyin", "ali"), ("ahm", "initials", "ahm"),
    ("lü", "pinyin", "lv"), ("138", "name", "138"), ("  ", "name", "")])
def test_search_terms(query: str, kind: str, value: str) -> None:
    assert search_terms(query) == SearchTerm(kind, value)  # type: ignore[arg-type]


@settings(deadline=None)
@given(HAN_NAMES.filter(lambda name: all(ch not in "嗯唔呒呣哼噷" for ch in name)))
def test_a_name_is_found_by_its_own_initials_or_pinyin(name: str) -> None:
    for spelling in (pinyin(name), initials(name)):
        term = search_terms(spelling)
        assert term.value == spelling


def test_ten_thousand_names_in_under_a_second() -> None:
    names = [a + b + c for a in "王李张刘陈单曾欧尉区" for b in "小大明红国建志文海天" for c in "明红国建志文海天安平"] * 10
    start = time.process_time()  # of this process, whatever else the machine does
    for name in names:
        sort_key(name), pinyin(name), initials(name)
    assert (len(names), time.process_time() - start < 1) == (10_000, True)
