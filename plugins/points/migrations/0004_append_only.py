"""The ledger is only added to: why a correction was made stands in the correction alone, so that nobody needs to rewrite an entry."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "points_0004"
down_revision = "points_0003"
branch_labels = None
depends_on = None

_NOTED = "select count(*) from points_entry where note is not null"
_TOLD = ("select count(*) from points_entry e join points_correction c on c.tenant_id = e.tenant_id and c.id = e.source_id"
         " where c.reason = e.note")
_DUE = "select count(*) from points_entry e join points_correction c on c.tenant_id = e.tenant_id and c.id = e.source_id"
_BACK = ("UPDATE points_entry e SET note = c.reason FROM points_correction c"
         " WHERE c.tenant_id = e.tenant_id and c.id = e.source_id")


def upgrade() -> None:
    """Every note is the reason of the correction that the entry names; with the column goes the right to delete entries."""
    noted, told = _count(_NOTED), _count(_TOLD)
    if told != noted:
        raise RuntimeError(f"points_entry: {noted - told} of {noted} notes stand in no correction")
    op.drop_column("points_entry", "note")
    op.execute("REVOKE DELETE ON points_entry FROM baodao_app")


def downgrade() -> None:
    """The reasons stand in the entries again."""
    op.add_column("points_entry", sa.Column("note", sa.Text(), nullable=True))
    due = _count(_DUE)
    noted = op.get_bind().execute(sa.text(_BACK)).rowcount
    if noted != due:
        raise RuntimeError(f"points_entry: {noted} of {due} entries got their note")
    op.execute("GRANT DELETE ON points_entry TO baodao_app")


def _count(query: str) -> int:
    return int(op.get_bind().execute(sa.text(query)).scalar_one())
