"""Each API token remembers whether the login that made it had met a second factor, so that a rule made later holds for programs too."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

HAS_FACTOR = """exists (select from second_factor f where f.tenant_id = t.tenant_id and f.account_id = t.account_id and f.secret is not null)
 or exists (select from passkey p where p.tenant_id = t.tenant_id and p.account_id = t.account_id)"""


def upgrade() -> None:
    """The tokens at hand count as made with a second factor where their account has one here.

    What a provider has asked for is known of each sign-in only, not of the link: those tokens are made anew where a rule asks for it.
    """
    op.add_column("access_token", sa.Column("second_factor", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(f"UPDATE access_token t SET second_factor = true WHERE {HAS_FACTOR}")  # noqa: S608 - a constant


def downgrade() -> None:
    """Forget it."""
    op.drop_column("access_token", "second_factor")
