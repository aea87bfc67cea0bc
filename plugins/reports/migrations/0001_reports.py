"""The tenants' own formats and the versions of their layouts."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.api import enable_row_level_security

revision = "reports_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make formats and layouts, behind the walls; a layout can be added and removed with its format, never edited."""
    op.create_table(
        "reports_format", sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False), sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False), sa.Column("of_member", sa.Boolean(), nullable=False),
        sa.Column("version_in_use", sa.Integer()), sa.Column("last_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("period in ('none', 'year', 'half', 'quarter', 'month')", name="ck_reports_format_period"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_reports_format"),
        sa.UniqueConstraint("tenant_id", "title", name="uq_reports_format_tenant_id_title"))
    op.create_table(
        "reports_layout", sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("format_id", sa.Uuid(), nullable=False), sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False), sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("compiled", sa.LargeBinary(), nullable=False), sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid()),
        sa.ForeignKeyConstraint(["tenant_id", "format_id"], ["reports_format.tenant_id", "reports_format.id"], ondelete="CASCADE",
                                name="fk_reports_layout_tenant_id_format_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_reports_layout"),
        sa.UniqueConstraint("tenant_id", "format_id", "number", name="uq_reports_layout_tenant_id_format_id_number"))
    enable_row_level_security("reports_format", "reports_layout")
    op.execute("REVOKE UPDATE ON reports_layout FROM baodao_app")


def downgrade() -> None:
    """Remove the tenants' own formats."""
    op.drop_table("reports_layout")
    op.drop_table("reports_format")
