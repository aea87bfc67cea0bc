"""The tables of co-building: offers and needs, agreements, and what was given."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.api import enable_row_level_security

revision = "cobuilding_0001"
down_revision = None
branch_labels = None
depends_on = None
TABLES = ("cobuilding_item", "cobuilding_agreement", "cobuilding_fulfilment")


def upgrade() -> None:
    """Make them, behind the walls."""
    op.create_table(
        "cobuilding_item",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("community_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column("amount", sa.Integer(), nullable=True),
        sa.Column("hours", sa.Integer(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("unit_id is not null or community_id is not null", name="ck_cobuilding_item_whose"),
        sa.CheckConstraint("side in ('offer', 'need')", name="ck_cobuilding_item_side"),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"],
            name="fk_cobuilding_item_tenant_id_community_id"),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["organization.tenant_id", "organization.id"],
            name="fk_cobuilding_item_tenant_id_unit_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_cobuilding_item"))
    op.create_index("ix_cobuilding_item_community", "cobuilding_item", ["tenant_id", "community_id", "id"])
    op.create_index("ix_cobuilding_item_open", "cobuilding_item", ["tenant_id", "side", "id"], unique=False,
        postgresql_where=sa.text("closed_on is null"))
    op.create_index("ix_cobuilding_item_unit", "cobuilding_item", ["tenant_id", "unit_id", "id"])
    op.create_table(
        "cobuilding_agreement",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("need_id", sa.Uuid(), nullable=True),
        sa.Column("renews_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column("amount", sa.Integer(), nullable=True),
        sa.Column("hours", sa.Integer(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("unit_on", sa.Date(), nullable=True),
        sa.Column("unit_by", sa.Uuid(), nullable=True),
        sa.Column("community_on", sa.Date(), nullable=True),
        sa.Column("community_by", sa.Uuid(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('proposed', 'agreed', 'ended', 'declined', 'withdrawn')", name="ck_cobuilding_agreement_state"),
        sa.CheckConstraint("unit_by is null or community_by is null or unit_by <> community_by", name="ck_cobuilding_agreement_two_hands"),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"],
            name="fk_cobuilding_agreement_tenant_id_community_id"),
        sa.ForeignKeyConstraint(["tenant_id", "need_id"], ["cobuilding_item.tenant_id", "cobuilding_item.id"],
            name="fk_cobuilding_agreement_tenant_id_need_id"),
        sa.ForeignKeyConstraint(["tenant_id", "offer_id"], ["cobuilding_item.tenant_id", "cobuilding_item.id"],
            name="fk_cobuilding_agreement_tenant_id_offer_id"),
        sa.ForeignKeyConstraint(["tenant_id", "renews_id"], ["cobuilding_agreement.tenant_id", "cobuilding_agreement.id"],
            name="fk_cobuilding_agreement_tenant_id_renews_id"),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["organization.tenant_id", "organization.id"],
            name="fk_cobuilding_agreement_tenant_id_unit_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_cobuilding_agreement"),
        sa.UniqueConstraint("tenant_id", "renews_id", name="uq_cobuilding_agreement_tenant_id_renews_id"))
    op.create_index("ix_cobuilding_agreement_community", "cobuilding_agreement", ["tenant_id", "community_id", "state", "id"])
    op.create_index("ix_cobuilding_agreement_state", "cobuilding_agreement", ["tenant_id", "state", "id"])
    op.create_index("ix_cobuilding_agreement_unit", "cobuilding_agreement", ["tenant_id", "unit_id", "state", "id"])
    op.create_table(
        "cobuilding_fulfilment",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=True),
        sa.Column("hours", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('waiting', 'confirmed', 'refused')", name="ck_cobuilding_fulfilment_state"),
        sa.ForeignKeyConstraint(["tenant_id", "agreement_id"], ["cobuilding_agreement.tenant_id", "cobuilding_agreement.id"],
            name="fk_cobuilding_fulfilment_tenant_id_agreement_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"],
            name="fk_cobuilding_fulfilment_tenant_id_community_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_cobuilding_fulfilment"))
    op.create_index("ix_cobuilding_fulfilment_agreement", "cobuilding_fulfilment", ["tenant_id", "agreement_id", "done_on", "id"])
    enable_row_level_security(*TABLES)


def downgrade() -> None:
    """Remove co-building with all they hold."""
    for table in reversed(TABLES):
        op.drop_table(table)
