"""Reads a plugin's source for names that are written as text (settings, permissions, measures, terms, plugins, templates) before it runs.

A misspelt one would else be found by the first officer who opens that page. Only plain text in a direct call of a name of core.api
is looked at. What belongs to another plugin, which may not be installed here, is told only where it is nearly the name of
something that is.
"""
from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.spelling import did_you_mean, nearest

API = "core.api"
#: name in core.api: (position of the text among its arguments, what it names)
_NAMED = {"settings": (0, "setting"), "measure": (0, "measure"), "term": (0, "term"), "requires": (0, "permission"),
          "authorize": (1, "permission"), "allowed": (1, "permission"), "in_reach": (1, "permission"), "is_enabled": (0, "plugin"),
          "Panel": (1, "template")}
_TITLES = {"setting": "设置", "measure": "指标", "term": "用语", "permission": "权限", "plugin": "插件", "template": "模板"}
#: A module that calls none of these, nor imports one by another name, holds nothing that is looked at.
_LOOKED_AT = {*_NAMED, "acting"}
_WORTH_PARSING = re.compile(rf"\b(?:{'|'.join(sorted(_LOOKED_AT))})(?:\(| as )".encode())
_SKIPPED = {"migrations", "tests"}


@dataclass(frozen=True, slots=True)
class Names:
    """What exists: names by what they name, and the keys of each section of settings. `own` is the plugin's name."""

    own: str
    known: Mapping[str, Collection[str]]
    keys: Mapping[str, Collection[str]] = field(default_factory=dict)


def source_faults(place: Path, names: Names) -> Iterator[str]:
    """What is misspelt in the package at `place`, a folder or one module, each with its file and line."""
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    for path in files:
        shown = path.relative_to(place.parent)
        if not _SKIPPED & set(shown.parts[1:-1]):
            yield from (f"{shown.as_posix()} 第 {line} 行：{fault}" for line, fault in sorted(set(_faults(path, names))))


def _faults(path: Path, names: Names) -> Iterator[tuple[int, str]]:
    for line, what, text, section in read(path.read_bytes()):
        if section is not None:
            known = names.keys.get(section)
            fault = None if known is None or text in known else f"设置 {section} 没有 {text} 这一项{did_you_mean(text, known)}"
        else:
            fault = _unknown(what, text, names)
        if fault is not None:
            yield line, fault


#: One name that stands in a source: its line, what it names, the text, and for a key of settings the section (else None).
_Found = tuple[int, str, str, str | None]
_have_read: dict[bytes, tuple[_Found, ...]] = {}


def read(source: bytes) -> tuple[_Found, ...]:
    """The names in a source; each text is read once a process, however many registries look at it."""
    if API.encode() not in source or not _WORTH_PARSING.search(source):  # every process reads every plugin at its start
        return ()
    digest = hashlib.blake2b(source, digest_size=16).digest()
    if digest not in _have_read:
        _have_read[digest] = tuple(_found(ast.parse(source)))
    return _have_read[digest]


def _found(tree: ast.Module) -> Iterator[_Found]:
    nodes = _nodes(tree)
    local = _imported(nodes)
    for node in nodes if _LOOKED_AT & set(local.values()) else ():
        if isinstance(node, ast.Call) and (named := _text_of(node, local)) is not None:
            yield node.lineno, *named, None
        elif isinstance(node, ast.FunctionDef | ast.Module) and "settings" in local.values():
            yield from _keys(node, nodes if node is tree else _nodes(node), local)


def _nodes(root: ast.AST) -> list[ast.AST]:
    """As `ast.walk`, in a third of its time: every process reads every plugin at its start."""
    found = [root]
    for node in found:  # which grows meanwhile
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                found.extend(item for item in value if isinstance(item, ast.AST))
            elif isinstance(value, ast.AST) and name != "ctx":
                found.append(value)
    return found


def _imported(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """Local name: name in core.api."""
    return {alias.asname or alias.name: alias.name for node in nodes
            if isinstance(node, ast.ImportFrom) and node.module == API for alias in node.names}


def _text_of(call: ast.Call, local: Mapping[str, str]) -> tuple[str, str] | None:
    """What the call names, and its text; None where it names nothing that is known now."""
    function = call.func
    if isinstance(function, ast.Name) and (wanted := _NAMED.get(local.get(function.id, ""))):
        position, what = wanted
    elif isinstance(function, ast.Attribute) and function.attr in ("can", "paths") and _calls(function.value, "acting", local):
        position, what = 0, "permission"
    else:
        return None
    given = call.args[position] if position < len(call.args) else None
    return (what, given.value) if isinstance(given, ast.Constant) and isinstance(given.value, str) else None


def _calls(node: ast.AST, name: str, local: Mapping[str, str]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and local.get(node.func.id) == name


def _unknown(what: str, text: str, names: Names) -> str | None:
    known = names.known.get(what)
    if known is None or text in known:
        return None
    own = text.partition("/" if what == "template" else ".")[0] == names.own or what == "term"
    if not own and nearest(text, known) is None:
        return None
    return f"没有名为 {text} 的{_TITLES[what]}{did_you_mean(text, known)}"


def _keys(scope: ast.FunctionDef | ast.Module, nodes: Iterable[ast.AST], local: Mapping[str, str]) -> Iterator[_Found]:
    """Keys of settings: of settings("x") itself, and of a variable that is given it once in the function."""
    held: dict[str, list[str | None]] = {}
    for node in nodes if isinstance(scope, ast.FunctionDef) else ():
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr | ast.For):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    held.setdefault(target.id, []).append(None if isinstance(node, ast.For) else _section(node.value, local))
    for node in nodes:
        if (found := _item(node)) is not None:
            base, key = found
            section = (held.get(base.id) or [None])[0] if isinstance(base, ast.Name) and len(held.get(base.id, ())) == 1 else _section(base, local)
            if section is not None:
                yield getattr(node, "lineno", 0), "key", key, section


def _item(node: ast.AST) -> tuple[ast.AST, str] | None:
    """In x["key"] and x.get("key"): x, and the key."""
    if isinstance(node, ast.Subscript):
        base, key = node.value, node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        base, key = node.func.value, node.args[0]
    else:
        return None
    return (base, key.value) if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def _section(node: ast.AST | None, local: Mapping[str, str]) -> str | None:
    found = _text_of(node, local) if isinstance(node, ast.Call) else None
    return found[1] if found is not None and found[0] == "setting" else None
