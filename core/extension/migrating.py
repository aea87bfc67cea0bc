"""What a migration, core's or a plugin's, calls to raise the third wall around a table it makes."""
from __future__ import annotations

import re

from alembic import op

#: The one policy of every tenant's table; core.tenancy.gate compares the catalogue with it.
POLICY = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::int"


def enable_row_level_security(*tables: str) -> None:
    """Switch row-level security on for `tables`, for their owner too, with the one policy (security rule 2).

    To be called in a migration, right after the table is made. Raises ValueError for a name that is no plain identifier.
    """
    for table in tables:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", table):
            raise ValueError(f"not a table's name: {table!r}")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING ({POLICY}) WITH CHECK ({POLICY})")
