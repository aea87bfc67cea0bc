"""Large files in pieces, so that memory does not grow with them."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLE = "stored_file_part"
POLICY = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::int"


def upgrade() -> None:
    """Make the table, behind the third wall; files of before have no pieces."""
    op.add_column("stored_file", sa.Column("parts", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_table(
        TABLE, sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False), sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "file_id"], ["stored_file.tenant_id", "stored_file.id"], ondelete="CASCADE",
                                name=op.f("fk_stored_file_part_tenant_id_file_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stored_file_part")),
        sa.UniqueConstraint("tenant_id", "file_id", "position", name=op.f("uq_stored_file_part_tenant_id_file_id_position")))
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {TABLE} USING ({POLICY}) WITH CHECK ({POLICY})")


def downgrade() -> None:
    """Give up the pieces and the files made of them."""
    op.drop_table(TABLE)
    op.execute("DELETE FROM stored_file WHERE parts > 0")
    op.drop_column("stored_file", "parts")
