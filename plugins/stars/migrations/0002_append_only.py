"""A case's history is only added to: nobody needs to remove a line of it but with its case."""
from __future__ import annotations

from alembic import op

revision = "stars_0002"
down_revision = "stars_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What goes with it goes by the foreign key, under the owner's rights."""
    op.execute("REVOKE DELETE ON stars_event FROM baodao_app")


def downgrade() -> None:
    """As before."""
    op.execute("GRANT DELETE ON stars_event TO baodao_app")
