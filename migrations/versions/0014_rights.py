"""What people ask about their own data, what they consent to, and what must not be erased for a while."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = ("data_request", "consent", "legal_hold")
POLICY = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::int"
CHANNELS = "channel in ('self', 'unit', 'community', 'committee')"


def upgrade() -> None:
    """Make the tables, behind the third wall; an erased member has no sex."""
    op.alter_column("member", "sex", nullable=True)
    op.create_table("data_request", *_key(),
        sa.Column("member_id", sa.Uuid(), nullable=False), sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False), sa.Column("says", sa.LargeBinary(), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=False), sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True), sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True), sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True), sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind in ('access', 'correction', 'deletion')", name=op.f("ck_data_request_kind")),
        sa.CheckConstraint("state in ('open', 'done', 'refused', 'taken_back')", name=op.f("ck_data_request_state")),
        sa.CheckConstraint(CHANNELS, name=op.f("ck_data_request_channel")),
        sa.CheckConstraint("(state = 'open') = (decided_on is null)", name=op.f("ck_data_request_decided")), *_member("data_request"))
    op.create_index("uq_data_request_open", "data_request", ["tenant_id", "member_id", "kind"], unique=True,
                    postgresql_where=sa.text("state = 'open'"))
    op.create_index("ix_data_request_state", "data_request", ["tenant_id", "state", "due_on", "id"], unique=False)
    op.create_index("ix_data_request_member", "data_request", ["tenant_id", "member_id", "id"], unique=False)
    op.create_table("consent", *_key(),
        sa.Column("member_id", sa.Uuid(), nullable=False), sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("wording", sa.Integer(), nullable=False), sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False), sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("purpose in ('matching', 'contact', 'board')", name=op.f("ck_consent_purpose")),
        sa.CheckConstraint(CHANNELS, name=op.f("ck_consent_channel")), *_member("consent"))
    op.create_index("ix_consent_member", "consent", ["tenant_id", "member_id", "purpose", "id"], unique=False)
    op.create_table("legal_hold", *_key(),
        sa.Column("member_id", sa.Uuid(), nullable=False), sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False), sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("reason in ('inspection', 'dispute', 'law')", name=op.f("ck_legal_hold_reason")),
        sa.UniqueConstraint("tenant_id", "member_id", name=op.f("uq_legal_hold_tenant_id_member_id")), *_member("legal_hold"))
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING ({POLICY}) WITH CHECK ({POLICY})")
    op.execute("REVOKE UPDATE, DELETE ON consent FROM baodao_app")


def downgrade() -> None:
    """Forget the requests, consents and holds."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("UPDATE member SET sex = 'male' WHERE sex IS NULL")
    op.alter_column("member", "sex", nullable=False)


def _key() -> tuple[sa.Column[int], sa.Column[object]]:
    return (sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False), sa.Column("id", sa.Uuid(), nullable=False))


def _member(table: str) -> tuple[sa.Constraint, sa.Constraint]:
    return (sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"],
                                    name=op.f(f"fk_{table}_tenant_id_member_id"), ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")))
