"""Tells apart, beside the grade, the records that count without a recipient's judgement (R78), also in the index of the year-end letters."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None
_BEFORE = ["member_id", "kind", "minutes", "rating"]
#: A service that still runs could count a record while this is under way; then nothing is changed, and the message says what to do.
_NONE_LEFT = """DO $$
DECLARE found bigint;
BEGIN
  SELECT count(*) INTO found FROM service_record r JOIN evaluation e ON e.tenant_id = r.tenant_id AND e.record_id = r.id
   WHERE e.channel = 'waiver' AND r.status = 'counted' AND NOT r.waived;
  IF found > 0 THEN
    RAISE EXCEPTION '% counted records without a recipient''s judgement are not marked so: stop the services and migrate again', found;
  END IF;
END $$"""


def upgrade() -> None:
    """Add the mark, fill it from the evaluations, and put it into the index."""
    op.add_column("service_record", sa.Column("waived", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE service_record r SET waived = true FROM evaluation e"
               " WHERE e.tenant_id = r.tenant_id AND e.record_id = r.id AND e.channel = 'waiver'")
    op.execute(_NONE_LEFT)
    _index([*_BEFORE, "waived"])


def downgrade() -> None:
    """Remove it."""
    _index(_BEFORE)
    op.drop_column("service_record", "waived")


def _index(include: list[str]) -> None:
    op.drop_index("ix_service_record_year", "service_record")
    op.create_index("ix_service_record_year", "service_record", ["tenant_id", "community_id", "happened_on"], postgresql_include=include,
                    postgresql_where=sa.text("status = 'counted'"))
