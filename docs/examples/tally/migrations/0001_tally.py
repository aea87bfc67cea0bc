"""The one table."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.api import enable_row_level_security

revision = "tally_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and the wall around it."""
    op.create_table(
        "tally_entry", sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False), sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False), sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False), sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], ondelete="CASCADE",
                                name="fk_tally_entry_tenant_id_member_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_tally_entry"),
        sa.UniqueConstraint("tenant_id", "fact_id", name="uq_tally_entry_tenant_id_fact_id"))
    op.create_index("ix_tally_entry_member", "tally_entry", ["tenant_id", "member_id"])
    enable_row_level_security("tally_entry")


def downgrade() -> None:
    """Remove the table with all it holds."""
    op.drop_table("tally_entry")
