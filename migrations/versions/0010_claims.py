"""Matters that members take on, claims on them, and the claim that a service record fulfils."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = ("matter", "claim")
POLICY = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::int"


def upgrade() -> None:
    """Make the tables, behind the third wall; records of before fulfil no claim."""
    op.create_table("matter",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("recipient_kind", sa.Text(), nullable=False),
        sa.Column("recipient_group", sa.Text(), nullable=True),
        sa.Column("recipient", sa.LargeBinary(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("collective", sa.Boolean(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("origin_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'closed') = (closed_on is not null)", name=op.f('ck_matter_closed')),
        sa.CheckConstraint("recipient_kind in ('person', 'household', 'public')", name=op.f('ck_matter_recipient_kind')),
        sa.CheckConstraint("state in ('open', 'closed')", name=op.f('ck_matter_state')),
        sa.CheckConstraint("minutes between 1 and 1440", name=op.f("ck_matter_minutes")),
        sa.CheckConstraint("places between 1 and 10000 and taken between 0 and places", name=op.f("ck_matter_places")),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"], name=op.f("fk_matter_tenant_id_community_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_matter")))
    op.create_index("ix_matter_community", "matter", ["tenant_id", "community_id", "source", "state", "id"])
    op.create_index("ix_matter_origin", "matter", ["tenant_id", "origin_id"], postgresql_where=sa.text("origin_id is not null"))
    op.create_index("ix_matter_source", "matter", ["tenant_id", "source", "state", "id"])
    op.create_table("claim",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claimed_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state in ('waiting', 'held')) = (ended_on is null)", name=op.f('ck_claim_ended')),
        sa.CheckConstraint("state in ('waiting', 'held', 'done', 'released', 'lapsed')", name=op.f('ck_claim_state')),
        sa.CheckConstraint("member_id is not null or (unit_id is not null and parent_id is null)", name=op.f("ck_claim_whose")),
        sa.ForeignKeyConstraint(["tenant_id", "community_id"], ["organization.tenant_id", "organization.id"], name=op.f("fk_claim_tenant_id_community_id")),
        sa.ForeignKeyConstraint(["tenant_id", "matter_id"], ["matter.tenant_id", "matter.id"], name=op.f("fk_claim_tenant_id_matter_id")),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name=op.f("fk_claim_tenant_id_member_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "parent_id"], ["claim.tenant_id", "claim.id"], name=op.f("fk_claim_tenant_id_parent_id")),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["organization.tenant_id", "organization.id"], name=op.f("fk_claim_tenant_id_unit_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_claim")))
    op.create_index("ix_claim_community", "claim", ["tenant_id", "community_id", "id"])
    op.create_index("ix_claim_matter", "claim", ["tenant_id", "matter_id", "state", "id"])
    op.create_index("ix_claim_member", "claim", ["tenant_id", "member_id", "id"])
    op.create_index("ix_claim_parent", "claim", ["tenant_id", "parent_id"], postgresql_where=sa.text("parent_id is not null"))
    op.create_index("ix_claim_unit", "claim", ["tenant_id", "unit_id", "id"])
    op.create_index('uq_claim_live_member', 'claim', ['tenant_id', 'matter_id', 'member_id'], unique=True, postgresql_where=sa.text("state in ('waiting', 'held') and member_id is not null"))
    op.create_index('uq_claim_live_unit', 'claim', ['tenant_id', 'matter_id', 'unit_id'], unique=True, postgresql_where=sa.text("state in ('waiting', 'held') and member_id is null"))
    op.create_index("ix_claim_due", "claim", ["tenant_id", "community_id", "due_on", "id"],
                    postgresql_where=sa.text("state in ('waiting', 'held')"))
    op.add_column("service_record", sa.Column("claim_id", sa.Uuid(), nullable=True))
    op.create_index("ix_service_record_claim", "service_record", ["tenant_id", "claim_id"], postgresql_where=sa.text("claim_id is not null"))
    op.create_foreign_key(op.f("fk_service_record_tenant_id_claim_id"), "service_record", "claim", ["tenant_id", "claim_id"],
                          ["tenant_id", "id"])
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING ({POLICY}) WITH CHECK ({POLICY})")


def downgrade() -> None:
    """Give up matters and claims; the records stay."""
    op.drop_constraint(op.f("fk_service_record_tenant_id_claim_id"), "service_record", type_="foreignkey")
    op.drop_index("ix_service_record_claim", table_name="service_record")
    op.drop_column("service_record", "claim_id")
    op.drop_table("claim")
    op.drop_table("matter")
