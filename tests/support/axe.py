"""Accessibility check of the page that Playwright shows, with the vendored axe-core."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = Path(__file__).parents[1] / "vendor" / "axe-core-4.14.1" / "axe.min.js"
_RUN = "() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"


def axe_violations(page: Page, impacts: frozenset[str] = frozenset({"serious", "critical"})) -> list[str]:
    """One line for each finding of the given impacts: rule, impact, the elements; empty means none."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(_RUN)["violations"]
    return [
        f"{one['id']} ({one['impact']}): " + ", ".join(" ".join(map(str, node["target"])) for node in one["nodes"])
        for one in found
        if one["impact"] in impacts
    ]
