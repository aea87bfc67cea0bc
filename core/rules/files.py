"""Rule packs as TOML files: shipped by plugins as examples, handed from city to city, kept beside other papers."""
from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import tomli_w

from core.errors import Invalid, NotFound
from core.extension.rule_kinds import RuleKind
from core.i18n import _
from core.rules.packs import checked

LARGEST = 512 * 1024  # bytes of a pack's file


@dataclass(frozen=True, slots=True)
class Example:
    """A pack that a plugin ships. `name` is the file's name without its ending."""

    name: str
    title: str
    source: Mapping[str, Any]
    document: Mapping[str, Any]


def examples(kind: RuleKind) -> list[Example]:
    """The shipped packs of a kind, by file name."""
    if kind.examples is None:
        return []
    found = []
    for path in sorted(kind.examples.glob("*.toml")):
        document = checked(kind, parse(path.read_bytes()))
        found.append(Example(path.stem, document["title"], document["source"], document))
    return found


def example(kind: RuleKind, name: str) -> Example:
    """One of them. Raises NotFound."""
    for one in examples(kind):
        if one.name == name:
            return one
    raise NotFound


def parse(content: bytes) -> dict[str, Any]:
    """A file's document, not yet checked by its kind's schema. Raises Invalid naming line and column."""
    if len(content) > LARGEST:
        raise Invalid(_("文件太大：规则文件不应超过 %(size)s KB。", size=LARGEST // 1024))
    try:
        document = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Invalid(_("文件不是 UTF-8 编码的文本。")) from error
    except tomllib.TOMLDecodeError as error:
        raise Invalid(_("文件不是有效的 TOML：%(error)s", error=str(error))) from error
    plain: dict[str, Any] = _plain(document)
    return plain


def write(document: Mapping[str, Any]) -> bytes:
    """The document as a file which `parse` reads back; what is empty is left out, since the schema knows it."""
    return tomli_w.dumps(_without_nothing(document), multiline_strings=False).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value


def _without_nothing(value: Any) -> Any:
    if isinstance(value, Mapping):
        parts = {key: _without_nothing(part) for key, part in value.items()}
        return {key: part for key, part in parts.items() if part is not None and part not in ("", [], {})}
    return [_without_nothing(part) for part in value] if isinstance(value, list | tuple) else value
