"""The tables of liaison communities: leading cadres, points, visits, issues and their steps."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.api import enable_row_level_security

revision = "liaison_0001"
down_revision = None
branch_labels = None
depends_on = None
TABLES = ("liaison_cadre", "liaison_point", "liaison_issue", "liaison_visit", "liaison_step")


def upgrade() -> None:
    """Make them, behind the walls."""
    op.create_table(
        "liaison_cadre",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("post", sa.Text(), nullable=True),
        sa.Column("office", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"],
            name="fk_liaison_cadre_tenant_id_member_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "organization_id"], ["organization.tenant_id", "organization.id"],
            name="fk_liaison_cadre_tenant_id_organization_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_liaison_cadre"),
        sa.UniqueConstraint("tenant_id", "member_id", name="uq_liaison_cadre_tenant_id_member_id"))
    op.create_index("ix_liaison_cadre_organization", "liaison_cadre", ["tenant_id", "organization_id", "id"])
    op.create_table(
        "liaison_point",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cadre_id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("counted_from", sa.Date(), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "cadre_id"], ["liaison_cadre.tenant_id", "liaison_cadre.id"],
            name="fk_liaison_point_tenant_id_cadre_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"],
            name="fk_liaison_point_tenant_id_community_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_liaison_point"))
    op.create_index("ix_liaison_point_community", "liaison_point", ["tenant_id", "community_id", "counted_from", "id"])
    op.create_index("ix_liaison_point_counted", "liaison_point", ["tenant_id", "counted_from", "id"])
    op.create_index("uq_liaison_point_open", "liaison_point", ["tenant_id", "cadre_id", "community_id"], unique=True,
        postgresql_where=sa.text("until is null"))
    op.create_table(
        "liaison_issue",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("point_id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("office", sa.Text(), nullable=True),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('open', 'reported', 'solved', 'closed')", name="ck_liaison_issue_state"),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"],
            name="fk_liaison_issue_tenant_id_community_id"),
        sa.ForeignKeyConstraint(["tenant_id", "holder_id"], ["organization.tenant_id", "organization.id"],
            name="fk_liaison_issue_tenant_id_holder_id"),
        sa.ForeignKeyConstraint(["tenant_id", "point_id"], ["liaison_point.tenant_id", "liaison_point.id"],
            name="fk_liaison_issue_tenant_id_point_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["organization.tenant_id", "organization.id"],
            name="fk_liaison_issue_tenant_id_unit_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_liaison_issue"))
    op.create_index("ix_liaison_issue_community", "liaison_issue", ["tenant_id", "community_id", "state", "raised_on", "id"])
    op.create_index("ix_liaison_issue_point", "liaison_issue", ["tenant_id", "point_id", "id"])
    op.create_index("ix_liaison_issue_state", "liaison_issue", ["tenant_id", "state", "raised_on", "id"])
    op.create_index("ix_liaison_issue_unit", "liaison_issue", ["tenant_id", "unit_id", "state", "raised_on", "id"])
    op.create_table(
        "liaison_visit",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("point_id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('research', 'guidance', 'service')", name="ck_liaison_visit_kind"),
        sa.CheckConstraint("side in ('community', 'cadre', 'officer', 'unit')", name="ck_liaison_visit_side"),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"],
            name="fk_liaison_visit_tenant_id_community_id"),
        sa.ForeignKeyConstraint(["tenant_id", "point_id"], ["liaison_point.tenant_id", "liaison_point.id"],
            name="fk_liaison_visit_tenant_id_point_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_liaison_visit"))
    op.create_index("ix_liaison_visit_community", "liaison_visit", ["tenant_id", "community_id", "visited_on"])
    op.create_index("ix_liaison_visit_point", "liaison_visit", ["tenant_id", "point_id", "visited_on", "id"])
    op.create_table(
        "liaison_step",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("says", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('raised', 'step', 'entrusted', 'escalated', 'reported', 'confirmed', 'sent_back', 'closed')",
            name="ck_liaison_step_kind"),
        sa.CheckConstraint("side in ('community', 'cadre', 'officer', 'unit')", name="ck_liaison_step_side"),
        sa.ForeignKeyConstraint(["tenant_id", "issue_id"], ["liaison_issue.tenant_id", "liaison_issue.id"],
            name="fk_liaison_step_tenant_id_issue_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_liaison_step"))
    op.create_index("ix_liaison_step_issue", "liaison_step", ["tenant_id", "issue_id", "id"])
    enable_row_level_security(*TABLES)


def downgrade() -> None:
    """Remove liaison communities with all they hold."""
    for table in reversed(TABLES):
        op.drop_table(table)
