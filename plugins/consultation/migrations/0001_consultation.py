"""The tables of consultations: occasions, requests, whom they are about, answers, opinions and signatures."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.api import enable_row_level_security

revision = "consultation_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table('consultation_occasion',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('asker_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=True),
    sa.Column('copy_id', sa.Uuid(), nullable=True),
    sa.Column('purpose', sa.LargeBinary(), nullable=True),
    sa.Column('says', sa.LargeBinary(), nullable=True),
    sa.Column('asked_on', sa.Date(), nullable=False),
    sa.Column('asked_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint("kind in ('members', 'organization')", name=op.f('ck_consultation_occasion_kind')),
    sa.ForeignKeyConstraint(['tenant_id', 'asker_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_consultation_occasion_tenant_id_asker_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'copy_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_consultation_occasion_tenant_id_copy_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'organization_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_consultation_occasion_tenant_id_organization_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_consultation_occasion'))
    )
    op.create_index('ix_consultation_occasion_asker', 'consultation_occasion', ['tenant_id', 'asker_id', 'id'], unique=False)
    op.create_table('consultation_request',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('occasion_id', sa.Uuid(), nullable=False),
    sa.Column('asker_id', sa.Uuid(), nullable=False),
    sa.Column('copy_id', sa.Uuid(), nullable=True),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('persons', sa.Integer(), nullable=False),
    sa.Column('asked_on', sa.Date(), nullable=False),
    sa.Column('deadline', sa.Date(), nullable=False),
    sa.Column('extended_on', sa.Date(), nullable=True),
    sa.Column('extension_reason', sa.LargeBinary(), nullable=True),
    sa.Column('reopened_on', sa.Date(), nullable=True),
    sa.Column('reopen_reason', sa.LargeBinary(), nullable=True),
    sa.Column('withdraw_reason', sa.LargeBinary(), nullable=True),
    sa.Column('outcome', sa.LargeBinary(), nullable=True),
    sa.Column('outcome_on', sa.Date(), nullable=True),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('removed_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state in ('open', 'answered', 'withdrawn')", name=op.f('ck_consultation_request_state')),
    sa.ForeignKeyConstraint(['tenant_id', 'asker_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_consultation_request_tenant_id_asker_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'community_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_consultation_request_tenant_id_community_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'copy_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_consultation_request_tenant_id_copy_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'occasion_id'], ['consultation_occasion.tenant_id', 'consultation_occasion.id'], name=op.f('fk_consultation_request_tenant_id_occasion_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_consultation_request')),
    sa.UniqueConstraint('tenant_id', 'occasion_id', 'community_id', name=op.f('uq_consultation_request_tenant_id_occasion_id_community_id'))
    )
    op.create_index('ix_consultation_request_asker', 'consultation_request', ['tenant_id', 'asker_id', 'state', 'deadline', 'id'], unique=False)
    op.create_index('ix_consultation_request_community', 'consultation_request', ['tenant_id', 'community_id', 'state', 'deadline', 'id'], unique=False)
    op.create_index('ix_consultation_request_copy', 'consultation_request', ['tenant_id', 'copy_id', 'id'], unique=False, postgresql_where=sa.text('copy_id is not null'))
    op.create_index('ix_consultation_request_kept', 'consultation_request', ['tenant_id', 'closed_on', 'id'], unique=False, postgresql_where=sa.text('removed_on is null'))
    op.create_table('consultation_answer',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('request_id', sa.Uuid(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('returned', sa.LargeBinary(), nullable=True),
    sa.Column('signers', sa.LargeBinary(), nullable=True),
    sa.Column('answered_on', sa.Date(), nullable=True),
    sa.Column('entered_by', sa.Uuid(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("channel in ('web', 'paper')", name=op.f('ck_consultation_answer_channel')),
    sa.ForeignKeyConstraint(['tenant_id', 'request_id'], ['consultation_request.tenant_id', 'consultation_request.id'], name=op.f('fk_consultation_answer_tenant_id_request_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_consultation_answer')),
    sa.UniqueConstraint('tenant_id', 'request_id', 'round', name=op.f('uq_consultation_answer_tenant_id_request_id_round'))
    )
    op.create_table('consultation_subject',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('request_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=True),
    sa.Column('organization_id', sa.Uuid(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'member_id'], ['member.tenant_id', 'member.id'], name=op.f('fk_consultation_subject_tenant_id_member_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id', 'organization_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_consultation_subject_tenant_id_organization_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'request_id'], ['consultation_request.tenant_id', 'consultation_request.id'], name=op.f('fk_consultation_subject_tenant_id_request_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_consultation_subject')),
    sa.UniqueConstraint('tenant_id', 'request_id', 'member_id', name=op.f('uq_consultation_subject_tenant_id_request_id_member_id'))
    )
    op.create_index('ix_consultation_subject_member', 'consultation_subject', ['tenant_id', 'member_id', 'request_id'], unique=False)
    op.create_table('consultation_opinion',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('answer_id', sa.Uuid(), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('opinion', sa.LargeBinary(), nullable=True),
    sa.Column('reason', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'answer_id'], ['consultation_answer.tenant_id', 'consultation_answer.id'], name=op.f('fk_consultation_opinion_tenant_id_answer_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id', 'subject_id'], ['consultation_subject.tenant_id', 'consultation_subject.id'], name=op.f('fk_consultation_opinion_tenant_id_subject_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_consultation_opinion')),
    sa.UniqueConstraint('tenant_id', 'answer_id', 'subject_id', name=op.f('uq_consultation_opinion_tenant_id_answer_id_subject_id'))
    )
    op.create_table('consultation_signature',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('answer_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('signer_id', sa.Uuid(), nullable=False),
    sa.Column('signer_member_id', sa.Uuid(), nullable=True),
    sa.Column('place_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.LargeBinary(), nullable=True),
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('number between 1 and 2', name=op.f('ck_consultation_signature_number')),
    sa.ForeignKeyConstraint(['tenant_id', 'answer_id'], ['consultation_answer.tenant_id', 'consultation_answer.id'], name=op.f('fk_consultation_signature_tenant_id_answer_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id', 'place_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_consultation_signature_tenant_id_place_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_consultation_signature')),
    sa.UniqueConstraint('tenant_id', 'answer_id', 'number', name=op.f('uq_consultation_signature_tenant_id_answer_id_number')),
    sa.UniqueConstraint('tenant_id', 'answer_id', 'signer_id', name=op.f('uq_consultation_signature_tenant_id_answer_id_signer_id'))
    )
    enable_row_level_security('consultation_answer', 'consultation_occasion', 'consultation_opinion', 'consultation_request', 'consultation_signature', 'consultation_subject')


def downgrade() -> None:
    """Remove consultations with all they hold."""
    op.drop_table('consultation_signature')
    op.drop_table('consultation_opinion')
    op.drop_index('ix_consultation_subject_member', table_name='consultation_subject')
    op.drop_table('consultation_subject')
    op.drop_table('consultation_answer')
    op.drop_index('ix_consultation_request_kept', table_name='consultation_request', postgresql_where=sa.text('removed_on is null'))
    op.drop_index('ix_consultation_request_copy', table_name='consultation_request', postgresql_where=sa.text('copy_id is not null'))
    op.drop_index('ix_consultation_request_community', table_name='consultation_request')
    op.drop_index('ix_consultation_request_asker', table_name='consultation_request')
    op.drop_table('consultation_request')
    op.drop_index('ix_consultation_occasion_asker', table_name='consultation_occasion')
    op.drop_table('consultation_occasion')
