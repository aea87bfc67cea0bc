"""The page about the hooks says what the hookspecs say."""
from __future__ import annotations

import inspect
from pathlib import Path

from core.extension import hookspecs
from core.extension.hookspecs import RULES

PAGE = Path(__file__).parents[2] / "docs" / "hooks.md"


def section(name: str) -> str:
    """A hook's part of the page, made from its specification."""
    function, rule = getattr(hookspecs, name), RULES[name]
    lines = inspect.getdoc(function).split("\n")  # type: ignore[union-attr]
    verb = rule.verb + (f" → {rule.item.__name__}" if rule.item else "") + (" · holders" if rule.holders else "")
    points = "\n".join(f"- {line}" for line in lines[2:])
    return f"## {name}({', '.join(inspect.signature(function).parameters)})\n\n{verb}\n\n{lines[0]}\n\n{points}\n"


def test_the_page_is_the_specification() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page[page.index("\n## ") + 1:] == "\n".join(section(name) for name in RULES)


def test_every_hook_is_used_by_a_bundled_plugin() -> None:
    from plugins.points import plugin

    implemented = {name for name, value in vars(plugin.hooks).items() if hasattr(value, "baodao_impl")}
    assert implemented == set(RULES)
