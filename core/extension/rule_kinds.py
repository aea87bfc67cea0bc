"""A kind of rule pack that a plugin brings: its document's schema, its words, and how a draft is tried on the past."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marshmallow import Schema


@dataclass(frozen=True, slots=True)
class PackVersion:
    """One version of one scheme, as data. `effective_from`: the first day on which it holds; None for a draft."""

    id: uuid.UUID
    kind: str
    name: str
    version: int
    title: str
    document: Mapping[str, Any]
    effective_from: dt.date | None
    ended_on: dt.date | None
    announced_on: dt.date | None
    organization_id: uuid.UUID | None


def no_faults(_document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """No fault beyond what the schema finds."""
    return []


def do_nothing(_pack: PackVersion) -> None:
    """Nothing is to be done when a version is published."""


@dataclass(frozen=True, slots=True, eq=False)
class RuleKind:
    """One kind of rule pack. `name` begins with the plugin's name; a document is the JSON that `schema` dumps.

    `describe`: the document in sentences for people. `check`: faults across fields, as (path, sentence), such as
    ("rules/0/category", "..."). `rehearse(document, since, until, name)`: a select of member_id, before, after (int) and why
    (jsonb or null), days included, which changes nothing; `show(value, document)` puts such a value and `why(why, document)` its
    explanation into words. `published` is called in the transaction that publishes a version. `examples`: a folder of *.toml packs.
    `otherwise` says in a sentence what holds while nothing is published. `local`: counties may have their own; `several`: several schemes may stand side by side.
    """

    name: str
    title: Any
    schema: type[Schema]
    describe: Callable[[Mapping[str, Any]], Sequence[str]]
    rehearse: Callable[[Mapping[str, Any], dt.date, dt.date, str], Any]
    show: Callable[[int, Mapping[str, Any]], str]
    why: Callable[[Mapping[str, Any] | None, Mapping[str, Any]], str]
    check: Callable[[Mapping[str, Any]], list[tuple[str, str]]] = no_faults
    published: Callable[[PackVersion], None] = do_nothing
    examples: Path | None = None
    local: bool = False
    several: bool = False
    otherwise: Any = ""
