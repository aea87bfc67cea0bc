"""Gives those who run the installation a hash-chained log of their own, which the application may add to and read, and no more."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.audit.grants import OPERATOR_REVOKES

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the log and its head, outside every tenant, then take back what the log forbids."""
    op.create_table(
        "operator_entry", sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False), sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_kind", sa.Text(), nullable=False), sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False), sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False), sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("actor_kind in ('account', 'operator', 'job', 'system')", name=op.f("ck_operator_entry_actor_kind")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_operator_entry")))
    op.create_table(
        "operator_head", sa.Column("id", sa.Uuid(), nullable=False), sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False), sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False), sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_head")))
    for statement in OPERATOR_REVOKES:
        op.execute(statement)
    op.execute("GRANT SELECT, INSERT ON operator_entry, operator_head TO baodao_audit")


def downgrade() -> None:
    """Remove the log with all that was noted in it."""
    op.drop_table("operator_head")
    op.drop_table("operator_entry")
