"""The ledger's two tables."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.api import enable_row_level_security

revision = "points_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make accounts and entries, behind the walls; entries can be added and erased with their member, never edited."""
    op.create_table(
        "points_account", sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False), sa.Column("balance", sa.Integer(), nullable=False),
        sa.CheckConstraint("balance >= 0", name="ck_points_account_balance"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], ondelete="CASCADE",
                                name="fk_points_account_tenant_id_member_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_points_account"),
        sa.UniqueConstraint("tenant_id", "member_id", name="uq_points_account_tenant_id_member_id"))
    op.create_table(
        "points_entry", sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False), sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False), sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False), sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False), sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('earned', 'reversed')", name="ck_points_entry_kind"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], ondelete="CASCADE",
                                name="fk_points_entry_tenant_id_member_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_points_entry"),
        sa.UniqueConstraint("tenant_id", "record_id", "kind", name="uq_points_entry_tenant_id_record_id_kind"))
    op.create_index("ix_points_entry_member", "points_entry", ["tenant_id", "member_id", "id"])
    enable_row_level_security("points_account", "points_entry")
    op.execute("REVOKE UPDATE ON points_entry FROM baodao_app")


def downgrade() -> None:
    """Remove the ledger with all it holds."""
    op.drop_table("points_entry")
    op.drop_table("points_account")
