"""The tables of needs."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.api import enable_row_level_security

revision = "needs_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = ("needs_bulletin", "needs_need", "needs_bulletin_item", "needs_sheet", "needs_inbox_secret", "needs_inbox_delivery")


def upgrade() -> None:
    """Make the tables, behind the walls."""
    op.create_table("needs_bulletin",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=False), sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False), sa.Column("title", sa.Text(), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False), sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True), sa.Column("state", sa.Text(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True), sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state in ('published', 'withdrawn')", name="ck_needs_bulletin_state"),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"],
            name="fk_needs_bulletin_tenant_id_community_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_needs_bulletin"),
        sa.UniqueConstraint("tenant_id", "community_id", "year", "number", name="uq_needs_bulletin_tenant_id_community_id_year_number"))
    op.create_index("ix_needs_bulletin_community", "needs_bulletin", ["tenant_id", "community_id", "id"])
    op.create_table("needs_need",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=False), sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False), sa.Column("category", sa.Text(), nullable=False),
        sa.Column("recipient_group", sa.Text(), nullable=True), sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("channel_note", sa.Text(), nullable=True), sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True), sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("has_contact", sa.Boolean(), nullable=False), sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("entered_by", sa.Uuid(), nullable=True), sa.Column("state", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True), sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True), sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False), sa.Column("classified_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True), sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("matter_id", sa.Uuid(), nullable=True), sa.Column("bulletin_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False), sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("before in ('new', 'classified', 'turned')", name="ck_needs_need_before"),
        sa.CheckConstraint("channel in ('visit', 'notice', 'box', 'website', 'qq', 'weibo', 'wechat', 'phone', 'member', 'other')", name="ck_needs_need_channel"),
        sa.CheckConstraint("closed_on is not null or state in ('new', 'classified', 'turned')", name="ck_needs_need_closed"),
        sa.CheckConstraint("merged_into is null or state = 'merged'", name="ck_needs_need_merged"),
        sa.CheckConstraint("state in ('new', 'classified', 'turned', 'answered', 'refused', 'merged', 'done')", name="ck_needs_need_state"),
        sa.ForeignKeyConstraint(["tenant_id", "bulletin_id"], ["needs_bulletin.tenant_id", "needs_bulletin.id"],
            name="fk_needs_need_tenant_id_bulletin_id"),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"],
            name="fk_needs_need_tenant_id_community_id"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"],
            name="fk_needs_need_tenant_id_member_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "merged_into"], ["needs_need.tenant_id", "needs_need.id"],
            name="fk_needs_need_tenant_id_merged_into"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_needs_need"))
    op.create_index("ix_needs_need_bulletin", "needs_need", ["tenant_id", "community_id", "category", "id"],
        postgresql_where=sa.text("bulletin_id is null and state in ('classified', 'turned')"))
    op.create_index("ix_needs_need_contact", "needs_need", ["tenant_id", "closed_on"],
        postgresql_where=sa.text("has_contact and closed_on is not null"))
    op.create_index("ix_needs_need_in_bulletin", "needs_need", ["tenant_id", "bulletin_id"],
        postgresql_where=sa.text("bulletin_id is not null"))
    op.create_index("ix_needs_need_member", "needs_need", ["tenant_id", "member_id", "id"],
        postgresql_where=sa.text("member_id is not null"))
    op.create_index("ix_needs_need_merged", "needs_need", ["tenant_id", "merged_into"],
        postgresql_where=sa.text("merged_into is not null"))
    op.create_index("ix_needs_need_received", "needs_need", ["tenant_id", "community_id", "received_on", "id"])
    op.create_index("ix_needs_need_state", "needs_need", ["tenant_id", "community_id", "state", "id"])
    op.create_table("needs_bulletin_item",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bulletin_id", sa.Uuid(), nullable=False), sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False), sa.Column("category", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "bulletin_id"], ["needs_bulletin.tenant_id", "needs_bulletin.id"],
            name="fk_needs_bulletin_item_tenant_id_bulletin_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "need_id"], ["needs_need.tenant_id", "needs_need.id"],
            name="fk_needs_bulletin_item_tenant_id_need_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_needs_bulletin_item"))
    op.create_index("ix_needs_bulletin_item_bulletin", "needs_bulletin_item", ["tenant_id", "bulletin_id", "position"])
    op.create_table("needs_sheet",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=False), sa.Column("lines", sa.LargeBinary(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False), sa.Column("imported_on", sa.Date(), nullable=True),
        sa.Column("uploaded_by", sa.Uuid(), nullable=True), sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"],
            name="fk_needs_sheet_tenant_id_community_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_needs_sheet"))
    op.create_index("ix_needs_sheet_created", "needs_sheet", ["tenant_id", "created_at"])
    op.create_table("needs_inbox_secret",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False), sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True), sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_needs_inbox_secret"),
        sa.UniqueConstraint("tenant_id", name="uq_needs_inbox_secret_tenant_id"))
    op.create_table("needs_inbox_delivery",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False), sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_needs_inbox_delivery"),
        sa.UniqueConstraint("tenant_id", "delivery", name="uq_needs_inbox_delivery_tenant_id_delivery"))
    op.create_index("ix_needs_inbox_delivery_received", "needs_inbox_delivery", ["tenant_id", "received_at"])
    enable_row_level_security(*TABLES)


def downgrade() -> None:
    """Remove needs with all they hold."""
    for table in reversed(TABLES):
        op.drop_table(table)
