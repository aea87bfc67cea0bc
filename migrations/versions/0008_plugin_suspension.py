"""Lets a plugin be suspended in one tenant after repeated failures, which are counted over a while."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Room for the suspension beside the switch, and for the running count beside the total."""
    op.add_column("plugin_activation", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("plugin_activation", sa.Column("suspended_for", sa.Text(), nullable=True))
    op.add_column("plugin_failure", sa.Column("weight", sa.Integer(), server_default="0", nullable=False))
    op.add_column("plugin_failure", sa.Column("weighed_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Forget both; what is suspended is on again."""
    op.drop_column("plugin_failure", "weighed_since")
    op.drop_column("plugin_failure", "weight")
    op.drop_column("plugin_activation", "suspended_for")
    op.drop_column("plugin_activation", "suspended_at")
