"""The third wall as migrations put it up: a tenant's table with its key, and row-level security forced on it (security rule 2).

Published migrations call this, so that what it makes does not change; a new form gets a function of its own.
"""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

_OWN = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::int"


def tenant_table(name: str, *parts: sa.schema.SchemaItem) -> None:
    """A table with the key (tenant_id, id) and `parts`, each row of which only its own tenant sees."""
    op.create_table(name, sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
                    *parts, sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{name}")))
    op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {name} USING ({_OWN}) WITH CHECK ({_OWN})")
