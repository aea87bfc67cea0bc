"""Requests that wait for a second person, sign-in by a tenant's own OpenID provider, and roles that one account never joins."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

POLICY = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::int"
TABLES = ("approval", "sign_in_provider", "sign_in_link", "sign_in_attempt")
ONE_HAT = "role in ('system_administrator', 'security_administrator', 'auditor')"


def upgrade() -> None:
    """Make the tables, behind the third wall; a tenant may be one that two operators have deleted."""
    _approvals()
    _sign_in()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING ({POLICY}) WITH CHECK ({POLICY})")
    op.create_index("uq_access_grant_one_hat", "access_grant", ["tenant_id", "account_id"], unique=True, postgresql_where=sa.text(ONE_HAT))
    op.drop_constraint(op.f("ck_tenant_status"), "tenant")
    op.create_check_constraint(op.f("ck_tenant_status"), "tenant", "status in ('active', 'suspended', 'deleted')")


def downgrade() -> None:
    """Forget them; a deleted tenant is a suspended one."""
    op.execute("UPDATE tenant SET status = 'suspended' WHERE status = 'deleted'")
    op.drop_constraint(op.f("ck_tenant_status"), "tenant")
    op.create_check_constraint(op.f("ck_tenant_status"), "tenant", "status in ('active', 'suspended')")
    op.drop_index("uq_access_grant_one_hat", "access_grant")
    for table in (*reversed(TABLES), "tenant_deletion"):
        op.drop_table(table)


def _approvals() -> None:
    op.create_table(
        "approval", *_keys(), sa.Column("kind", sa.Text(), nullable=False), sa.Column("path", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False), sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False), sa.Column("subject_version", sa.Integer(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False), sa.Column("asked_by", sa.Uuid(), nullable=False), _time("asked_at"),
        _time("expires_at"), sa.Column("decided_by", sa.Uuid(), nullable=True), _time("decided_at", nullable=True),
        sa.Column("answer", sa.Text(), nullable=True), sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("status in ('waiting', 'done', 'refused', 'withdrawn', 'expired')", name=op.f("ck_approval_status")),
        sa.CheckConstraint("decided_by is distinct from asked_by or status in ('waiting', 'withdrawn', 'expired')",
                           name=op.f("ck_approval_two_persons")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approval")))
    op.create_index("ix_approval_status", "approval", ["tenant_id", "status", "id"])
    op.create_index("ix_approval_asked", "approval", ["tenant_id", "asked_by", "id"])
    op.create_index("uq_approval_waiting", "approval", ["tenant_id", "kind", "content_hash"], unique=True,
                    postgresql_where=sa.text("status = 'waiting'"))
    op.create_table(
        "tenant_deletion", sa.Column("id", sa.Uuid(), nullable=False), sa.Column("tenant_number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False), sa.Column("status", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False), _time("asked_at"), _time("expires_at"),
        sa.Column("decided_by", sa.Uuid(), nullable=True), _time("decided_at", nullable=True),
        sa.CheckConstraint("status in ('waiting', 'done', 'refused', 'withdrawn', 'expired')", name=op.f("ck_tenant_deletion_status")),
        sa.CheckConstraint("decided_by is distinct from asked_by or status in ('waiting', 'withdrawn', 'expired')",
                           name=op.f("ck_tenant_deletion_two_persons")),
        sa.ForeignKeyConstraint(["tenant_number"], ["tenant.id"], name=op.f("fk_tenant_deletion_tenant_number_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant_deletion")))
    op.create_index("uq_tenant_deletion_waiting", "tenant_deletion", ["tenant_number"], unique=True,
                    postgresql_where=sa.text("status = 'waiting'"))


def _sign_in() -> None:
    op.create_table(
        "sign_in_provider", *_keys(), sa.Column("issuer", sa.Text(), nullable=False), sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("client_secret", sa.LargeBinary(), nullable=True), sa.Column("label", sa.Text(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False), sa.Column("factors", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("create_accounts", sa.Boolean(), nullable=False), sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sign_in_provider")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_sign_in_provider_tenant_id")))
    op.create_table(
        "sign_in_link", *_keys(), sa.Column("account_id", sa.Uuid(), nullable=False), sa.Column("subject_hash", sa.LargeBinary(), nullable=False),
        sa.Column("linked_by", sa.Uuid(), nullable=True), _time("linked_at"), _time("used_at", nullable=True), _account("sign_in_link"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sign_in_link")),
        sa.UniqueConstraint("tenant_id", "subject_hash", name=op.f("uq_sign_in_link_tenant_id_subject_hash")),
        sa.UniqueConstraint("tenant_id", "account_id", name=op.f("uq_sign_in_link_tenant_id_account_id")))
    op.create_table(
        "sign_in_attempt", *_keys(), sa.Column("state_hash", sa.LargeBinary(), nullable=False), sa.Column("secrets", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True), sa.Column("linked_by", sa.Uuid(), nullable=True),
        _time("expires_at"), _account("sign_in_attempt"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sign_in_attempt")),
        sa.UniqueConstraint("tenant_id", "state_hash", name=op.f("uq_sign_in_attempt_tenant_id_state_hash")))


def _keys() -> list[sa.Column]:
    return [sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False), sa.Column("id", sa.Uuid(), nullable=False)]


def _time(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant_id", "account_id"], ["account.tenant_id", "account.id"],
                                   name=op.f(f"fk_{table}_tenant_id_account_id"), ondelete="CASCADE")
