"""Records put right after they were verified, and records drawn by lot for a call-back."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("record_correction", "record_callback")
POLICY = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::int"
STATUSES = ("submitted", "verified", "returned", "counted", "withdrawn")


def upgrade() -> None:
    """Make the tables, behind the third wall, and let one record replace another."""
    op.drop_constraint(op.f("ck_service_record_status"), "service_record")
    op.create_check_constraint(op.f("ck_service_record_status"), "service_record", f"status in {(*STATUSES, 'corrected')}")
    op.add_column("service_record", sa.Column("replaces_id", sa.Uuid(), nullable=True))
    op.create_unique_constraint(op.f("uq_service_record_tenant_id_replaces_id"), "service_record", ["tenant_id", "replaces_id"])
    op.create_foreign_key(op.f("fk_service_record_tenant_id_replaces_id"), "service_record", "service_record",
                          ["tenant_id", "replaces_id"], ["tenant_id", "id"], ondelete="CASCADE")
    op.create_table("record_correction",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False), sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False), sa.Column("place", sa.Text(), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=False), sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False), sa.Column("status", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True), sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True), sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("minutes between 1 and 1440", name=op.f("ck_record_correction_minutes")),
        sa.CheckConstraint("status in ('open', 'accepted', 'refused', 'taken_back', 'lapsed')", name=op.f("ck_record_correction_status")),
        sa.ForeignKeyConstraint(["tenant_id", "record_id"], ["service_record.tenant_id", "service_record.id"],
                                name=op.f("fk_record_correction_tenant_id_record_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_record_correction")))
    op.create_index("ix_record_correction_record", "record_correction", ["tenant_id", "record_id", "created_at", "id"], unique=False)
    op.create_index("ix_record_correction_status", "record_correction", ["tenant_id", "status", "created_at", "id"], unique=False)
    op.create_index("uq_record_correction_open", "record_correction", ["tenant_id", "record_id"], unique=True,
                    postgresql_where=sa.text("status = 'open'"))
    op.create_table("record_callback",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False), sa.Column("state", sa.Text(), nullable=False),
        sa.Column("drawn_on", sa.Date(), nullable=False), sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False), sa.Column("means", sa.Text(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True), sa.Column("called_by", sa.Uuid(), nullable=True),
        sa.Column("called_on", sa.Date(), nullable=True), sa.Column("own_hand", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("finding", sa.LargeBinary(), nullable=True), sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.CheckConstraint("means in ('phone', 'visit')", name=op.f("ck_record_callback_means")),
        sa.CheckConstraint("state in ('open', 'confirmed', 'differs', 'settled')", name=op.f("ck_record_callback_state")),
        sa.ForeignKeyConstraint(["tenant_id", "record_id"], ["service_record.tenant_id", "service_record.id"],
                                name=op.f("fk_record_callback_tenant_id_record_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_record_callback")),
        sa.UniqueConstraint("tenant_id", "record_id", name=op.f("uq_record_callback_tenant_id_record_id")))
    op.create_index("ix_record_callback_state", "record_callback", ["tenant_id", "state", "due_on", "id"], unique=False)
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING ({POLICY}) WITH CHECK ({POLICY})")


def downgrade() -> None:
    """Forget the requests and the call-backs; a corrected record is one that was taken back."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_constraint(op.f("fk_service_record_tenant_id_replaces_id"), "service_record")
    op.drop_column("service_record", "replaces_id")
    op.execute("UPDATE service_record SET status = 'withdrawn' WHERE status = 'corrected'")
    op.drop_constraint(op.f("ck_service_record_status"), "service_record")
    op.create_check_constraint(op.f("ck_service_record_status"), "service_record", f"status in {STATUSES}")
