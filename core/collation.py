"""A stored sort key for Chinese text, since the server's collations differ and may lack ICU."""
from __future__ import annotations

from functools import cache

from core.readings import Style, pinyin


def sort_key(text: str) -> str:
    """A key whose byte order is the dictionary's: syllable and tone of each character, then the character itself.

    Meant for names of places and units; people's names have readings of their own (core.members.names).
    """
    return " ".join(_character(c) for c in text.strip())[:400]


@cache
def _character(character: str) -> str:
    if character.isascii():
        return character.lower()
    reading = pinyin(character, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore")
    return f"{reading[0][0] if reading else '~'}{character}"
