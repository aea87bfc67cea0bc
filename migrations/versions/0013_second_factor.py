"""Second factors for accounts and operators, passkeys, slips that set a password; a login knows how far it has come."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.walls import tenant_table

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = ("password_slip", "spent_challenge", "passkey", "recovery_code", "second_factor")


def upgrade() -> None:
    """Logins that are open now have given a password, and no more."""
    op.add_column("account", _time("password_expires_at", nullable=True))
    for table in ("login", "operator_login"):
        op.add_column(table, sa.Column("stage", sa.Text(), nullable=False, server_default="password"))
    op.add_column("login", sa.Column("device", sa.Text(), nullable=False, server_default=""))
    op.create_check_constraint(op.f("ck_login_stage"), "login", "stage in ('half', 'password', 'full')")
    tenant_table("second_factor", _account(), sa.Column("secret", sa.LargeBinary(), nullable=True),
           sa.Column("pending", sa.LargeBinary(), nullable=True), _time("confirmed_at", nullable=True),
           sa.Column("last_step", sa.BigInteger(), nullable=False), *_unique("second_factor", "account_id"))
    tenant_table("recovery_code", _account(), sa.Column("slot", sa.SmallInteger(), nullable=False),
           sa.Column("code_hash", sa.Text(), nullable=False), *_unique("recovery_code", "account_id", "slot"),
           sa.CheckConstraint("slot between 0 and 9", name=op.f("ck_recovery_code_slot")))
    tenant_table("passkey", _account(), sa.Column("credential", sa.LargeBinary(), nullable=False),
           sa.Column("public_key", sa.LargeBinary(), nullable=False), sa.Column("sign_count", sa.BigInteger(), nullable=False),
           sa.Column("name", sa.Text(), nullable=False), _time("created_at"), _time("used_at", nullable=True), *_unique("passkey", "credential"))
    op.create_index("ix_passkey_account", "passkey", ["tenant_id", "account_id"])
    tenant_table("spent_challenge", sa.Column("challenge_hash", sa.LargeBinary(), nullable=False), _time("at"),
           *_unique("spent_challenge", "challenge_hash"))
    tenant_table("password_slip", _account(), sa.Column("code_hash", sa.Text(), nullable=False), _time("expires_at"),
           *_unique("password_slip", "account_id"))
    for table in ("second_factor", "recovery_code", "passkey", "password_slip"):
        op.create_foreign_key(op.f(f"fk_{table}_tenant_id_account_id"), table, "account", ["tenant_id", "account_id"],
                              ["tenant_id", "id"], ondelete="CASCADE")
    _operators()


def downgrade() -> None:
    """Give the second factors up; passwords alone let in again."""
    op.drop_table("operator_factor")
    for table in TABLES:
        op.drop_table(table)
    op.drop_constraint(op.f("ck_login_stage"), "login")
    op.drop_column("login", "device")
    for table in ("login", "operator_login"):
        op.drop_column(table, "stage")
    op.drop_column("account", "password_expires_at")


def _operators() -> None:
    op.create_table(
        "operator_factor", sa.Column("operator_id", sa.Uuid(), nullable=False), sa.Column("secret", sa.LargeBinary(), nullable=False),
        _time("confirmed_at", nullable=True), sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("recovery_hashes", sa.ARRAY(sa.Text()), nullable=False), sa.Column("failed_logins", sa.Integer(), nullable=False),
        _time("locked_until", nullable=True), sa.PrimaryKeyConstraint("operator_id", name=op.f("pk_operator_factor")),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], ondelete="CASCADE", name=op.f("fk_operator_factor_operator_id")))


def _account() -> sa.Column:
    return sa.Column("account_id", sa.Uuid(), nullable=False)


def _unique(table: str, *columns: str) -> list[sa.UniqueConstraint]:
    return [sa.UniqueConstraint("tenant_id", *columns, name=op.f(f"uq_{table}_tenant_id_{'_'.join(columns)}"))]


def _time(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
