"""The tables of two-way feedback: packs and their lines, the thread, the letters' numbers, and the presses."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from core.api import enable_row_level_security

revision = "feedback_0001"
down_revision = None
branch_labels = None
depends_on = None
TABLES = ("feedback_pack", "feedback_line", "feedback_message", "feedback_series", "feedback_run")


def upgrade() -> None:
    """Make them."""
    op.create_table("feedback_pack",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=True), sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=True), sa.Column("envelope_id", sa.Uuid(), nullable=True),
        sa.Column("sort_key", sa.Text(), nullable=False), sa.Column("period", sa.Text(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False), sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False), sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("members", sa.Integer(), nullable=False), sa.Column("reported", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False), sa.Column("activities", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False), sa.Column("satisfied", sa.Integer(), nullable=False),
        sa.Column("fair", sa.Integer(), nullable=False), sa.Column("dissatisfied", sa.Integer(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False), sa.Column("claims_done", sa.Integer(), nullable=False),
        sa.Column("norm", sa.Integer(), nullable=False), sa.Column("parts", JSONB(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=True), sa.Column("state", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True), sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True), sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("signed_by", sa.Uuid(), nullable=True), sa.Column("signer", sa.Text(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True), sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True), sa.Column("read_on", sa.Date(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True), sa.Column("archived_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False), sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_feedback_pack"),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"], name="fk_feedback_pack_tenant_id_community_id"),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["organization.tenant_id", "organization.id"], name="fk_feedback_pack_tenant_id_unit_id"),
        sa.ForeignKeyConstraint(["tenant_id", "replaces_id"], ["feedback_pack.tenant_id", "feedback_pack.id"], name="fk_feedback_pack_tenant_id_replaces_id", ondelete="CASCADE"),
        sa.UniqueConstraint("tenant_id", "period", "community_id", "unit_id", "revision", name="uq_feedback_pack_pair"),
        sa.UniqueConstraint("tenant_id", "envelope_id", name="uq_feedback_pack_tenant_id_envelope_id"),
        sa.UniqueConstraint("tenant_id", "replaces_id", name="uq_feedback_pack_tenant_id_replaces_id"),
        sa.CheckConstraint("state in ('draft', 'reviewed', 'signed', 'sent', 'read', 'answered', 'archived')", name="ck_feedback_pack_state"),
        sa.CheckConstraint("channel in ('system', 'paper')", name="ck_feedback_pack_channel"))
    op.create_index("ix_feedback_pack_community", "feedback_pack", ["tenant_id", "community_id", "period", "sort_key", "id"])
    op.create_index("ix_feedback_pack_period", "feedback_pack", ["tenant_id", "period", "state", "sort_key", "id"])
    op.create_index("ix_feedback_pack_sent", "feedback_pack", ["tenant_id", "unit_id", "state", "sent_on", "id"])
    op.create_index("ix_feedback_pack_unit", "feedback_pack", ["tenant_id", "unit_id", "period", "id"])
    op.create_table("feedback_line",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pack_id", sa.Uuid(), nullable=False), sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False), sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("report_state", sa.Text(), nullable=True), sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("records", sa.Integer(), nullable=False), sa.Column("activities", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False), sa.Column("satisfied", sa.Integer(), nullable=False),
        sa.Column("fair", sa.Integer(), nullable=False), sa.Column("dissatisfied", sa.Integer(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False), sa.Column("claims_done", sa.Integer(), nullable=False),
        sa.Column("parts", JSONB(), nullable=False), sa.Column("remark", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_feedback_line"),
        sa.ForeignKeyConstraint(["tenant_id", "pack_id"], ["feedback_pack.tenant_id", "feedback_pack.id"], name="fk_feedback_line_tenant_id_pack_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name="fk_feedback_line_tenant_id_member_id", ondelete="CASCADE"),
        sa.CheckConstraint("report_state in ('confirmed', 'submitted', 'ended')", name="ck_feedback_line_report_state"))
    op.create_index("ix_feedback_line_member", "feedback_line", ["tenant_id", "member_id", "id"], postgresql_where=sa.text("member_id is not null"))
    op.create_index("ix_feedback_line_pack", "feedback_line", ["tenant_id", "pack_id", "sort_key", "id"])
    op.create_table("feedback_message",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=True), sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=True), sa.Column("envelope_id", sa.Uuid(), nullable=True),
        sa.Column("pack_id", sa.Uuid(), nullable=True), sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("side", sa.Text(), nullable=False), sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False), sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False), sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.Column("read_on", sa.Date(), nullable=True), sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_feedback_message"),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"], name="fk_feedback_message_tenant_id_community_id"),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["organization.tenant_id", "organization.id"], name="fk_feedback_message_tenant_id_unit_id"),
        sa.ForeignKeyConstraint(["tenant_id", "pack_id"], ["feedback_pack.tenant_id", "feedback_pack.id"], name="fk_feedback_message_tenant_id_pack_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name="fk_feedback_message_tenant_id_member_id", ondelete="CASCADE"),
        sa.UniqueConstraint("tenant_id", "envelope_id", name="uq_feedback_message_tenant_id_envelope_id"),
        sa.CheckConstraint("side in ('community', 'unit')", name="ck_feedback_message_side"),
        sa.CheckConstraint("kind in ('notice', 'message', 'answer')", name="ck_feedback_message_kind"),
        sa.CheckConstraint("channel in ('system', 'paper')", name="ck_feedback_message_channel"))
    op.create_index("ix_feedback_message_member", "feedback_message", ["tenant_id", "member_id", "id"], postgresql_where=sa.text("member_id is not null"))
    op.create_index("ix_feedback_message_pair", "feedback_message", ["tenant_id", "community_id", "unit_id", "created_at", "id"])
    op.create_index("ix_feedback_message_unit", "feedback_message", ["tenant_id", "unit_id", "created_at", "id"])
    op.create_index("ix_feedback_message_unread", "feedback_message", ["tenant_id", "community_id", "id"], postgresql_where=sa.text("read_on is null"))
    op.create_table("feedback_series",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=False), sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_feedback_series"),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"], name="fk_feedback_series_tenant_id_community_id"),
        sa.UniqueConstraint("tenant_id", "community_id", "year", name="uq_feedback_series_tenant_id_community_id_year"))
    op.create_table("feedback_run",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False), sa.Column("period", sa.Text(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False), sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("started_by", sa.Uuid(), nullable=True), sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_feedback_run"),
        sa.ForeignKeyConstraint(["tenant_id", "organization_id"], ["organization.tenant_id", "organization.id"], name="fk_feedback_run_tenant_id_organization_id"))
    op.create_index("ix_feedback_run_started", "feedback_run", ["tenant_id", "started_at", "id"])
    enable_row_level_security(*TABLES)


def downgrade() -> None:
    """Remove feedback with all it holds."""
    for table in reversed(TABLES):
        op.drop_table(table)
