"""Make the table of duties"""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.api import enable_row_level_security

revision = "snow_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('snow_duty',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('record_id', sa.Uuid(), nullable=True),
    sa.Column('stretch', sa.Text(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'community_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_snow_duty_tenant_id_community_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_snow_duty'))
    )
    enable_row_level_security('snow_duty')


def downgrade() -> None:
    op.drop_table('snow_duty')
