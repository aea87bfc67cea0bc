"""Makes routes of the pages that a plugin declares: each behind its permission and its plugin's switch, below /p/<plugin>."""
from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template, request, url_for
from jinja2 import FileSystemLoader, PrefixLoader

from core.access.authorization import allowed
from core.extension.declarations import Action, Form, Page, Table
from core.extension.manifest import Plugin
from web.plugin_forms import ActionView, FormView
from web.plugin_tables import TableView
from web.routing import Access, declare
from web.tenant import actor

_PATH = re.compile(r"<(?:\w+:)?(\w+)>")
READING, WRITING = ("GET",), ("POST",)


class PluginBlueprint(Blueprint):
    """A blueprint whose templates are named after the plugin: snow/board.html is templates/board.html of the plugin snow."""

    def __init__(self, plugin: Plugin) -> None:
        super().__init__(plugin.name, plugin.package or __name__)
        if plugin.templates is not None:
            self.jinja_loader = PrefixLoader({plugin.name: FileSystemLoader(plugin.templates)})


def blueprint(plugin: Plugin) -> Blueprint:
    """The declared pages as a blueprint."""
    made = PluginBlueprint(plugin)
    for page in plugin.pages.items if plugin.pages is not None else ():
        _add(made, plugin, page)
    return made


def _add(made: Blueprint, plugin: Plugin, page: Page) -> None:
    buttons = _Buttons(plugin, page)

    def route(suffix: str, view: Callable[..., Any], methods: tuple[str, ...], *, below: str = "", permission: str = page.permission) -> None:
        def call(**path: Any) -> Any:
            return view(**path)
        declare(call, Access(permission=permission, plugin=plugin.name))
        made.add_url_rule(f"{page.rule.rstrip('/')}{below}" if below else page.rule, f"{page.name}{suffix}", call, methods=list(methods))

    if isinstance(page, Table):
        table = TableView(plugin, page, buttons)
        route("", table.show, READING)
        if any(column.search for column in page.columns):
            route("_search", table.search, WRITING, below="/search")
        if page.export is not None:
            route("_export", table.export, WRITING, below="/export", permission=page.export)
    elif isinstance(page, Form):
        route("", FormView(plugin, page).answer, READING + WRITING)
    elif isinstance(page, Action):
        route("", ActionView(plugin, page).answer, WRITING)
    else:
        route("", _shown(plugin, page, buttons), READING)


def _shown(plugin: Plugin, page: Page, buttons: _Buttons) -> Callable[..., str]:
    template = page.template if page.template.startswith(f"{plugin.name}/") else f"{plugin.name}/{page.template}"

    def show(**path: Any) -> str:
        return render_template(template, **{"title": page.title, "buttons": buttons.above(), **page.function(**path)})
    return show


class _Buttons:
    """The buttons of a page: links to the plugin's forms, and its actions, as far as one may use them."""

    def __init__(self, plugin: Plugin, page: Page) -> None:
        known = plugin.pages.names() if plugin.pages is not None else {}
        self._plugin, self._linked = plugin.name, [known[name] for name in page.links]

    def above(self) -> list[dict[str, Any]]:
        """Those above the page; what its address names goes on to theirs."""
        here = request.view_args or {}
        return [self._button(page, {name: here[name] for name in _PATH.findall(page.rule) if name in here})
                for page in self._linked if not page.of_row and allowed(actor(), page.permission)]

    def of_row(self) -> list[Page]:
        """The pages that have a button beside each row of a list."""
        return [page for page in self._linked if page.of_row and allowed(actor(), page.permission)]

    def beside(self, pages: list[Page], row_id: Any) -> list[dict[str, Any]]:
        """The buttons of one row."""
        return [self._button(page, {"id": row_id}) for page in pages]

    def _button(self, page: Page, path: dict[str, Any]) -> dict[str, Any]:
        return {"title": page.title, "url": url_for(f"{self._plugin}.{page.name}", **path), "post": isinstance(page, Action),
                "ask": page.ask if isinstance(page, Action) else "", "main": isinstance(page, Form) and "id" not in path}
