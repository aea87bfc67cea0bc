"""Exchange between tenants: keys, partners, envelopes out and in, and who of elsewhere is whom here."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

POLICY = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::int"
TABLES = ("exchange_key", "exchange_partner", "exchange_directory", "exchange_outgoing", "exchange_incoming", "exchange_unit",
          "exchange_member", "exchange_receipt", "exchange_record", "exchange_request")
KINDS = "kind in ('certificate', 'receipt', 'record', 'feedback')"
BASES = "basis in ('residence', 'workplace')"
PURPOSES = "purpose in ('matching', 'contact', 'board', 'carry')"


def upgrade() -> None:
    """Make the tables, behind the third wall; members may agree that their records go along."""
    _partners()
    _letters()
    _links()
    _answers()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING ({POLICY}) WITH CHECK ({POLICY})")
    op.drop_constraint(op.f("ck_consent_purpose"), "consent")
    op.create_check_constraint(op.f("ck_consent_purpose"), "consent", PURPOSES)


def downgrade() -> None:
    """Forget them."""
    op.execute("DELETE FROM consent WHERE purpose = 'carry'")
    op.drop_constraint(op.f("ck_consent_purpose"), "consent")
    op.create_check_constraint(op.f("ck_consent_purpose"), "consent", "purpose in ('matching', 'contact', 'board')")
    for table in reversed(TABLES):
        op.drop_table(table)


def _partners() -> None:
    _table("exchange_key", _text("number"), sa.Column("public_key", sa.LargeBinary(), nullable=False),
           sa.Column("private_key", sa.LargeBinary(), nullable=False), _time("made_at"), _time("retired_at", nullable=True), unique=[("number",)])
    op.create_index("uq_exchange_key_current", "exchange_key", ["tenant_id"], unique=True, postgresql_where=sa.text("retired_at is null"))
    _table("exchange_partner", _text("code"), _text("name"), _text("kind"), sa.Column("local", sa.Boolean(), nullable=False), _text("url"),
           sa.Column("keys", postgresql.JSONB(astext_type=sa.Text()), nullable=False), _text("state"), _text("told"), _number("version"),
           _time("changed_at"), unique=[("code",)],
           checks={"kind": "kind in ('city', 'sector')", "state": "state in ('offered', 'asked', 'active', 'ended')"})
    _table("exchange_directory", _id("partner_id"), sa.Column("entries", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
           _time("issued_at"), unique=[("partner_id",)], refers={"partner_id": "exchange_partner"})


def _letters() -> None:
    _table("exchange_outgoing", _id("partner_id"), _text("kind"), _id("about_id"), _number("edition"), _id("member_id", nullable=True),
           _id("unit_id", nullable=True), sa.Column("envelope", sa.LargeBinary(), nullable=True), _text("state"), _text("reason", nullable=True),
           _number("tries"), _time("due_at"), _id("created_by", nullable=True), _time("created_at"), _time("settled_at", nullable=True),
           unique=[("partner_id", "kind", "about_id", "edition")],
           checks={"kind": KINDS, "state": "state in ('waiting', 'filed', 'delivered', 'refused')"},
           refers={"partner_id": "exchange_partner", "member_id": "member", "unit_id": "organization"})
    op.create_index("ix_exchange_outgoing_due", "exchange_outgoing", ["tenant_id", "due_at"], postgresql_where=sa.text("state = 'waiting'"))
    _table("exchange_incoming", _id("partner_id"), _id("envelope_id"), _text("kind"), _id("about_id"), _id("member_id", nullable=True),
           _id("unit_id", nullable=True), _id("community_id", nullable=True), sa.Column("envelope", sa.LargeBinary(), nullable=True),
           _text("state"), _text("reason", nullable=True), _time("received_at"), _id("decided_by", nullable=True),
           _time("decided_at", nullable=True), _number("version"), unique=[("partner_id", "envelope_id")],
           checks={"kind": KINDS, "state": "state in ('held', 'waiting', 'done', 'refused')"},
           refers={"partner_id": "exchange_partner", "member_id": "member", "unit_id": "organization", "community_id": "organization"})
    op.create_index("ix_exchange_incoming_state", "exchange_incoming", ["tenant_id", "state", "id"])
    for table in ("exchange_outgoing", "exchange_incoming"):
        op.create_index(f"ix_{table}_member", table, ["tenant_id", "member_id"])
        op.create_index(f"ix_{table}_about", table, ["tenant_id", "about_id"])


def _links() -> None:
    _table("exchange_unit", _id("organization_id"), _id("partner_id"), _id("remote_id"), unique=[("organization_id",), ("partner_id", "remote_id")],
           refers={"organization_id": "organization", "partner_id": "exchange_partner"})
    _table("exchange_member", _id("member_id"), _id("partner_id"), _id("remote_id"), sa.Column("moved", sa.Boolean(), nullable=False),
           unique=[("member_id",), ("partner_id", "remote_id")], refers={"member_id": "member", "partner_id": "exchange_partner"})


def _answers() -> None:
    _table("exchange_receipt", _id("member_id"), _id("partner_id"), _id("remote_id"), _number("edition"), _text("community"), _text("basis"),
           _text("number"), sa.Column("reported_on", sa.Date(), nullable=False), sa.Column("in_force", sa.Boolean(), nullable=False),
           unique=[("partner_id", "remote_id")], checks={"basis": BASES}, refers={"member_id": "member", "partner_id": "exchange_partner"})
    op.create_index("ix_exchange_receipt_member", "exchange_receipt", ["tenant_id", "member_id"])
    _table("exchange_record", _id("member_id"), _id("partner_id"), _id("remote_id"), _number("edition"), _text("community"), _text("kind"),
           _text("title"), sa.Column("happened_on", sa.Date(), nullable=False), _number("minutes"), _text("rating", nullable=True),
           sa.Column("counts", sa.Boolean(), nullable=False), unique=[("partner_id", "remote_id")],
           refers={"member_id": "member", "partner_id": "exchange_partner"})
    op.create_index("ix_exchange_record_member", "exchange_record", ["tenant_id", "member_id", "happened_on"])
    _table("exchange_request", _id("member_id"), _id("unit_id"), _id("partner_id"), _text("community_code"), _text("community"), _text("basis"),
           sa.Column("moves_on", sa.Date(), nullable=True), sa.Column("share_phone", sa.Boolean(), nullable=False),
           sa.Column("carry", sa.Boolean(), nullable=False), _text("state"), _text("reason", nullable=True), _id("asked_by", nullable=True),
           _time("asked_at"), _number("version"), checks={"basis": BASES, "state": "state in ('open', 'sent', 'refused', 'taken_back')"},
           refers={"member_id": "member", "unit_id": "organization", "partner_id": "exchange_partner"})
    op.create_index("uq_exchange_request_open", "exchange_request", ["tenant_id", "member_id"], unique=True,
                    postgresql_where=sa.text("state = 'open'"))
    op.create_index("ix_exchange_request_unit", "exchange_request", ["tenant_id", "unit_id", "state", "id"])


def _table(name: str, *columns: sa.Column, unique: list[tuple[str, ...]] | None = None, checks: dict[str, str] | None = None,
           refers: dict[str, str] | None = None) -> None:
    constraints: list[sa.Constraint] = [sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{name}"))]
    constraints += [sa.UniqueConstraint("tenant_id", *of, name=op.f(f"uq_{name}_tenant_id_{'_'.join(of)}")) for of in unique or ()]
    constraints += [sa.CheckConstraint(rule, name=op.f(f"ck_{name}_{what}")) for what, rule in (checks or {}).items()]
    constraints += [sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{other}.tenant_id", f"{other}.id"], name=op.f(f"fk_{name}_tenant_id_{column}"),
        ondelete="CASCADE" if other == "member" else None) for column, other in (refers or {}).items()]
    op.create_table(name, sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
                    *columns, *constraints)


def _id(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
