"""A tenant in the running application."""
from __future__ import annotations

from tests.web.conftest import application, browser_of, tenant

__all__ = ["application", "browser_of", "tenant"]
