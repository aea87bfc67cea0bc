"""Accessibility check of the page that Playwright shows, with the vendored axe-core."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

VENDOR = Path(__file__).parents[1] / "vendor" / "axe-core-4.14.1"
AXE = VENDOR / "axe.min.js"
OUTLINE = Path(__file__).with_name("outline.js")
_RUN = """() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
                                   resultTypes: ['violations'], preload: false, iframes: false})"""
_good: set[str] = set()


def axe_violations(page: Page, impacts: frozenset[str] = frozenset({"serious", "critical"})) -> list[str]:
    """One line for each finding of the given impacts: rule, impact, the elements; empty means none.

    A check takes half a second, and most pages are made of what other pages have shown: one all of whose parts, as outline.js tells
    them, stood in pages without a finding is good.
    """
    outline = set(page.evaluate(OUTLINE.read_text(encoding="utf-8")))
    if outline <= _good:
        return []
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(_RUN)["violations"]
    lines = [
        f"{one['id']} ({one['impact']}): " + ", ".join(" ".join(map(str, node["target"])) for node in one["nodes"])
        for one in found
        if one["impact"] in impacts
    ]
    if not lines:
        _good.update(outline)
    return lines
