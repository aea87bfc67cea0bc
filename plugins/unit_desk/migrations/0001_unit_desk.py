"""The tables of the unit's desk."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.api import enable_row_level_security

revision = "unit_desk_0001"
down_revision = None
branch_labels = None
depends_on = None
TABLES = (
    "unit_desk_lookup", "unit_desk_request", "unit_desk_answer", "unit_desk_case", "unit_desk_step", "unit_desk_filing",
    "unit_desk_meeting", "unit_desk_attendance", "unit_desk_campaign", "unit_desk_campaign_place",
)


def upgrade() -> None:
    """Make them."""
    _lookup()
    _request()
    _answer()
    _case()
    _step()
    _filing()
    _meeting()
    _attendance()
    _campaign()
    _campaign_place()
    enable_row_level_security(*TABLES)


def _lookup() -> None:
    op.create_table("unit_desk_lookup",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False), sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("looked_on", sa.Date(), nullable=False), sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("noted_by", sa.Uuid(), nullable=True), sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_unit_desk_lookup"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name="fk_unit_desk_lookup_tenant_id_member_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["organization.tenant_id", "organization.id"], name="fk_unit_desk_lookup_tenant_id_unit_id"),
        sa.UniqueConstraint("tenant_id", "member_id", "looked_on", name="uq_unit_desk_lookup_tenant_id_member_id_looked_on"))
    op.create_index("ix_unit_desk_lookup_unit", "unit_desk_lookup", ["tenant_id", "unit_id", "looked_on", "id"])


def _request() -> None:
    op.create_table("unit_desk_request",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False), sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False), sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False), sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True), sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True), sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_unit_desk_request"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name="fk_unit_desk_request_tenant_id_member_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["organization.tenant_id", "organization.id"], name="fk_unit_desk_request_tenant_id_unit_id"),
        sa.CheckConstraint("state in ('open', 'answered', 'done', 'withdrawn')", name="ck_unit_desk_request_state"))
    op.create_index("ix_unit_desk_request_member", "unit_desk_request", ["tenant_id", "member_id", "id"])
    op.create_index("ix_unit_desk_request_unit", "unit_desk_request", ["tenant_id", "unit_id", "state", "id"])


def _answer() -> None:
    op.create_table("unit_desk_answer",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False), sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("says", sa.Text(), nullable=True), sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("by_member", sa.Boolean(), nullable=False), sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_unit_desk_answer"),
        sa.ForeignKeyConstraint(["tenant_id", "request_id"], ["unit_desk_request.tenant_id", "unit_desk_request.id"], name="fk_unit_desk_answer_tenant_id_request_id", ondelete="CASCADE"),
        sa.CheckConstraint("kind in ('answer', 'done', 'reopened', 'withdrawn', 'reminded')", name="ck_unit_desk_answer_kind"))
    op.create_index("ix_unit_desk_answer_request", "unit_desk_answer", ["tenant_id", "request_id", "id"])


def _case() -> None:
    op.create_table("unit_desk_case",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False), sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False), sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False), sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=True), sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False), sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("entered_by", sa.Uuid(), nullable=True), sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_unit_desk_case"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name="fk_unit_desk_case_tenant_id_member_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["organization.tenant_id", "organization.id"], name="fk_unit_desk_case_tenant_id_unit_id"),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"], name="fk_unit_desk_case_tenant_id_community_id"),
        sa.CheckConstraint("state in ('open', 'solved', 'unsolved', 'withdrawn')", name="ck_unit_desk_case_state"),
        sa.CheckConstraint("channel in ('self', 'unit')", name="ck_unit_desk_case_channel"),
        sa.CheckConstraint("(community_id is null) = (agreed_on is null)", name="ck_unit_desk_case_agreed"))
    op.create_index("ix_unit_desk_case_community", "unit_desk_case", ["tenant_id", "community_id", "state", "id"],
                    postgresql_where=sa.text("community_id is not null"))
    op.create_index("ix_unit_desk_case_member", "unit_desk_case", ["tenant_id", "member_id", "id"])
    op.create_index("ix_unit_desk_case_unit", "unit_desk_case", ["tenant_id", "unit_id", "state", "id"])


def _step() -> None:
    op.create_table("unit_desk_step",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False), sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True), sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("by_member", sa.Boolean(), nullable=False), sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_unit_desk_step"),
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["unit_desk_case.tenant_id", "unit_desk_case.id"], name="fk_unit_desk_step_tenant_id_case_id", ondelete="CASCADE"),
        sa.CheckConstraint("kind in ('step', 'solved', 'unsolved', 'reopened', 'withdrawn', 'shared', 'unshared')", name="ck_unit_desk_step_kind"))
    op.create_index("ix_unit_desk_step_case", "unit_desk_step", ["tenant_id", "case_id", "id"])


def _filing() -> None:
    op.create_table("unit_desk_filing",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False), sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False), sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False), sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False), sa.Column("filed_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_unit_desk_filing"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name="fk_unit_desk_filing_tenant_id_member_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["organization.tenant_id", "organization.id"], name="fk_unit_desk_filing_tenant_id_unit_id"),
        sa.CheckConstraint("starts_on <= ends_on", name="ck_unit_desk_filing_period"),
        sa.UniqueConstraint("tenant_id", "member_id", "starts_on", "ends_on", name="uq_unit_desk_filing_tenant_id_member_id_starts_on_ends_on"))
    op.create_index("ix_unit_desk_filing_unit", "unit_desk_filing", ["tenant_id", "unit_id", "starts_on", "id"])


def _meeting() -> None:
    op.create_table("unit_desk_meeting",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False), sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False), sa.Column("place", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True), sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False), sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_unit_desk_meeting"),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["organization.tenant_id", "organization.id"], name="fk_unit_desk_meeting_tenant_id_unit_id"),
        sa.CheckConstraint("kind in ('mobilisation', 'discussion')", name="ck_unit_desk_meeting_kind"))
    op.create_index("ix_unit_desk_meeting_unit", "unit_desk_meeting", ["tenant_id", "unit_id", "held_on", "id"])


def _attendance() -> None:
    op.create_table("unit_desk_attendance",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False), sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_unit_desk_attendance"),
        sa.ForeignKeyConstraint(["tenant_id", "meeting_id"], ["unit_desk_meeting.tenant_id", "unit_desk_meeting.id"], name="fk_unit_desk_attendance_tenant_id_meeting_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name="fk_unit_desk_attendance_tenant_id_member_id", ondelete="CASCADE"),
        sa.UniqueConstraint("tenant_id", "meeting_id", "member_id", name="uq_unit_desk_attendance_tenant_id_meeting_id_member_id"))
    op.create_index("ix_unit_desk_attendance_member", "unit_desk_attendance", ["tenant_id", "member_id"])


def _campaign() -> None:
    op.create_table("unit_desk_campaign",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False), sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False), sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False), sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True), sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_unit_desk_campaign"),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["organization.tenant_id", "organization.id"], name="fk_unit_desk_campaign_tenant_id_unit_id"),
        sa.CheckConstraint("kind in ('month', 'day')", name="ck_unit_desk_campaign_kind"),
        sa.CheckConstraint("starts_on <= ends_on", name="ck_unit_desk_campaign_period"))
    op.create_index("ix_unit_desk_campaign_unit", "unit_desk_campaign", ["tenant_id", "unit_id", "starts_on", "id"])


def _campaign_place() -> None:
    op.create_table("unit_desk_campaign_place",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False), sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_unit_desk_campaign_place"),
        sa.ForeignKeyConstraint(["tenant_id", "campaign_id"], ["unit_desk_campaign.tenant_id", "unit_desk_campaign.id"], name="fk_unit_desk_campaign_place_tenant_id_campaign_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"], name="fk_unit_desk_campaign_place_tenant_id_community_id"),
        sa.UniqueConstraint("tenant_id", "campaign_id", "community_id", name="uq_unit_desk_campaign_place_tenant_id_campaign_id_community_id"))


def downgrade() -> None:
    """Remove the desk with all it holds."""
    for table in reversed(TABLES):
        op.drop_table(table)
