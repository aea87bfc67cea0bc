"""Writes TOML, which Python only reads: the few shapes that a profile file has, with a comment in words beside each line."""
from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
BLANK = "{ blank = true }"  # TOML has no null; tenants.profile reads it back as nothing at all


def table(path: Iterable[str], values: Mapping[str, Any] | None = None, comments: Mapping[str, str] | None = None) -> list[str]:
    """The lines of one table: its head, and each value below its comment."""
    return ["", f"[{'.'.join(map(key, path))}]", *pairs(values or {}, comments)]


def pairs(values: Mapping[str, Any], comments: Mapping[str, str] | None = None) -> list[str]:
    """A line for each value, below its comment."""
    lines = []
    for name, value in values.items():
        if said := (comments or {}).get(name):
            lines.append(comment(said))
        lines.append(f"{key(name)} = {literal(value)}")
    return lines


def comment(text: str) -> str:
    """A comment of one line."""
    return f"# {' '.join(text.split())}"


def key(name: str) -> str:
    """A key, quoted where it must be."""
    return name if _BARE.match(name) else _string(name)


def literal(value: Any) -> str:
    """A JSON value as TOML."""
    if value is None:
        return BLANK
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key(k)} = {literal(v)}' for k, v in value.items())} }}" if value else "{}"
    return repr(value)


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
