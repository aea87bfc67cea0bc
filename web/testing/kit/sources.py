"""Reads a plugin's Python without running it: what it imports, and what it writes to the audit log."""
from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Call:
    """One call of `audit`: patterns of what may be written as action and kind of thing; None where the code computes it."""

    line: int
    action: re.Pattern[str] | None
    object_type: re.Pattern[str] | None


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(module: ast.Module) -> Iterator[tuple[str, int]]:
    """Dotted names of the modules that are imported, also by `import_module("...")`, with their lines."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            # "from core import api" names the module in its second half
            yield from ((f"{node.module}.{a.name}" if node.module == "core" else str(node.module), node.lineno) for a in node.names[:1])
        elif isinstance(node, ast.Call) and called(node) in {"import_module", "__import__"} and isinstance((*node.args, None)[0], ast.Constant):
            yield str(node.args[0].value), node.lineno  # type: ignore[attr-defined]


def audit_calls(module: ast.Module) -> Iterator[Call]:
    """The calls of `audit(action, kind, ...)`."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and called(node) == "audit":
            given = dict(zip(("action", "object_type"), node.args, strict=False)) | {k.arg: k.value for k in node.keywords if k.arg}
            yield Call(node.lineno, _pattern(given.get("action")), _pattern(given.get("object_type")))


def called(node: ast.Call) -> str:
    """The last part of the name that is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""


def _pattern(value: ast.expr | None) -> re.Pattern[str] | None:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return re.compile(re.escape(value.value))
    if isinstance(value, ast.JoinedStr):
        return re.compile("".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else ".+" for p in value.values))
    return None
