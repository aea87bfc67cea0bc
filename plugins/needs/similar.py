"""How alike two texts are, and the words that show it: pairs of characters, which need no dictionary."""
from __future__ import annotations

import unicodedata
from itertools import pairwise

ENOUGH = 0.3
LONGEST = 400
SHOWN = 4
#: Words that stand in nearly every need and say nothing.
_COMMON = ("希望", "我们", "社区", "小区", "能够", "可以", "没有", "一个", "请帮", "帮忙", "能否", "需要", "我家", "他们", "大家", "居民", "时候", "现在")


def alike(one: str, other: str) -> tuple[float, tuple[str, ...]]:
    """A score from 0 to 1 and the longest words in common; no words when the texts are not alike enough to say so."""
    left, right = _plain(one), _plain(other)
    pairs, others = _pairs(left), _pairs(right)
    shared = pairs & others
    if not shared:
        return 0.0, ()
    score = len(shared) / min(len(pairs), len(others))  # a short text that lies within a long one is alike
    return (score, _runs(left, shared)) if score >= ENOUGH and len(shared) >= 2 else (score, ())


def _plain(text: str) -> str:
    """Letters, digits and characters alone, in one width and case, parts divided by blanks."""
    kept = "".join(c if c.isalnum() else " " for c in unicodedata.normalize("NFKC", text[:LONGEST]).casefold())
    for word in _COMMON:
        kept = kept.replace(word, " ")
    return " ".join(kept.split())


def _pairs(text: str) -> frozenset[str]:
    return frozenset(pair for a, b in pairwise(text) if " " not in (pair := a + b))


def _runs(text: str, shared: frozenset[str]) -> tuple[str, ...]:
    """The parts of the text that consist of shared pairs, the longest first."""
    runs, start = [], None
    for position in range(len(text)):
        if text[position:position + 2] in shared:
            start = position if start is None else start
        elif start is not None:
            runs.append(text[start:position + 1])
            start = None
    return tuple(sorted(dict.fromkeys(runs), key=len, reverse=True)[:SHOWN])
