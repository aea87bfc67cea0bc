"""Finds a member's affiliations by the member: nobody looks them up by organization, and that index was dear to keep in imports."""
from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace the index."""
    op.create_index("ix_affiliation_member", "affiliation", ["tenant_id", "member_id"], unique=False)
    op.drop_index("ix_affiliation_organization", table_name="affiliation")


def downgrade() -> None:
    """Put the earlier index back."""
    op.create_index("ix_affiliation_organization", "affiliation", ["tenant_id", "organization_id", "kind", "member_id"], unique=False)
    op.drop_index("ix_affiliation_member", table_name="affiliation")
