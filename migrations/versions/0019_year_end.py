"""Indexes that hold all that a community's year-end letters need of its records and claims, so that neither table is read itself."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_index("ix_service_record_year", "service_record", ["tenant_id", "community_id", "happened_on"],
                    postgresql_include=["member_id", "kind", "minutes", "rating"], postgresql_where=sa.text("status = 'counted'"))
    op.create_index("ix_claim_year", "claim", ["tenant_id", "community_id", "claimed_on"], postgresql_include=["member_id", "state"],
                    postgresql_where=sa.text("member_id is not null"))


def downgrade() -> None:
    """Remove them."""
    op.drop_index("ix_claim_year", "claim")
    op.drop_index("ix_service_record_year", "service_record")
