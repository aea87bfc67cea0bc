"""Organizations: the one tree of committees, places, sectors and units."""
from __future__ import annotations

from core.organizations import lineage as _lineage  # noqa: F401 -- counties inherit the tenant's settings through it

__all__: list[str] = []
