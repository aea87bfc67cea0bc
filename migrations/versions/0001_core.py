"""The first schema: every core table with its keys, behind row-level security."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.audit.grants import REVOKES

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

REFERENCE = {"tenant", "tenant_key", "division", "operator", "operator_login", "operator_setting"}
POLICY = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::int"


def upgrade() -> None:
    """Make the tables, then the third wall around each of the tenants' tables, then take back what the log forbids."""
    create_tables()
    names = sa.inspect(op.get_bind()).get_table_names()
    for table in sorted(n for n in names if n not in REFERENCE and not n.startswith("alembic_version")):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING ({POLICY}) WITH CHECK ({POLICY})")
    for statement in REVOKES:
        op.execute(statement)
    op.execute("GRANT SELECT, INSERT ON audit_entry, audit_head TO baodao_audit")


def downgrade() -> None:
    """Drop everything; only for a development database."""
    inspector = sa.inspect(op.get_bind())
    for table in inspector.get_table_names():
        if not table.startswith("alembic_version"):
            op.execute(f"DROP TABLE {table} CASCADE")


def create_tables() -> None:
    """Every table of the core, in the order of their foreign keys."""
    op.create_table('audit_entry',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('actor_kind', sa.Text(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('object_type', sa.Text(), nullable=False),
    sa.Column('object_id', sa.Uuid(), nullable=True),
    sa.Column('details', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('previous_hash', sa.LargeBinary(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint("actor_kind in ('account', 'operator', 'job', 'system')", name=op.f('ck_audit_entry_actor_kind')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_audit_entry')),
    sa.UniqueConstraint('tenant_id', 'seq', name=op.f('uq_audit_entry_tenant_id_seq'))
    )
    op.create_index('ix_audit_entry_actor', 'audit_entry', ['tenant_id', 'actor_id', 'seq'], unique=False)
    op.create_index('ix_audit_entry_object', 'audit_entry', ['tenant_id', 'object_id', 'seq'], unique=False)
    op.create_table('audit_head',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.Column('signature', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_audit_head'))
    )
    op.create_table('division',
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('level', sa.Text(), nullable=False),
    sa.Column('parent_code', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_division'))
    )
    op.create_index(op.f('ix_division_parent_code'), 'division', ['parent_code'], unique=False)
    op.create_table('job',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('payload', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('run_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('fence', sa.BigInteger(), nullable=False),
    sa.Column('progress', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('checkpoint', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('result', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('effect_key', sa.Text(), nullable=True),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status in ('due', 'running', 'done', 'failed', 'cancelled')", name=op.f('ck_job_status')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_job')),
    sa.UniqueConstraint('tenant_id', 'effect_key', name=op.f('uq_job_tenant_id_effect_key'))
    )
    op.create_index('ix_job_open', 'job', ['tenant_id', 'run_at'], unique=False, postgresql_where=sa.text("status in ('due', 'running')"))
    op.create_table('operator',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('username', sa.Text(), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('failed_logins', sa.Integer(), nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_operator')),
    sa.UniqueConstraint('username', name=op.f('uq_operator_username'))
    )
    op.create_table('operator_setting',
    sa.Column('namespace', sa.Text(), nullable=False),
    sa.Column('values', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('locked', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('namespace', name=op.f('pk_operator_setting'))
    )
    op.create_table('organization',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('sort_key', sa.Text(), nullable=False),
    sa.Column('path', sa.Text(), nullable=False),
    sa.Column('division_kind', sa.Text(), nullable=True),
    sa.Column('unit_type', sa.Text(), nullable=True),
    sa.Column('subordination', sa.Text(), nullable=True),
    sa.Column('credit_code', sa.Text(), nullable=True),
    sa.Column('community_id', sa.Uuid(), nullable=True),
    sa.Column('contact_name', sa.Text(), nullable=True),
    sa.Column('contact_phone', sa.LargeBinary(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(kind = 'unit') = (unit_type is not null)", name=op.f('ck_organization_unit_has_type')),
    sa.CheckConstraint("kind in ('committee', 'county', 'street', 'community', 'grid', 'building', 'sector', 'unit')", name=op.f('ck_organization_kind')),
    sa.CheckConstraint("unit_type in ('government', 'soe', 'university', 'institution', 'enterprise', 'social', 'other')", name=op.f('ck_organization_unit_type')),
    sa.ForeignKeyConstraint(['tenant_id', 'community_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_organization_tenant_id_community_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'parent_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_organization_tenant_id_parent_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_organization')),
    sa.UniqueConstraint('tenant_id', 'code', name=op.f('uq_organization_tenant_id_code')),
    sa.UniqueConstraint('tenant_id', 'path', name=op.f('uq_organization_tenant_id_path'))
    )
    op.create_index('ix_organization_kind', 'organization', ['tenant_id', 'kind', 'sort_key', 'id'], unique=False)
    op.create_index('ix_organization_name', 'organization', ['tenant_id', 'name'], unique=False, postgresql_ops={'name': 'text_pattern_ops'})
    op.create_index('ix_organization_parent', 'organization', ['tenant_id', 'parent_id', 'sort_key'], unique=False)
    op.create_index('ix_organization_path', 'organization', ['tenant_id', 'path'], unique=False, postgresql_ops={'path': 'text_pattern_ops'})
    op.create_table('plugin_activation',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('plugin', sa.Text(), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.Uuid(), nullable=True),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_plugin_activation')),
    sa.UniqueConstraint('tenant_id', 'plugin', name=op.f('uq_plugin_activation_tenant_id_plugin'))
    )
    op.create_table('plugin_failure',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('plugin', sa.Text(), nullable=False),
    sa.Column('hook', sa.Text(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_plugin_failure')),
    sa.UniqueConstraint('tenant_id', 'plugin', 'hook', name=op.f('uq_plugin_failure_tenant_id_plugin_hook'))
    )
    op.create_table('stored_file',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('media_type', sa.Text(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_stored_file'))
    )
    op.create_index('ix_stored_file_expiry', 'stored_file', ['tenant_id', 'expires_at'], unique=False)
    op.create_table('tenant',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('short_name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('profile', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind in ('city', 'sector')", name=op.f('ck_tenant_kind')),
    sa.CheckConstraint("status in ('active', 'suspended')", name=op.f('ck_tenant_status')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tenant')),
    sa.UniqueConstraint('code', name=op.f('uq_tenant_code')),
    sa.UniqueConstraint('slug', name=op.f('uq_tenant_slug'))
    )
    op.create_table('term',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('locale', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_term')),
    sa.UniqueConstraint('tenant_id', 'locale', 'key', name=op.f('uq_term_tenant_id_locale_key'))
    )
    op.create_table('certificate_series',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('issuer_id', sa.Uuid(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('last_serial', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'issuer_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_certificate_series_tenant_id_issuer_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_certificate_series')),
    sa.UniqueConstraint('tenant_id', 'issuer_id', 'year', name=op.f('uq_certificate_series_tenant_id_issuer_id_year'))
    )
    op.create_table('job_effect',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('job_id', sa.Uuid(), nullable=False),
    sa.Column('effect_key', sa.Text(), nullable=False),
    sa.Column('fence', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'job_id'], ['job.tenant_id', 'job.id'], name=op.f('fk_job_effect_tenant_id_job_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_job_effect')),
    sa.UniqueConstraint('tenant_id', 'effect_key', name=op.f('uq_job_effect_tenant_id_effect_key'))
    )
    op.create_table('member',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('pinyin', sa.Text(), nullable=False),
    sa.Column('initials', sa.Text(), nullable=False),
    sa.Column('sort_key', sa.Text(), nullable=False),
    sa.Column('sex', sa.Text(), nullable=False),
    sa.Column('ethnicity', sa.Text(), nullable=True),
    sa.Column('id_number', sa.LargeBinary(), nullable=True),
    sa.Column('id_number_index', sa.LargeBinary(), nullable=True),
    sa.Column('phone', sa.LargeBinary(), nullable=True),
    sa.Column('phone_index', sa.LargeBinary(), nullable=True),
    sa.Column('address', sa.LargeBinary(), nullable=True),
    sa.Column('joined_party_on', sa.Date(), nullable=True),
    sa.Column('category', sa.Text(), nullable=False),
    sa.Column('branch', sa.Text(), nullable=True),
    sa.Column('position', sa.Text(), nullable=True),
    sa.Column('skills', sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('preferences', sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('residence_id', sa.Uuid(), nullable=True),
    sa.Column('workplace_id', sa.Uuid(), nullable=True),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("category in ('full', 'probationary')", name=op.f('ck_member_category')),
    sa.CheckConstraint("sex in ('male', 'female')", name=op.f('ck_member_sex')),
    sa.CheckConstraint("status in ('active', 'left', 'erased')", name=op.f('ck_member_status')),
    sa.ForeignKeyConstraint(['tenant_id', 'residence_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_member_tenant_id_residence_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'unit_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_member_tenant_id_unit_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'workplace_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_member_tenant_id_workplace_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_member')),
    sa.UniqueConstraint('tenant_id', 'id_number_index', name=op.f('uq_member_tenant_id_id_number_index'))
    )
    op.create_index('ix_member_initials', 'member', ['tenant_id', 'initials', 'id'], unique=False, postgresql_ops={'initials': 'text_pattern_ops'})
    op.create_index('ix_member_name', 'member', ['tenant_id', 'name', 'id'], unique=False, postgresql_ops={'name': 'text_pattern_ops'})
    op.create_index('ix_member_phone', 'member', ['tenant_id', 'phone_index'], unique=False)
    op.create_index('ix_member_pinyin', 'member', ['tenant_id', 'pinyin', 'id'], unique=False, postgresql_ops={'pinyin': 'text_pattern_ops'})
    op.create_index('ix_member_residence', 'member', ['tenant_id', 'residence_id', 'sort_key', 'id'], unique=False)
    op.create_index('ix_member_sort', 'member', ['tenant_id', 'sort_key', 'id'], unique=False)
    op.create_index('ix_member_unit', 'member', ['tenant_id', 'unit_id', 'sort_key', 'id'], unique=False)
    op.create_index('ix_member_workplace', 'member', ['tenant_id', 'workplace_id', 'sort_key', 'id'], unique=False)
    op.create_table('operator_login',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('operator_id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['operator_id'], ['operator.id'], name=op.f('fk_operator_login_operator_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_operator_login')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_operator_login_token_hash'))
    )
    op.create_table('setting',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('namespace', sa.Text(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=True),
    sa.Column('values', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('locked', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint('version > 0', name=op.f('ck_setting_version')),
    sa.ForeignKeyConstraint(['tenant_id', 'organization_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_setting_tenant_id_organization_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_setting')),
    sa.UniqueConstraint('tenant_id', 'namespace', 'organization_id', name=op.f('uq_setting_tenant_id_namespace_organization_id'), postgresql_nulls_not_distinct=True)
    )
    op.create_table('setting_change',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('namespace', sa.Text(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=True),
    sa.Column('before', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('after', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'organization_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_setting_change_tenant_id_organization_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_setting_change'))
    )
    op.create_index(op.f('ix_setting_change_tenant_id_namespace_at'), 'setting_change', ['tenant_id', 'namespace', 'at'], unique=False)
    op.create_table('tenant_key',
    sa.Column('tenant_id', sa.Integer(), nullable=False),
    sa.Column('key_id', sa.SmallInteger(), nullable=False),
    sa.Column('algorithm', sa.Text(), nullable=False),
    sa.Column('wrapped', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_tenant_key_tenant_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'key_id', name=op.f('pk_tenant_key'))
    )
    op.create_table('account',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('username', sa.Text(), nullable=False),
    sa.Column('display_name', sa.Text(), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('member_id', sa.Uuid(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('must_change_password', sa.Boolean(), nullable=False),
    sa.Column('failed_logins', sa.Integer(), nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('locale', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'member_id'], ['member.tenant_id', 'member.id'], name=op.f('fk_account_tenant_id_member_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_account')),
    sa.UniqueConstraint('tenant_id', 'member_id', name=op.f('uq_account_tenant_id_member_id')),
    sa.UniqueConstraint('tenant_id', 'username', name=op.f('uq_account_tenant_id_username'))
    )
    op.create_table('affiliation',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('source', sa.Text(), nullable=False),
    sa.CheckConstraint("kind in ('unit', 'residence', 'workplace')", name=op.f('ck_affiliation_kind')),
    sa.CheckConstraint('valid_to is null or valid_to >= valid_from', name=op.f('ck_affiliation_period')),
    sa.ForeignKeyConstraint(['tenant_id', 'member_id'], ['member.tenant_id', 'member.id'], name=op.f('fk_affiliation_tenant_id_member_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id', 'organization_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_affiliation_tenant_id_organization_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_affiliation'))
    )
    op.create_index('ix_affiliation_organization', 'affiliation', ['tenant_id', 'organization_id', 'kind', 'member_id'], unique=False)
    op.create_index('uq_affiliation_open', 'affiliation', ['tenant_id', 'member_id', 'kind'], unique=True, postgresql_where=sa.text('valid_to is null'))
    op.create_table('certificate',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('issuer_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('nonce', sa.LargeBinary(), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('issued_by', sa.Uuid(), nullable=True),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('revoked_reason', sa.Text(), nullable=True),
    sa.CheckConstraint("status in ('valid', 'revoked')", name=op.f('ck_certificate_status')),
    sa.ForeignKeyConstraint(['tenant_id', 'issuer_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_certificate_tenant_id_issuer_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'member_id'], ['member.tenant_id', 'member.id'], name=op.f('fk_certificate_tenant_id_member_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id', 'unit_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_certificate_tenant_id_unit_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_certificate')),
    sa.UniqueConstraint('tenant_id', 'number', name=op.f('uq_certificate_tenant_id_number'))
    )
    op.create_index('ix_certificate_issuer', 'certificate', ['tenant_id', 'issuer_id', 'number'], unique=False)
    op.create_index('ix_certificate_unit', 'certificate', ['tenant_id', 'unit_id', 'number'], unique=False)
    op.create_index('uq_certificate_valid', 'certificate', ['tenant_id', 'member_id'], unique=True, postgresql_where=sa.text("status = 'valid'"))
    op.create_table('service_record',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('place', sa.Text(), nullable=True),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('hours_source', sa.Text(), nullable=False),
    sa.Column('recipient_kind', sa.Text(), nullable=False),
    sa.Column('recipient_group', sa.Text(), nullable=True),
    sa.Column('recipient', sa.LargeBinary(), nullable=True),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('entered_by', sa.Uuid(), nullable=True),
    sa.Column('verified_by', sa.Uuid(), nullable=True),
    sa.Column('verified_on', sa.Date(), nullable=True),
    sa.Column('returned_reason', sa.Text(), nullable=True),
    sa.Column('counted_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("hours_source in ('reported', 'system', 'officer')", name=op.f('ck_service_record_hours_source')),
    sa.CheckConstraint("recipient_kind in ('person', 'household', 'public')", name=op.f('ck_service_record_recipient_kind')),
    sa.CheckConstraint("status in ('submitted', 'verified', 'returned', 'counted', 'withdrawn')", name=op.f('ck_service_record_status')),
    sa.CheckConstraint('minutes between 1 and 1440', name=op.f('ck_service_record_minutes')),
    sa.ForeignKeyConstraint(['tenant_id', 'community_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_service_record_tenant_id_community_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'member_id'], ['member.tenant_id', 'member.id'], name=op.f('fk_service_record_tenant_id_member_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id', 'unit_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_service_record_tenant_id_unit_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_service_record'))
    )
    op.create_index('ix_service_record_community', 'service_record', ['tenant_id', 'community_id', 'status', 'happened_on', 'id'], unique=False)
    op.create_index('ix_service_record_member', 'service_record', ['tenant_id', 'member_id', 'happened_on', 'id'], unique=False)
    op.create_index('ix_service_record_unit', 'service_record', ['tenant_id', 'unit_id', 'happened_on', 'id'], unique=False)
    op.create_table('access_grant',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('granted_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'account_id'], ['account.tenant_id', 'account.id'], name=op.f('fk_access_grant_tenant_id_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id', 'organization_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_access_grant_tenant_id_organization_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_access_grant')),
    sa.UniqueConstraint('tenant_id', 'account_id', 'role', 'organization_id', name=op.f('uq_access_grant_tenant_id_account_id_role_organization_id'))
    )
    op.create_table('access_token',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('scopes', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('expires_at > created_at', name=op.f('ck_access_token_expiry')),
    sa.ForeignKeyConstraint(['tenant_id', 'account_id'], ['account.tenant_id', 'account.id'], name=op.f('fk_access_token_tenant_id_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_access_token')),
    sa.UniqueConstraint('tenant_id', 'token_hash', name=op.f('uq_access_token_tenant_id_token_hash'))
    )
    op.create_table('evaluation',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('record_id', sa.Uuid(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('rating', sa.Text(), nullable=False),
    sa.Column('comment', sa.LargeBinary(), nullable=True),
    sa.Column('evaluated_on', sa.Date(), nullable=False),
    sa.Column('keyed_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("channel in ('code', 'paper', 'visit', 'waiver')", name=op.f('ck_evaluation_channel')),
    sa.CheckConstraint("rating in ('satisfied', 'fair', 'dissatisfied')", name=op.f('ck_evaluation_rating')),
    sa.ForeignKeyConstraint(['tenant_id', 'record_id'], ['service_record.tenant_id', 'service_record.id'], name=op.f('fk_evaluation_tenant_id_record_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_evaluation')),
    sa.UniqueConstraint('tenant_id', 'record_id', name=op.f('uq_evaluation_tenant_id_record_id'))
    )
    op.create_table('evaluation_code',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('record_id', sa.Uuid(), nullable=False),
    sa.Column('code_hash', sa.LargeBinary(), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'record_id'], ['service_record.tenant_id', 'service_record.id'], name=op.f('fk_evaluation_code_tenant_id_record_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_evaluation_code')),
    sa.UniqueConstraint('tenant_id', 'code_hash', name=op.f('uq_evaluation_code_tenant_id_code_hash')),
    sa.UniqueConstraint('tenant_id', 'record_id', name=op.f('uq_evaluation_code_tenant_id_record_id'))
    )
    op.create_table('login',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'account_id'], ['account.tenant_id', 'account.id'], name=op.f('fk_login_tenant_id_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_login')),
    sa.UniqueConstraint('tenant_id', 'token_hash', name=op.f('uq_login_tenant_id_token_hash'))
    )
    op.create_index('ix_login_account', 'login', ['tenant_id', 'account_id'], unique=False)
    op.create_table('report_in',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('certificate_id', sa.Uuid(), nullable=True),
    sa.Column('sort_key', sa.Text(), nullable=False),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('reported_on', sa.Date(), nullable=False),
    sa.Column('submitted_by', sa.Uuid(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("basis in ('residence', 'workplace')", name=op.f('ck_report_in_basis')),
    sa.CheckConstraint("channel in ('officer', 'phone', 'paper')", name=op.f('ck_report_in_channel')),
    sa.CheckConstraint("status in ('submitted', 'confirmed', 'returned', 'ended')", name=op.f('ck_report_in_status')),
    sa.ForeignKeyConstraint(['tenant_id', 'certificate_id'], ['certificate.tenant_id', 'certificate.id'], name=op.f('fk_report_in_tenant_id_certificate_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'community_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_report_in_tenant_id_community_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'member_id'], ['member.tenant_id', 'member.id'], name=op.f('fk_report_in_tenant_id_member_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id', 'unit_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_report_in_tenant_id_unit_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_report_in'))
    )
    op.create_index('ix_report_in_community', 'report_in', ['tenant_id', 'community_id', 'status', 'sort_key', 'id'], unique=False)
    op.create_index('ix_report_in_unit', 'report_in', ['tenant_id', 'unit_id', 'status', 'sort_key', 'id'], unique=False)
    op.create_index('uq_report_in_current', 'report_in', ['tenant_id', 'member_id', 'community_id'], unique=True, postgresql_where=sa.text("status in ('submitted', 'confirmed')"))
    op.create_table('obligation',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('community_id', sa.Uuid(), nullable=True),
    sa.Column('cause', sa.Text(), nullable=False),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('met_on', sa.Date(), nullable=True),
    sa.Column('report_in_id', sa.Uuid(), nullable=True),
    sa.Column('reason_code', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("basis in ('any', 'residence', 'workplace')", name=op.f('ck_obligation_basis')),
    sa.CheckConstraint("cause in ('initial', 'new_member', 'residence_changed', 'workplace_changed')", name=op.f('ck_obligation_cause')),
    sa.CheckConstraint("status in ('open', 'met', 'superseded', 'waived')", name=op.f('ck_obligation_status')),
    sa.ForeignKeyConstraint(['tenant_id', 'community_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_obligation_tenant_id_community_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'member_id'], ['member.tenant_id', 'member.id'], name=op.f('fk_obligation_tenant_id_member_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id', 'report_in_id'], ['report_in.tenant_id', 'report_in.id'], name=op.f('fk_obligation_tenant_id_report_in_id')),
    sa.ForeignKeyConstraint(['tenant_id', 'unit_id'], ['organization.tenant_id', 'organization.id'], name=op.f('fk_obligation_tenant_id_unit_id')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_obligation'))
    )
    op.create_index('ix_obligation_community', 'obligation', ['tenant_id', 'community_id', 'status', 'due_on', 'id'], unique=False)
    op.create_index('ix_obligation_due', 'obligation', ['tenant_id', 'status', 'due_on', 'id'], unique=False)
    op.create_index('ix_obligation_unit', 'obligation', ['tenant_id', 'unit_id', 'status', 'due_on', 'id'], unique=False)
    op.create_index('uq_obligation_open', 'obligation', ['tenant_id', 'member_id', 'basis'], unique=True, postgresql_where=sa.text("status = 'open'"))
    op.create_table('receipt',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('report_in_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('closed_by', sa.Text(), nullable=True),
    sa.Column('paper_number', sa.Text(), nullable=True),
    sa.CheckConstraint("closed_by in ('automatic', 'paper')", name=op.f('ck_receipt_closed_by')),
    sa.ForeignKeyConstraint(['tenant_id', 'report_in_id'], ['report_in.tenant_id', 'report_in.id'], name=op.f('fk_receipt_tenant_id_report_in_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_receipt')),
    sa.UniqueConstraint('tenant_id', 'number', name=op.f('uq_receipt_tenant_id_number')),
    sa.UniqueConstraint('tenant_id', 'report_in_id', name=op.f('uq_receipt_tenant_id_report_in_id'))
    )
    op.create_table('obligation_event',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('obligation_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('due_before', sa.Date(), nullable=True),
    sa.Column('due_after', sa.Date(), nullable=True),
    sa.CheckConstraint("kind in ('opened', 'reason', 'extended', 'reminded', 'met', 'superseded', 'waived')", name=op.f('ck_obligation_event_kind')),
    sa.ForeignKeyConstraint(['tenant_id', 'obligation_id'], ['obligation.tenant_id', 'obligation.id'], name=op.f('fk_obligation_event_tenant_id_obligation_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_obligation_event'))
    )
    op.create_index('ix_obligation_event', 'obligation_event', ['tenant_id', 'obligation_id', 'at'], unique=False)
