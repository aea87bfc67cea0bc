"""The service's tenant, in which points are on."""
from __future__ import annotations

from tests.service.conftest import app, browser, member, statements, tenant

__all__ = ["app", "browser", "member", "statements", "tenant"]
