"""Makes names comparable: one spelling, pinyin with the surname's right reading, and keys that sort as Chinese readers expect."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from core.members.surnames import COMPOUND, GIVEN, SURNAMES
from core.readings import PINYIN_DICT, Style, pinyin as dictionary_readings

DOT = "\N{MIDDLE DOT}"
HAN = "\u3007\u3400-\u9fff\U00020000-\U0003ffff"
HAS_HAN = re.compile(f"[{HAN}]")
DOTS = re.compile(r"\s*[·•‧∙⋅・･．]\s*")
FULL_STOP = re.compile(rf"(?<=[{HAN}])\s*\.\s*(?=[{HAN}])")
INNER_SPACE = re.compile(rf"(?<=[{HAN}])\s+(?=[{HAN}])")
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
VOWEL = re.compile("[aeiouv]")
TONE_MARKS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """What a typed query means, and the value to compare as a prefix with the column of that name."""

    kind: Literal["name", "pinyin", "initials"]
    value: str


def normalise_name(name: str) -> str:
    """The one stored spelling: NFC, no invisible characters, "王 芳" as 王芳, any dot between name parts as U+00B7."""
    if name.isalpha() and unicodedata.is_normalized("NFC", name):  # letters only, as nearly all names are
        return name
    text = DOTS.sub(DOT, INVISIBLE.sub("", unicodedata.normalize("NFC", name)))
    text = INNER_SPACE.sub("", FULL_STOP.sub(DOT, text))
    return " ".join(text.split())


def split_name(name: str) -> tuple[str, str]:
    """Surname and given name; a name with U+00B7 has no surname and comes back as ("", name)."""
    if DOT in name or not HAS_HAN.match(name):
        return "", name
    length = 2 if len(name) > 2 and name[:2] in COMPOUND else 1
    return name[:length], name[length:]


def sort_key(name: str) -> str:
    """The key for ORDER BY under the C collation: of each character the syllable, then the tone, then the character.

    ü sorts after u; a character without a known reading sorts after all others, by its code point.
    """
    return _spelling(name)[2]


def pinyin(name: str) -> str:
    """All syllables without blanks and tones, for prefix search: wangxiaoming. ü is v, as on a keyboard."""
    return _spelling(name)[0]


def initials(name: str) -> str:
    """The first letter of each syllable, for prefix search: wxm."""
    return _spelling(name)[1]


def spellings(names: Iterable[str]) -> list[tuple[str, str, str]]:
    """Pinyin, initials and sort key of each name, for a whole import: the readings are looked up once."""
    return [_spelling(name) for name in names]


def search_terms(query: str) -> SearchTerm:
    """Decide what was typed: Chinese is a name; letters are pinyin if they read as syllables (the last may be cut), else
    initials. "wangx" is pinyin, "wxm" and "zh" are initials.
    """
    text = normalise_name(query)
    letters = re.sub(r"[\s'’-]", "", text.lower().replace("ü", "v"))
    if not (letters.isascii() and letters.isalpha()):
        return SearchTerm("name", text)
    return SearchTerm("pinyin" if _is_spelt(letters) else "initials", letters)


@lru_cache(maxsize=8_192)
def _spelling(name: str) -> tuple[str, str, str]:
    surname, given = split_name(name)
    parts = [*_surname(surname), *map(_given, given)]
    return ("".join([syllable for syllable, _letter, _key in parts]), "".join([letter for _syllable, letter, _key in parts]),
            "".join([key for _syllable, _letter, key in parts]))


@lru_cache(maxsize=8_192)
def _surname(surname: str) -> tuple[tuple[str, str, str], ...]:
    readings = COMPOUND[surname] if len(surname) == 2 else [SURNAMES.get(char) or _reading(char) for char in surname]
    return tuple(_part(char, reading) for char, reading in zip(surname, readings, strict=True))


@lru_cache(maxsize=8_192)
def _given(char: str) -> tuple[str, str, str]:
    return _part(char, _reading(char))


def _part(char: str, reading: str) -> tuple[str, str, str]:
    """What a character adds to pinyin, initials and sort key."""
    return reading.rstrip("12345"), reading[:1], " " if char in (DOT, " ") else _sortable(reading) + char


def _reading(char: str) -> str:
    """Syllable and tone of a character; a Latin letter or digit stands for itself, anything else has no reading."""
    if char in GIVEN:
        return GIVEN[char]
    if ord(char) in PINYIN_DICT:
        return dictionary_readings(char, style=Style.TONE3, neutral_tone_with_five=True, v_to_u=False)[0][0]
    plain = unicodedata.normalize("NFKD", char)[:1].lower()
    return plain if plain.isascii() and plain.isalpha() else ""


def _sortable(reading: str) -> str:
    return reading.replace("v", "u:") if reading[:1] in ("l", "n") and "v" in reading else reading or "~"


def _is_spelt(letters: str) -> bool:
    """Whether letters split into syllables of which one has two letters or more; the last syllable may be incomplete."""
    syllables, beginnings = _syllables()
    reached = {0: False}
    for start in range(len(letters)):
        if start not in reached:
            continue
        rest, whole = letters[start:], reached[start]
        if whole and rest in beginnings:
            return True
        for length in range(1, min(6, len(rest)) + 1):
            if rest[:length] in syllables:
                reached[start + length] = reached.get(start + length, False) or whole or length > 1
    return reached.get(len(letters), False)


@lru_cache(maxsize=1)
def _syllables() -> tuple[frozenset[str], frozenset[str]]:
    marked = {PINYIN_DICT[code].partition(",")[0] for code in range(0x4E00, 0xA000) if code in PINYIN_DICT}
    found = (TONE_MARKS.sub("", unicodedata.normalize("NFD", m).replace("u\u0308", "v")) for m in marked)
    syllables = frozenset(s for s in found if s.isascii() and s.isalpha() and VOWEL.search(s))
    return syllables, frozenset(s[:end] for s in syllables for end in range(1, len(s) + 1))
