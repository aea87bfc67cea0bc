"""Make the table of turns."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.api import enable_row_level_security

revision = "weekly_duty_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, behind the walls."""
    op.create_table(
        "weekly_duty_turn",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("services", sa.Integer(), nullable=False),
        sa.Column("log", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"],
                                name="fk_weekly_duty_turn_tenant_id_community_id"),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["organization.tenant_id", "organization.id"],
                                name="fk_weekly_duty_turn_tenant_id_unit_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_weekly_duty_turn"),
        sa.UniqueConstraint("tenant_id", "community_id", "starts_on", name="uq_weekly_duty_turn_tenant_id_community_id_starts_on"))
    enable_row_level_security("weekly_duty_turn")


def downgrade() -> None:
    """Remove the table with all it holds."""
    op.drop_table("weekly_duty_turn")
