"""The tables of the menu."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.api import enable_row_level_security

revision = "menu_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = ("menu_series", "menu_calendar", "menu_offer", "menu_listing", "menu_request", "menu_agreement", "menu_slot", "menu_step", "menu_booking")


def upgrade() -> None:
    """Make the tables, behind the walls; a request's history can be added to and is never edited."""
    op.create_table("menu_series",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=False), sa.Column("last_number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"], name="fk_menu_series_tenant_id_community_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_menu_series"),
        sa.UniqueConstraint("tenant_id", "community_id", name="uq_menu_series_tenant_id_community_id"))
    op.create_table("menu_calendar",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True), sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True), sa.Column("issued_on", sa.Date(), nullable=True),
        sa.CheckConstraint("member_id is not null or unit_id is not null", name="ck_menu_calendar_whose"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name="fk_menu_calendar_tenant_id_member_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["organization.tenant_id", "organization.id"], name="fk_menu_calendar_tenant_id_unit_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_menu_calendar"),
        sa.UniqueConstraint("tenant_id", "member_id", name="uq_menu_calendar_tenant_id_member_id"),
        sa.UniqueConstraint("tenant_id", "token_hash", name="uq_menu_calendar_tenant_id_token_hash"))
    op.create_index("uq_menu_calendar_unit", "menu_calendar", ["tenant_id", "unit_id"], unique=True, postgresql_where=sa.text("member_id is null"))
    op.create_table("menu_offer",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True), sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False), sa.Column("description", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False), sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("times", postgresql.JSONB(astext_type=sa.Text()), nullable=False), sa.Column("times_words", sa.Text(), nullable=True),
        sa.Column("monthly", sa.Integer(), nullable=True), sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False), sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False), sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('open', 'paused', 'ended')", name="ck_menu_offer_state"),
        sa.CheckConstraint("member_id is not null or unit_id is not null", name="ck_menu_offer_whose"),
        sa.CheckConstraint("minutes between 1 and 1440", name="ck_menu_offer_minutes"),
        sa.CheckConstraint("monthly between 1 and 1000", name="ck_menu_offer_monthly"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name="fk_menu_offer_tenant_id_member_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["organization.tenant_id", "organization.id"], name="fk_menu_offer_tenant_id_unit_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_menu_offer"))
    op.create_index("ix_menu_offer_member", "menu_offer", ["tenant_id", "member_id", "id"],
                    postgresql_where=sa.text("member_id is not null"))
    op.create_index("ix_menu_offer_unit", "menu_offer", ["tenant_id", "unit_id", "id"], postgresql_where=sa.text("unit_id is not null"))
    op.create_index("ix_menu_offer_valid", "menu_offer", ["tenant_id", "valid_until", "id"], postgresql_where=sa.text("state <> 'ended'"))
    op.create_table("menu_listing",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False), sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False), sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True), sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True), sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state <> 'listed' or number is not null", name="ck_menu_listing_numbered"),
        sa.CheckConstraint("state in ('proposed', 'listed', 'paused', 'removed', 'ended')", name="ck_menu_listing_state"),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"], name="fk_menu_listing_tenant_id_community_id"),
        sa.ForeignKeyConstraint(["tenant_id", "offer_id"], ["menu_offer.tenant_id", "menu_offer.id"], name="fk_menu_listing_tenant_id_offer_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_menu_listing"),
        sa.UniqueConstraint("tenant_id", "community_id", "number", name="uq_menu_listing_tenant_id_community_id_number"),
        sa.UniqueConstraint("tenant_id", "offer_id", "community_id", name="uq_menu_listing_tenant_id_offer_id_community_id"))
    op.create_index("ix_menu_listing_community", "menu_listing", ["tenant_id", "community_id", "state", "id"])
    op.create_index("ix_menu_listing_state", "menu_listing", ["tenant_id", "state", "id"])
    op.create_table("menu_request",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=False), sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True), sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True), sa.Column("category", sa.Text(), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=True), sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("phone_print", sa.LargeBinary(), nullable=True), sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("wants", sa.LargeBinary(), nullable=True), sa.Column("wished_words", sa.LargeBinary(), nullable=True),
        sa.Column("has_contact", sa.Boolean(), nullable=False),
        sa.Column("wished", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recipient_group", sa.Text(), nullable=True), sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True), sa.Column("origin_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False), sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=True), sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True), sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False), sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("channel in ('public', 'officer', 'need')", name="ck_menu_request_channel"),
        sa.CheckConstraint("ended_by in ('resident', 'provider', 'officer')", name="ck_menu_request_ended_by"),
        sa.CheckConstraint("state in ('new', 'open', 'waiting', 'proposed', 'agreed', 'done', 'closed')", name="ck_menu_request_state"),
        sa.CheckConstraint("title is not null or state in ('new', 'closed')", name="ck_menu_request_worded"),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"], name="fk_menu_request_tenant_id_community_id"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name="fk_menu_request_tenant_id_member_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "offer_id"], ["menu_offer.tenant_id", "menu_offer.id"], name="fk_menu_request_tenant_id_offer_id"),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["organization.tenant_id", "organization.id"], name="fk_menu_request_tenant_id_unit_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_menu_request"))
    op.create_index("ix_menu_request_community", "menu_request", ["tenant_id", "community_id", "state", "id"])
    op.create_index("ix_menu_request_ended", "menu_request", ["tenant_id", "ended_on", "id"],
                    postgresql_where=sa.text("ended_on is not null and has_contact"))
    op.create_index("ix_menu_request_late", "menu_request", ["tenant_id", "community_id", "answer_by", "id"],
                    postgresql_where=sa.text("state in ('new', 'open', 'waiting')"))
    op.create_index("ix_menu_request_member", "menu_request", ["tenant_id", "member_id", "state", "id"],
                    postgresql_where=sa.text("member_id is not null"))
    op.create_index("ix_menu_request_offer", "menu_request", ["tenant_id", "offer_id"], postgresql_where=sa.text("offer_id is not null"))
    op.create_index("ix_menu_request_phone", "menu_request", ["tenant_id", "phone_print"],
                    postgresql_where=sa.text("phone_print is not null"))
    op.create_index("ix_menu_request_state", "menu_request", ["tenant_id", "state", "id"])
    op.create_index("ix_menu_request_unit", "menu_request", ["tenant_id", "unit_id", "state", "id"],
                    postgresql_where=sa.text("unit_id is not null"))
    op.create_table("menu_agreement",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False), sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=True), sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True), sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False), sa.Column("place", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False), sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('agreed', 'done', 'cancelled')", name="ck_menu_agreement_state"),
        sa.CheckConstraint("ends_at >= begins_at", name="ck_menu_agreement_length"),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"], name="fk_menu_agreement_tenant_id_community_id"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name="fk_menu_agreement_tenant_id_member_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "offer_id"], ["menu_offer.tenant_id", "menu_offer.id"], name="fk_menu_agreement_tenant_id_offer_id"),
        sa.ForeignKeyConstraint(["tenant_id", "request_id"], ["menu_request.tenant_id", "menu_request.id"], name="fk_menu_agreement_tenant_id_request_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["organization.tenant_id", "organization.id"], name="fk_menu_agreement_tenant_id_unit_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_menu_agreement"))
    op.create_index("ix_menu_agreement_community", "menu_agreement", ["tenant_id", "community_id", "begins_at", "id"])
    op.create_index("ix_menu_agreement_offer", "menu_agreement", ["tenant_id", "offer_id", "begins_at"])
    op.create_index("ix_menu_agreement_unit", "menu_agreement", ["tenant_id", "unit_id", "begins_at"],
                    postgresql_where=sa.text("unit_id is not null"))
    op.create_index("uq_menu_agreement_claim", "menu_agreement", ["tenant_id", "claim_id"], unique=True)
    op.create_index("uq_menu_agreement_live", "menu_agreement", ["tenant_id", "request_id"],
                    unique=True, postgresql_where=sa.text("state <> 'cancelled'"))
    op.create_table("menu_slot",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False), sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False), sa.Column("place", sa.Text(), nullable=True),
        sa.CheckConstraint("ends_at >= begins_at", name="ck_menu_slot_length"),
        sa.ForeignKeyConstraint(["tenant_id", "request_id"], ["menu_request.tenant_id", "menu_request.id"], name="fk_menu_slot_tenant_id_request_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_menu_slot"))
    op.create_index("ix_menu_slot_request", "menu_slot", ["tenant_id", "request_id", "begins_at"])
    op.create_table("menu_step",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False), sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False), sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('asked', 'published', 'matched', 'picked', 'proposed', 'refused', 'declined', 'agreed', 'wishes_change', 'moved', 'cancelled', 'served', 'closed', 'reissued')", name="ck_menu_step_kind"),
        sa.CheckConstraint("side in ('resident', 'provider', 'officer')", name="ck_menu_step_side"),
        sa.ForeignKeyConstraint(["tenant_id", "request_id"], ["menu_request.tenant_id", "menu_request.id"], name="fk_menu_step_tenant_id_request_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_menu_step"))
    op.create_index("ix_menu_step_request", "menu_step", ["tenant_id", "request_id", "id"])
    op.create_table("menu_booking",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False), sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False), sa.Column("live", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "agreement_id"], ["menu_agreement.tenant_id", "menu_agreement.id"], name="fk_menu_booking_tenant_id_agreement_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name="fk_menu_booking_tenant_id_member_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_menu_booking"),
        sa.UniqueConstraint("tenant_id", "agreement_id", "member_id", name="uq_menu_booking_tenant_id_agreement_id_member_id"))
    op.create_index("ix_menu_booking_member", "menu_booking", ["tenant_id", "member_id", "begins_at"])
    enable_row_level_security(*TABLES)
    op.execute("REVOKE UPDATE ON menu_step FROM baodao_app")


def downgrade() -> None:
    """Remove the menu with all it holds."""
    for table in reversed(TABLES):
        op.drop_table(table)
