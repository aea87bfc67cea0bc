"""The tables of posts."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.api import enable_row_level_security

revision = "posts_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = ("posts_post", "posts_invitation")


def upgrade() -> None:
    """Make the tables, behind the walls; a post goes with its matter, an invitation with its matter or its member."""
    op.create_table("posts_post",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False), sa.Column("duties", sa.Text(), nullable=False),
        sa.Column("skills", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("times", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("times_words", sa.Text(), nullable=True), sa.Column("standing", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "id"], ["matter.tenant_id", "matter.id"], name="fk_posts_post_tenant_id_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_posts_post"))
    op.create_index("ix_posts_post_category", "posts_post", ["tenant_id", "category", "id"])
    op.create_table("posts_invitation",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False), sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False), sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("invited_on", sa.Date(), nullable=False), sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('open', 'accepted', 'declined', 'withdrawn')", name="ck_posts_invitation_state"),
        sa.ForeignKeyConstraint(["tenant_id", "matter_id"], ["matter.tenant_id", "matter.id"],
                                name="fk_posts_invitation_tenant_id_matter_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"],
                                name="fk_posts_invitation_tenant_id_member_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_posts_invitation"))
    op.create_index("ix_posts_invitation_member", "posts_invitation", ["tenant_id", "member_id", "id"])
    op.create_index("uq_posts_invitation_open", "posts_invitation", ["tenant_id", "matter_id", "member_id"], unique=True,
                    postgresql_where=sa.text("state = 'open'"))
    enable_row_level_security(*TABLES)


def downgrade() -> None:
    """Remove posts with all they hold; their matters stay, as records came of them."""
    for table in reversed(TABLES):
        op.drop_table(table)
