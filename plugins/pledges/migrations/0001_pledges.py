"""The tables of pledges: what was promised on a claim, and what residents object to it."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.api import enable_row_level_security

revision = "pledges_0001"
down_revision = None
branch_labels = None
depends_on = None
TABLES = ("pledges_pledge", "pledges_objection")


def upgrade() -> None:
    """Make them."""
    op.create_table("pledges_pledge",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False), sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True), sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("community_id", sa.Uuid(), nullable=False), sa.Column("text", sa.Text(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=False), sa.Column("state", sa.Text(), nullable=False),
        sa.Column("board", sa.Text(), nullable=True), sa.Column("board_on", sa.Date(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True), sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True), sa.Column("claim_state", sa.Text(), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=True), sa.Column("asked_deadline", sa.Date(), nullable=True),
        sa.Column("asked_reason", sa.Text(), nullable=True), sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("filed_by", sa.Uuid(), nullable=True), sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True), sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False), sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("board in ('open', 'kept', 'not_kept')", name="ck_pledges_pledge_board"),
        sa.CheckConstraint("state in ('open', 'kept', 'kept_late', 'released', 'not_kept')", name="ck_pledges_pledge_state"),
        sa.CheckConstraint("member_id is not null or unit_id is not null", name="ck_pledges_pledge_whose"),
        sa.ForeignKeyConstraint(["tenant_id", "claim_id"], ["claim.tenant_id", "claim.id"], name="fk_pledges_pledge_tenant_id_claim_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"], name="fk_pledges_pledge_tenant_id_community_id"),
        sa.ForeignKeyConstraint(["tenant_id", "matter_id"], ["matter.tenant_id", "matter.id"], name="fk_pledges_pledge_tenant_id_matter_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name="fk_pledges_pledge_tenant_id_member_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["organization.tenant_id", "organization.id"], name="fk_pledges_pledge_tenant_id_unit_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_pledges_pledge"),
        sa.UniqueConstraint("tenant_id", "claim_id", name="uq_pledges_pledge_tenant_id_claim_id"))
    op.create_index("ix_pledges_pledge_asked", "pledges_pledge", ["tenant_id", "community_id", "id"],
                    postgresql_where=sa.text("asked_deadline is not null"))
    op.create_index("ix_pledges_pledge_board", "pledges_pledge", ["tenant_id", "community_id", "board", "board_on", "id"])
    op.create_index("ix_pledges_pledge_community", "pledges_pledge", ["tenant_id", "community_id", "state", "deadline", "id"])
    op.create_index("ix_pledges_pledge_member", "pledges_pledge", ["tenant_id", "member_id", "id"])
    op.create_index("ix_pledges_pledge_state", "pledges_pledge", ["tenant_id", "state", "deadline", "id"])
    op.create_index("ix_pledges_pledge_unfiled", "pledges_pledge", ["tenant_id", "unit_id", "id"],
                    postgresql_where=sa.text("filed_on is null and published_on is not null"))
    op.create_index("ix_pledges_pledge_unit", "pledges_pledge", ["tenant_id", "unit_id", "id"])
    op.create_index("ix_pledges_pledge_unit_open", "pledges_pledge", ["tenant_id", "unit_id", "state", "deadline", "id"])
    op.create_index("ix_pledges_pledge_waiting", "pledges_pledge", ["tenant_id", "community_id", "id"],
                    postgresql_where=sa.text("published_on is null"))
    op.create_table("pledges_objection",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pledge_id", sa.Uuid(), nullable=False), sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("says", sa.LargeBinary(), nullable=True), sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False), sa.Column("state", sa.Text(), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False), sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True), sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True), sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("channel in ('web', 'paper')", name="ck_pledges_objection_channel"),
        sa.CheckConstraint("state in ('open', 'upheld', 'rejected')", name="ck_pledges_objection_state"),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"], name="fk_pledges_objection_tenant_id_community_id"),
        sa.ForeignKeyConstraint(["tenant_id", "pledge_id"], ["pledges_pledge.tenant_id", "pledges_pledge.id"], name="fk_pledges_objection_tenant_id_pledge_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_pledges_objection"))
    op.create_index("ix_pledges_objection_community", "pledges_objection", ["tenant_id", "community_id", "state", "id"])
    op.create_index("ix_pledges_objection_contact", "pledges_objection", ["tenant_id", "decided_on"],
                    postgresql_where=sa.text("contact is not null"))
    op.create_index("ix_pledges_objection_pledge", "pledges_objection", ["tenant_id", "pledge_id", "id"])
    op.create_index("ix_pledges_objection_state", "pledges_objection", ["tenant_id", "state", "id"])
    enable_row_level_security(*TABLES)


def downgrade() -> None:
    """Remove pledges with all they hold."""
    for table in reversed(TABLES):
        op.drop_table(table)
