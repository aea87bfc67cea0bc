"""Lets entries of the audit logs end after their time without a break in the chain: a signed checkpoint stands for what was removed.

And lets a tenant come from another installation: its keys tell which number its values were bound to there.
"""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.audit.grants import CHECKPOINT_REVOKES

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

POLICY = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::int"


def upgrade() -> None:
    """Make both tables, the tenants' behind the third wall; the application may read them and no more."""
    op.create_table("audit_checkpoint",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False), *_facts(),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit_checkpoint")),
        sa.UniqueConstraint("tenant_id", "seq", name=op.f("uq_audit_checkpoint_tenant_id_seq")))
    op.create_table("operator_checkpoint", sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False), *_facts(),
                    sa.PrimaryKeyConstraint("seq", name=op.f("pk_operator_checkpoint")))
    op.execute("ALTER TABLE audit_checkpoint ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE audit_checkpoint FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON audit_checkpoint USING ({POLICY}) WITH CHECK ({POLICY})")
    op.add_column("tenant_key", sa.Column("origin", sa.Integer(), nullable=True))
    for statement in CHECKPOINT_REVOKES:
        op.execute(statement)
    op.execute("GRANT SELECT ON audit_checkpoint, operator_checkpoint TO baodao_audit")


def downgrade() -> None:
    """Forget what was removed; a chain that has lost its beginning is then told as broken."""
    op.drop_column("tenant_key", "origin")
    op.drop_table("operator_checkpoint")
    op.drop_table("audit_checkpoint")


def _facts() -> list[sa.Column]:
    return [sa.Column("hash", sa.LargeBinary(), nullable=False), sa.Column("until", sa.DateTime(timezone=True), nullable=False),
            sa.Column("made_at", sa.DateTime(timezone=True), nullable=False), sa.Column("signature", sa.LargeBinary(), nullable=False)]
