"""The tables of awards: selections, nominations with their history, objections, and the year's running number."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.api import enable_row_level_security

revision = "awards_0001"
down_revision = None
branch_labels = None
depends_on = None
TABLES = ("awards_series", "awards_selection", "awards_nomination", "awards_event", "awards_objection")


def upgrade() -> None:
    """Make them."""
    op.create_table('awards_series',
        sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False), sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('year', sa.Integer(), nullable=False), sa.Column('last_serial', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_awards_series')),
        sa.UniqueConstraint('tenant_id', 'year', name=op.f('uq_awards_series_tenant_id_year')))
    op.create_table('awards_selection',
        sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False), sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('organization_id', sa.Uuid(), nullable=False), sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('title', sa.Text(), nullable=False), sa.Column('criteria', sa.Text(), nullable=False),
        sa.Column('subject', sa.Text(), nullable=False), sa.Column('steps', sa.Text(), nullable=False),
        sa.Column('total', sa.Integer(), nullable=True), sa.Column('each', sa.Integer(), nullable=True),
        sa.Column('nominate_until', sa.Date(), nullable=True), sa.Column('since', sa.Date(), nullable=False),
        sa.Column('until', sa.Date(), nullable=False), sa.Column('least_records', sa.Integer(), nullable=False),
        sa.Column('least_minutes', sa.Integer(), nullable=False), sa.Column('deed_kind', sa.Text(), nullable=True),
        sa.Column('deed_level', sa.Text(), nullable=True), sa.Column('state', sa.Text(), nullable=False),
        sa.Column('published_on', sa.Date(), nullable=True), sa.Column('objections_until', sa.Date(), nullable=True),
        sa.Column('decided_on', sa.Date(), nullable=True), sa.Column('document_number', sa.Text(), nullable=True),
        sa.Column('note', sa.Text(), nullable=True), sa.Column('made_by', sa.Uuid(), nullable=True),
        sa.Column('decided_by', sa.Uuid(), nullable=True), sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('open', 'published', 'decided', 'cancelled')", name=op.f('ck_awards_selection_state')),
        sa.CheckConstraint("subject in ('member', 'unit', 'community')", name=op.f('ck_awards_selection_subject')),
        sa.CheckConstraint('since <= until', name=op.f('ck_awards_selection_period')),
        sa.ForeignKeyConstraint(['tenant_id', 'organization_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_awards_selection_tenant_id_organization_id')),
        sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_awards_selection')))
    op.create_index('ix_awards_selection_organization', 'awards_selection', ['tenant_id', 'organization_id', 'state', 'id'], unique=False)
    op.create_index('ix_awards_selection_state', 'awards_selection', ['tenant_id', 'state', 'id'], unique=False)
    op.create_table('awards_nomination',
        sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False), sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('selection_id', sa.Uuid(), nullable=False), sa.Column('member_id', sa.Uuid(), nullable=True),
        sa.Column('organization_id', sa.Uuid(), nullable=True), sa.Column('place_id', sa.Uuid(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=True), sa.Column('state', sa.Text(), nullable=False),
        sa.Column('step', sa.Integer(), nullable=False), sa.Column('consent_on', sa.Date(), nullable=True),
        sa.Column('consent_channel', sa.Text(), nullable=True),
        sa.Column('evidence', postgresql.JSONB(astext_type=sa.Text()), nullable=True), sa.Column('number', sa.Text(), nullable=True),
        sa.Column('granted_on', sa.Date(), nullable=True), sa.Column('ended_on', sa.Date(), nullable=True),
        sa.Column('ended_reason', sa.Text(), nullable=True), sa.Column('deed_id', sa.Uuid(), nullable=True),
        sa.Column('made_by', sa.Uuid(), nullable=True), sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("consent_channel in ('own', 'paper')", name=op.f('ck_awards_nomination_consent_channel')),
        sa.CheckConstraint("state in ('asked', 'pending', 'recommended', 'listed', 'granted', 'declined', 'refused', 'withdrawn', 'revoked')", name=op.f('ck_awards_nomination_state')),
        sa.CheckConstraint('member_id is not null or organization_id is not null', name=op.f('ck_awards_nomination_whose')),
        sa.ForeignKeyConstraint(['tenant_id', 'member_id'], ['member.tenant_id', 'member.id'], name=op.f('fk_awards_nomination_tenant_id_member_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['tenant_id', 'organization_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_awards_nomination_tenant_id_organization_id')),
        sa.ForeignKeyConstraint(['tenant_id', 'place_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_awards_nomination_tenant_id_place_id')),
        sa.ForeignKeyConstraint(['tenant_id', 'selection_id'], ['awards_selection.tenant_id', 'awards_selection.id'], name=op.f('fk_awards_nomination_tenant_id_selection_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_awards_nomination')),
        sa.UniqueConstraint('tenant_id', 'number', name=op.f('uq_awards_nomination_tenant_id_number')))
    op.create_index('ix_awards_nomination_member', 'awards_nomination', ['tenant_id', 'member_id', 'id'], unique=False)
    op.create_index('ix_awards_nomination_organization', 'awards_nomination', ['tenant_id', 'organization_id', 'id'], unique=False)
    op.create_index('ix_awards_nomination_selection', 'awards_nomination', ['tenant_id', 'selection_id', 'state', 'id'], unique=False)
    op.create_index('uq_awards_nomination_member', 'awards_nomination', ['tenant_id', 'selection_id', 'member_id'], unique=True, postgresql_where=sa.text("state <> 'withdrawn'"))
    op.create_index('uq_awards_nomination_place', 'awards_nomination', ['tenant_id', 'selection_id', 'organization_id'], unique=True, postgresql_where=sa.text("state <> 'withdrawn'"))
    op.create_table('awards_event',
        sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False), sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('nomination_id', sa.Uuid(), nullable=False), sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('level', sa.Text(), nullable=True), sa.Column('note', sa.Text(), nullable=True),
        sa.Column('by', sa.Uuid(), nullable=True), sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('nominated', 'agreed', 'declined', 'recommended', 'refused', 'withdrawn', 'listed', 'upheld', 'rejected', 'reopened', 'granted', 'revoked')", name=op.f('ck_awards_event_kind')),
        sa.ForeignKeyConstraint(['tenant_id', 'nomination_id'], ['awards_nomination.tenant_id', 'awards_nomination.id'], name=op.f('fk_awards_event_tenant_id_nomination_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_awards_event')))
    op.create_index('ix_awards_event_nomination', 'awards_event', ['tenant_id', 'nomination_id', 'id'], unique=False)
    op.create_table('awards_objection',
        sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False), sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('nomination_id', sa.Uuid(), nullable=False), sa.Column('selection_id', sa.Uuid(), nullable=False),
        sa.Column('says', sa.LargeBinary(), nullable=True), sa.Column('contact', sa.LargeBinary(), nullable=True),
        sa.Column('channel', sa.Text(), nullable=False), sa.Column('state', sa.Text(), nullable=False),
        sa.Column('raised_on', sa.Date(), nullable=False), sa.Column('entered_by', sa.Uuid(), nullable=True),
        sa.Column('answer', sa.Text(), nullable=True), sa.Column('decided_on', sa.Date(), nullable=True),
        sa.Column('decided_by', sa.Uuid(), nullable=True), sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("channel in ('web', 'paper', 'phone')", name=op.f('ck_awards_objection_channel')),
        sa.CheckConstraint("state in ('open', 'upheld', 'rejected')", name=op.f('ck_awards_objection_state')),
        sa.ForeignKeyConstraint(['tenant_id', 'nomination_id'], ['awards_nomination.tenant_id', 'awards_nomination.id'], name=op.f('fk_awards_objection_tenant_id_nomination_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['tenant_id', 'selection_id'], ['awards_selection.tenant_id', 'awards_selection.id'], name=op.f('fk_awards_objection_tenant_id_selection_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_awards_objection')))
    op.create_index('ix_awards_objection_contact', 'awards_objection', ['tenant_id', 'decided_on'], unique=False, postgresql_where=sa.text('says is not null or contact is not null'))
    op.create_index('ix_awards_objection_nomination', 'awards_objection', ['tenant_id', 'nomination_id', 'id'], unique=False)
    op.create_index('ix_awards_objection_selection', 'awards_objection', ['tenant_id', 'selection_id', 'state', 'id'], unique=False)
    enable_row_level_security(*TABLES)


def downgrade() -> None:
    """Remove awards with all they hold."""
    for table in reversed(TABLES):
        op.drop_table(table)
