"""Make the table of cards."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.api import enable_row_level_security

revision = "plugin_name_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, behind the walls."""
    op.create_table(
        "plugin_name_card",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], ondelete="CASCADE",
                                name="fk_plugin_name_card_tenant_id_member_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_plugin_name_card"),
        sa.UniqueConstraint("tenant_id", "record_id", name="uq_plugin_name_card_tenant_id_record_id"))
    enable_row_level_security("plugin_name_card")


def downgrade() -> None:
    """Remove the table with all it holds."""
    op.drop_table("plugin_name_card")
