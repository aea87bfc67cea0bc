"""The page about the hooks says what the hookspecs say, and each hook has a bundled plugin that uses it."""
from __future__ import annotations

import configparser
import importlib
import inspect
import pkgutil
from collections.abc import Iterable
from pathlib import Path

import plugins
from core.extension import hookspecs
from core.extension.checks import hook_functions
from core.extension.hookspecs import RULES
from core.extension.manifest import Plugin
from tests.support.plugins import make_plugin

PAGE = Path(__file__).parents[2] / "docs" / "hooks.md"
#: Hooks of the service loop, whose example is the bundled plugin that uses them; the others' stands in docs/examples.
BUNDLED = {"matter_opened": "needs", "matter_closed": "needs", "claim_taken": "posts", "claim_ended": "pledges", "matter_makers": "posts",
           "matter_drafts": "needs", "claim_parts": "pledges", "claim_panels": "pledges", "feedback_arrived": "feedback", "overview_figures": "wishes",
           "desk_items": "pledges", "member_year_parts": "pledges"}


def section(name: str) -> str:
    """A hook's part of the page, made from its specification; the example is the function of that name in docs/examples or a bundled plugin."""
    function, rule = getattr(hookspecs, name), RULES[name]
    signature = str(inspect.signature(function)).replace("'", "")
    lines = inspect.getdoc(function).split("\n")  # type: ignore[union-attr]
    verb = rule.verb + (f" → {rule.item.__name__}" if rule.item else "") + (" · holders" if rule.holders else "")
    points = "\n".join(f"- {line}" for line in lines[2:])
    place = f"../plugins/{BUNDLED[name]}/hooks.py" if name in BUNDLED else "examples/tally/hooks.py"
    example = f"```{{literalinclude}} {place}\n:pyobject: {name}\n```"
    return f"## {name}\n\n`{name}{signature}`\n\n{verb}\n\n{lines[0]}\n\n{points}\n\n{example}\n"


def test_the_page_is_the_specification() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page[page.index("\n## ") + 1:] == "\n".join(section(name) for name in RULES)


def bundled() -> list[Plugin]:
    """The plugins in the folder of the bundled ones."""
    return [importlib.import_module(f"plugins.{found.name}").plugin for found in pkgutil.iter_modules(plugins.__path__)]


def unused(given: Iterable[Plugin]) -> list[str]:
    """Hooks that none of the plugins implements."""
    used = {name for plugin in given for name in hook_functions(plugin)}
    return [name for name in RULES if name not in used]


def test_every_hook_is_used_by_a_bundled_plugin() -> None:
    assert unused(bundled()) == []


def test_twin_a_hook_without_user_is_found() -> None:
    sample = make_plugin("sample", {"record_counted": lambda record: None})
    assert unused([sample]) == [name for name in RULES if name != "record_counted"]


def test_every_bundled_plugin_is_announced_to_pip() -> None:
    setup = configparser.ConfigParser()
    setup.read(PAGE.parents[1] / "setup.cfg", encoding="utf-8")
    announced = [line.strip() for line in setup["options.entry_points"]["baodao.plugins"].splitlines() if line.strip()]
    assert announced == [f"{plugin.name} = plugins.{plugin.name}:plugin" for plugin in bundled()]
