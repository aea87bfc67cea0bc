"""The words for sorts, states and media, and a plain text as headings, paragraphs and lists."""
from __future__ import annotations

from core.api import _l

SORTS = {"practice": _l("好经验"), "story": _l("先进典型")}
STATES = {"draft": _l("待审核"), "published": _l("已发布"), "withdrawn": _l("已撤下")}
TONES = {"draft": "warn", "published": "good", "withdrawn": "neutral"}
MEDIA = {"press": _l("报刊"), "radio": _l("广播"), "television": _l("电视"), "internet": _l("网络")}


def blocks(text: str | None) -> list[tuple[str, list[str]]]:
    """A text as (heading | text | list, lines): a line that begins with # is a heading, with - an item; nothing else is markup."""
    found: list[tuple[str, list[str]]] = []
    for raw in (text or "").splitlines():
        line = raw.strip()
        if not line:
            found.append(("gap", []))
            continue
        kind = "heading" if line.startswith("#") else "list" if line[0] in "-·•" else "text"
        line = line.lstrip("#-·• ") or line
        if kind == "list" and found and found[-1][0] == "list":
            found[-1][1].append(line)
        else:
            found.append((kind, [line]))
    return [one for one in found if one[0] != "gap"]
