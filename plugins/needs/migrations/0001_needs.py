"""The tables of needs."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.api import enable_row_level_security

revision = "needs_0001"
down_revision = None
branch_labels = None
depends_on = None
