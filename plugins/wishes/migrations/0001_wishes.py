"""The tables of wishes."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.api import enable_row_level_security

revision = "wishes_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, behind the walls."""
    op.create_table('wishes_wish',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('recipient_group', sa.Text(), nullable=True),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('origin', sa.Text(), nullable=True),
    sa.Column('origin_id', sa.Uuid(), nullable=True),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('text', sa.LargeBinary(), nullable=True),
    sa.Column('name', sa.LargeBinary(), nullable=True),
    sa.Column('phone', sa.LargeBinary(), nullable=True),
    sa.Column('address', sa.LargeBinary(), nullable=True),
    sa.Column('name_mark', sa.LargeBinary(), nullable=True),
    sa.Column('phone_mark', sa.LargeBinary(), nullable=True),
    sa.Column('title', sa.Text(), nullable=True),
    sa.Column('concrete', sa.Boolean(), nullable=True),
    sa.Column('real', sa.Boolean(), nullable=True),
    sa.Column('easy', sa.Boolean(), nullable=True),
    sa.Column('harder', sa.Boolean(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('listed', sa.Boolean(), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('alarm_on', sa.Date(), nullable=True),
    sa.Column('served_on', sa.Date(), nullable=True),
    sa.Column('served_minutes', sa.Integer(), nullable=True),
    sa.Column('proof', sa.LargeBinary(), nullable=True),
    sa.Column('remark', sa.LargeBinary(), nullable=True),
    sa.Column('answer', sa.LargeBinary(), nullable=True),
    sa.Column('verdict', sa.Text(), nullable=True),
    sa.Column('rating', sa.Text(), nullable=True),
    sa.Column('comment', sa.LargeBinary(), nullable=True),
    sa.Column('judged_on', sa.Date(), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('erased', sa.Boolean(), nullable=False),
    sa.Column('entered_by', sa.Uuid(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state not in ('written_off', 'refused', 'split', 'withdrawn') or ended_on is not null", name=op.f('ck_wishes_wish_ended')),
    sa.CheckConstraint("channel in ('officer', 'public', 'need', 'split')", name=op.f('ck_wishes_wish_channel')),
    sa.CheckConstraint("kind in ('dream', 'wish', 'difficulty')", name=op.f('ck_wishes_wish_kind')),
    sa.CheckConstraint("rating in ('satisfied', 'fair', 'dissatisfied')", name=op.f('ck_wishes_wish_rating')),
    sa.CheckConstraint("state in ('submitted', 'accepted', 'claimed', 'done', 'written_off', 'refused', 'split', 'withdrawn')", name=op.f('ck_wishes_wish_state')),
    sa.CheckConstraint("state not in ('accepted', 'claimed', 'done') or title is not null", name=op.f('ck_wishes_wish_titled')),
    sa.CheckConstraint("verdict in ('fulfilled', 'unfulfilled')", name=op.f('ck_wishes_wish_verdict')),
    sa.ForeignKeyConstraint(['tenant_id', 'community_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_wishes_wish_tenant_id_community_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'parent_id'], ['wishes_wish.tenant_id', 'wishes_wish.id'], name=op.f('fk_wishes_wish_tenant_id_parent_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_wishes_wish'))
    )
    op.create_index('ix_wishes_wish_alarm', 'wishes_wish', ['tenant_id', 'community_id', 'alarm_on', 'id'], unique=False, postgresql_where=sa.text('alarm_on is not null'))
    op.create_index('ix_wishes_wish_community', 'wishes_wish', ['tenant_id', 'community_id', 'state', 'id'], unique=False)
    op.create_index('ix_wishes_wish_ended', 'wishes_wish', ['tenant_id', 'ended_on', 'id'], unique=False, postgresql_where=sa.text('ended_on is not null and not erased'))
    op.create_index('ix_wishes_wish_name', 'wishes_wish', ['tenant_id', 'name_mark'], unique=False)
    op.create_index('ix_wishes_wish_number', 'wishes_wish', ['tenant_id', 'number'], unique=False)
    op.create_index('ix_wishes_wish_parent', 'wishes_wish', ['tenant_id', 'parent_id'], unique=False, postgresql_where=sa.text('parent_id is not null'))
    op.create_index('ix_wishes_wish_phone', 'wishes_wish', ['tenant_id', 'phone_mark'], unique=False)
    op.create_index('ix_wishes_wish_rated', 'wishes_wish', ['tenant_id', 'id'], unique=False, postgresql_where=sa.text('rating is not null'))
    op.create_index('ix_wishes_wish_received', 'wishes_wish', ['tenant_id', 'community_id', 'received_on'], unique=False)
    op.create_index('ix_wishes_wish_state', 'wishes_wish', ['tenant_id', 'state', 'id'], unique=False)
    op.create_index('ix_wishes_wish_title', 'wishes_wish', ['tenant_id', 'title'], unique=False, postgresql_ops={'title': 'text_pattern_ops'})
    op.create_index('ix_wishes_wish_wall', 'wishes_wish', ['tenant_id', 'community_id', 'listed', 'id'], unique=False)
    op.create_table('wishes_event',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('wish_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('by', sa.Uuid(), nullable=True),
    sa.Column('note', sa.LargeBinary(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind in ('received', 'accepted', 'accept_undone', 'refused', 'split', 'withdrawn', 'claimed', 'back_on_wall', 'done', 'sent_back', 'judged', 'written_off', 'counted')", name=op.f('ck_wishes_event_kind')),
    sa.ForeignKeyConstraint(['tenant_id', 'wish_id'], ['wishes_wish.tenant_id', 'wishes_wish.id'], name=op.f('fk_wishes_event_tenant_id_wish_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_wishes_event'))
    )
    op.create_index('ix_wishes_event_wish', 'wishes_event', ['tenant_id', 'wish_id', 'id'], unique=False)
    enable_row_level_security('wishes_event', 'wishes_wish')


def downgrade() -> None:
    """Remove wishes with all they hold."""
    op.drop_table('wishes_event')
    op.drop_table('wishes_wish')
