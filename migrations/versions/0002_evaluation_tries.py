"""Counts wrong evaluation codes by client, so that a code cannot be found by trying."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLE = "evaluation_try"
POLICY = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::int"


def upgrade() -> None:
    """Make the table, behind the third wall."""
    op.create_table(
        TABLE, sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.LargeBinary(), nullable=False), sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_evaluation_try")),
        sa.UniqueConstraint("tenant_id", "client", name=op.f("uq_evaluation_try_tenant_id_client")))
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {TABLE} USING ({POLICY}) WITH CHECK ({POLICY})")


def downgrade() -> None:
    """Forget the tries."""
    op.drop_table(TABLE)
