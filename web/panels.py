"""Parts that plugins add to a page of core's, such as a member's or a claim's."""
from __future__ import annotations

from typing import Any

from flask import render_template
from markupsafe import Markup

from core.extension.dispatch import attempt, collect_from
from core.extension.facts import Panel


def plugin_panels(hook: str, **asked: Any) -> list[tuple[str, Markup]]:
    """Title and markup of each, in their order; one that cannot be shown is left out, and counted as its plugin's failure."""
    found = sorted(((panel, plugin) for plugin, panels in collect_from(hook, **asked) for panel in panels), key=lambda pair: pair[0].order)
    shown = [attempt(plugin, hook, _markup, panel) for panel, plugin in found]
    return [pair for pair in shown if pair is not None]


def _markup(panel: Panel) -> tuple[str, Markup]:
    return str(panel.title), Markup(render_template(panel.template, **panel.context))  # noqa: S704 - a template's output, escaped by Jinja
