"""Counts tries to sign in by names that are nobody's, so that the door does not tell them from the others."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLE = "login_try"
POLICY = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::int"


def upgrade() -> None:
    """Make the table, behind the third wall."""
    op.create_table(
        TABLE, sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name_hash", sa.LargeBinary(), nullable=False), sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_login_try")),
        sa.UniqueConstraint("tenant_id", "name_hash", name=op.f("uq_login_try_tenant_id_name_hash")))
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {TABLE} USING ({POLICY}) WITH CHECK ({POLICY})")


def downgrade() -> None:
    """Forget the tries."""
    op.drop_table(TABLE)
