"""Finds how the matters of a plugin are called and where they are shown, for those who link to them."""
from __future__ import annotations

from core.extension.activation import is_enabled
from core.extension.manifest import MatterKind
from core.extension.registry import current


def matter_kind(source: str) -> MatterKind | None:
    """What the plugin `source` says of the matters that it puts up; None while it does not work, since its pages are closed then."""
    plugin = current().plugins.get(source)
    return plugin.matters if plugin is not None and is_enabled(source) else None
