"""What is sent to PostgreSQL: see web.testing.statements."""
from __future__ import annotations

from web.testing.statements import sent

__all__ = ["sent"]
