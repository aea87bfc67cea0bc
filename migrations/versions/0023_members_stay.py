"""A member's row is emptied when its data are erased, and never removed: entries of the ledger and consents would go with it."""
from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What removes a tenant's rows is the owner."""
    op.execute("REVOKE DELETE ON member FROM baodao_app")


def downgrade() -> None:
    """As before."""
    op.execute("GRANT DELETE ON member TO baodao_app")
