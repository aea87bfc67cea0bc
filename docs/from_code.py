"""Sphinx directives that lay what only the code knows into the pages, at each build, so that it cannot go stale.

`{list} permissions` stands for one of docs/lists.py, `{names} audit enqueue` for names of core.api with signature and docstring,
`{pages} attempt` for names of core.pages, and `{rest}` for those of core.api that no group has; what a value such as API_VERSION means is
said inside the directive.
"""
from __future__ import annotations

import inspect
import re
from types import ModuleType

import lists
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from core import api, pages
from core.logs import configure_logging
from tenants.loading import load_plugins


class ListDirective(SphinxDirective):
    """A table made from the code by the function of `lists.LISTS` with this name."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The parsed table; an unknown name fails the build."""
        return self.parse_text_to_nodes("\n".join(lists.LISTS[self.arguments[0]]()))


class RestDirective(SphinxDirective):
    """The names of core.api that are in no group of this page."""

    def run(self) -> list[nodes.Node]:
        """The parsed entries, in the order of `core.api.__all__`."""
        page = self.env.doc2path(self.env.docname).read_text(encoding="utf-8")
        grouped = {name for group in re.findall(r"^```{names} (.*)$", page, re.MULTILINE) for name in group.split()}
        lines = [line for name in api.__all__ if name not in grouped for line in _entry(api, name, [])]
        return self.parse_text_to_nodes("\n".join(lines or ["Nothing: every name stands in one of the groups above."]))


class NamesDirective(SphinxDirective):
    """Names of core.api, each documented from its docstring by autodoc, and values by what stands in the directive."""

    home: ModuleType = api
    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """The parsed entries; a name that core.api lacks fails the build."""
        lines = [line for name in self.arguments[0].split() for line in _entry(self.home, name, list(self.content))]
        return self.parse_text_to_nodes("\n".join(lines))


class PagesDirective(NamesDirective):
    """The same for names of core.pages."""

    home = pages


def _entry(home: ModuleType, name: str, said: list[str]) -> list[str]:
    value = getattr(home, name)
    if inspect.isclass(value):
        kind = "exception" if issubclass(value, BaseException) else "class"
        body = [f".. auto{kind}:: {home.__name__}.{name}", "   :members:", "   :exclude-members: metadata, registry, tenant_id"]
    elif inspect.isroutine(value):
        body = [f".. autofunction:: {home.__name__}.{name}"]
    else:
        shown = [f"   :value: {value!r}"] if isinstance(value, (int, str)) else []
        body = [f".. py:data:: {home.__name__}.{name}", *shown, "", *(f"   {line}" for line in said)]
    return ["```{eval-rst}", *body, "```", ""]


def _defaults(_app: Sphinx, _what: str, _name: str, _object: object, _options: object, signature: str | None,
              returns: str | None) -> tuple[str | None, str | None]:
    return (signature.replace("<factory>", "{}") if signature else signature), returns


def _plain_text(_app: Sphinx, _what: str, _name: str, _object: object, _options: object, lines: list[str]) -> None:
    """Docstrings know one mark, `code`; every other star or bar is itself."""
    lines[:] = ["".join(part if n % 2 else re.sub(r"([*|])", r"\\\1", part) for n, part in enumerate(re.split("(`[^`]*`)", line)))
                for line in lines]


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the directives known and load the plugins, whose permissions, terms and measures stand in the lists."""
    app.add_directive("list", ListDirective)
    app.add_directive("names", NamesDirective)
    app.add_directive("pages", PagesDirective)
    app.add_directive("rest", RestDirective)
    app.connect("autodoc-process-signature", _defaults)
    app.connect("autodoc-process-docstring", _plain_text)
    configure_logging("WARNING", "text")
    load_plugins()
    return {"parallel_read_safe": True}
