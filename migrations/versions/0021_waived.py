"""Tells apart, beside the grade, the records that count without a recipient's judgement (R78), also in the index of the year-end letters."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None
_BEFORE = ["member_id", "kind", "minutes", "rating"]


def upgrade() -> None:
    """Add the mark, fill it from the evaluations, and put it into the index."""
    op.add_column("service_record", sa.Column("waived", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE service_record r SET waived = true FROM evaluation e"
               " WHERE e.tenant_id = r.tenant_id AND e.record_id = r.id AND e.channel = 'waiver'")
    _index([*_BEFORE, "waived"])


def downgrade() -> None:
    """Remove it."""
    _index(_BEFORE)
    op.drop_column("service_record", "waived")


def _index(include: list[str]) -> None:
    op.drop_index("ix_service_record_year", "service_record")
    op.create_index("ix_service_record_year", "service_record", ["tenant_id", "community_id", "happened_on"], postgresql_include=include,
                    postgresql_where=sa.text("status = 'counted'"))
