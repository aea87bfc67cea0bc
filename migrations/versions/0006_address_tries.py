"""Counts names that fail from one address, so that a password is not tried on one name after another."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = "address_try"
POLICY = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::int"


def upgrade() -> None:
    """Make the table, behind the third wall."""
    op.create_table(
        TABLE, sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False), sa.Column("name_hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_address_try")),
        sa.UniqueConstraint("tenant_id", "address_hash", "name_hash", name=op.f("uq_address_try_tenant_id_address_hash_name_hash")))
    op.create_index("ix_address_try_at", TABLE, ["tenant_id", "address_hash", "at"], unique=False)
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {TABLE} USING ({POLICY}) WITH CHECK ({POLICY})")


def downgrade() -> None:
    """Forget the tries."""
    op.drop_table(TABLE)
