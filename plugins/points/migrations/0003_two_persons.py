"""Corrections that were proposed before core wrote requests for a second person are closed; they can be proposed again."""
from __future__ import annotations

from alembic import op

revision = "points_0003"
down_revision = "points_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing of them was entered."""
    op.execute("UPDATE points_correction SET status = 'refused', decided_at = now() WHERE status = 'proposed'")


def downgrade() -> None:
    """They stay closed."""
