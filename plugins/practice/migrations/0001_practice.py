"""The tables of practice: entries, and who uses them too."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.api import enable_row_level_security

revision = "practice_0001"
down_revision = None
branch_labels = None
depends_on = None
TABLES = ("practice_entry", "practice_use")


def upgrade() -> None:
    """Make them."""
    op.create_table('practice_entry',
        sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False), sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('sort', sa.Text(), nullable=False), sa.Column('organization_id', sa.Uuid(), nullable=False),
        sa.Column('member_id', sa.Uuid(), nullable=True), sa.Column('theme', sa.Text(), nullable=False),
        sa.Column('title', sa.Text(), nullable=False), sa.Column('body', sa.Text(), nullable=False),
        sa.Column('why', sa.Text(), nullable=True), sa.Column('effect', sa.Text(), nullable=True),
        sa.Column('media', sa.Text(), nullable=True), sa.Column('outlet', sa.Text(), nullable=True),
        sa.Column('media_on', sa.Date(), nullable=True), sa.Column('link', sa.Text(), nullable=True),
        sa.Column('state', sa.Text(), nullable=False), sa.Column('in_column', sa.Boolean(), nullable=False),
        sa.Column('consent_on', sa.Date(), nullable=True), sa.Column('published_on', sa.Date(), nullable=True),
        sa.Column('published_by', sa.Uuid(), nullable=True), sa.Column('recommended_on', sa.Date(), nullable=True),
        sa.Column('recommended_by', sa.Uuid(), nullable=True), sa.Column('reason', sa.Text(), nullable=True),
        sa.Column('made_by', sa.Uuid(), nullable=True), sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sort <> 'story' or member_id is not null", name=op.f('ck_practice_entry_about')),
        sa.CheckConstraint("media in ('press', 'radio', 'television', 'internet')", name=op.f('ck_practice_entry_media')),
        sa.CheckConstraint("sort in ('practice', 'story')", name=op.f('ck_practice_entry_sort')),
        sa.CheckConstraint("state in ('draft', 'published', 'withdrawn')", name=op.f('ck_practice_entry_state')),
        sa.ForeignKeyConstraint(['tenant_id', 'member_id'], ['member.tenant_id', 'member.id'], name=op.f('fk_practice_entry_tenant_id_member_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['tenant_id', 'organization_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_practice_entry_tenant_id_organization_id')),
        sa.ForeignKeyConstraint(['tenant_id', 'recommended_by'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_practice_entry_tenant_id_recommended_by')),
        sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_practice_entry')))
    op.create_index('ix_practice_entry_member', 'practice_entry', ['tenant_id', 'member_id', 'id'], unique=False)
    op.create_index('ix_practice_entry_organization', 'practice_entry', ['tenant_id', 'organization_id', 'id'], unique=False)
    op.create_index('ix_practice_entry_state', 'practice_entry', ['tenant_id', 'state', 'sort', 'id'], unique=False)
    op.create_table('practice_use',
        sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False), sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('entry_id', sa.Uuid(), nullable=False), sa.Column('organization_id', sa.Uuid(), nullable=False),
        sa.Column('remark', sa.Text(), nullable=True), sa.Column('used_on', sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(['tenant_id', 'entry_id'], ['practice_entry.tenant_id', 'practice_entry.id'], name=op.f('fk_practice_use_tenant_id_entry_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['tenant_id', 'organization_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_practice_use_tenant_id_organization_id')),
        sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_practice_use')),
        sa.UniqueConstraint('tenant_id', 'entry_id', 'organization_id', name=op.f('uq_practice_use_tenant_id_entry_id_organization_id')))
    enable_row_level_security(*TABLES)


def downgrade() -> None:
    """Remove the library."""
    for table in reversed(TABLES):
        op.drop_table(table)
