"""Points by rule packs: the ledger counts hundredths and tells of packs; exclusions, redemption, cards, corrections and notices."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.api import enable_row_level_security

revision = "points_0002"
down_revision = "points_0001"
branch_labels = None
depends_on = None

_NEW = ("points_exclusion", "points_item", "points_request", "points_card", "points_correction", "points_notice", "points_ranking")
_KINDS = "('earned', 'reversed', 'settled', 'base', 'expired', 'redeemed', 'returned', 'card', 'corrected')"
_CONTRA = "('earned', 'base', 'expired', 'redeemed', 'cards', 'corrected')"
_SOURCES = "('record', 'deed', 'quantity', 'base', 'period', 'request', 'card', 'officer')"


def upgrade() -> None:
    """Turn the ledger into hundredths, keep every entry with its words, and make the tables beside it."""
    _accounts()
    _entries()
    _beside()
    enable_row_level_security(*_NEW)


def _accounts() -> None:
    _drop_check("points_account", "balance")  # what was spent may have to be paid back
    op.alter_column("points_account", "member_id", nullable=True)
    op.add_column("points_account", sa.Column("unit_id", sa.Uuid(), nullable=True))
    op.create_foreign_key("fk_points_account_tenant_id_unit_id", "points_account", "organization", ["tenant_id", "unit_id"],
                          ["tenant_id", "id"])
    op.create_unique_constraint("uq_points_account_tenant_id_unit_id", "points_account", ["tenant_id", "unit_id"])
    op.create_check_constraint(op.f("ck_points_account_whose"), "points_account", "num_nonnulls(member_id, unit_id) = 1")
    op.create_index("ix_points_account_balance", "points_account", ["tenant_id", "balance", "member_id"])
    op.execute("UPDATE points_account SET balance = balance * 100")


def _drop_check(table: str, name: str) -> None:
    # The first migration named its checks without op.f, so that the convention's prefix was put before them once more.
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_{name}, DROP CONSTRAINT IF EXISTS ck_{table}_ck_{table}_{name}")


def _entries() -> None:
    table = "points_entry"
    before = op.get_bind().execute(sa.text("select count(*) from points_entry")).scalar_one()
    op.alter_column(table, "member_id", nullable=True)
    op.alter_column(table, "record_id", new_column_name="source_id", nullable=True)
    for column in (sa.Column("unit_id", sa.Uuid()), sa.Column("contra", sa.Text()), sa.Column("raw", sa.Integer()), sa.Column("period", sa.Date()),
                   sa.Column("source", sa.Text()), sa.Column("given", sa.Integer()), sa.Column("percent", sa.Integer()),
                   sa.Column("pack_id", sa.Uuid()), sa.Column("rule_key", sa.Text()), sa.Column("note", sa.Text()), sa.Column("by", sa.Uuid())):
        op.add_column(table, column)
    moved = op.get_bind().execute(sa.text(
        "UPDATE points_entry SET points = points * 100, raw = points * 100, contra = 'earned', source = 'record', given = minutes, percent = 100,"
        " rule_key = '', period = date_trunc('year', happened_on)::date"))
    if moved.rowcount != before:
        raise RuntimeError(f"points_entry: {moved.rowcount} of {before} rows were turned into hundredths")
    for name in ("contra", "raw", "period", "source", "given", "percent", "rule_key"):
        op.alter_column(table, name, nullable=False)
    op.drop_constraint("uq_points_entry_tenant_id_record_id_kind", table)
    op.create_unique_constraint("uq_points_entry_tenant_id_source_id_rule_key_kind", table, ["tenant_id", "source_id", "rule_key", "kind"])
    _drop_check(table, "kind")
    for name, condition in (("kind", f"kind in {_KINDS}"), ("contra", f"contra in {_CONTRA}"), ("source", f"source in {_SOURCES}"),
                            ("whose", "num_nonnulls(member_id, unit_id) = 1")):
        op.create_check_constraint(op.f(f"ck_points_entry_{name}"), table, condition)
    op.create_foreign_key("fk_points_entry_tenant_id_unit_id", table, "organization", ["tenant_id", "unit_id"], ["tenant_id", "id"])
    op.create_foreign_key("fk_points_entry_tenant_id_pack_id", table, "rule_pack", ["tenant_id", "pack_id"], ["tenant_id", "id"])
    op.create_index("ix_points_entry_unit", table, ["tenant_id", "unit_id", "id"], postgresql_where=sa.text("unit_id is not null"))
    op.create_index("ix_points_entry_period", table, ["tenant_id", "period", "member_id"])


def _table(name: str, *parts: sa.Column | sa.Constraint, member: bool = True) -> None:
    own: list[sa.Column] = [sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False)]
    keys: list[sa.Constraint] = [sa.PrimaryKeyConstraint("tenant_id", "id", name=f"pk_{name}")]
    if member:
        own.append(sa.Column("member_id", sa.Uuid(), nullable=False))
        keys.append(sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], ondelete="CASCADE",
                                            name=f"fk_{name}_tenant_id_member_id"))
    op.create_table(name, *own, *parts, *keys)


def _needed(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, nullable=False)


def _beside() -> None:
    text, day, moment, number, flag, ids = sa.Text(), sa.Date(), sa.DateTime(timezone=True), sa.Integer(), sa.Boolean(), sa.Uuid()
    _table("points_exclusion", _needed("since", day), sa.Column("until", day), _needed("effect", text), _needed("reason_key", text),
           _needed("reason", text), _needed("note", text), sa.Column("deed_id", ids), sa.Column("entered_by", ids), sa.Column("lifted_by", ids),
           _needed("version", number), _needed("created_at", moment),
           sa.UniqueConstraint("tenant_id", "deed_id", name="uq_points_exclusion_tenant_id_deed_id"),
           sa.CheckConstraint("until is null or until >= since - 1", name=op.f("ck_points_exclusion_period")),
           sa.CheckConstraint("effect in ('both', 'earning', 'spending')", name=op.f("ck_points_exclusion_effect")))
    op.create_index("ix_points_exclusion_member", "points_exclusion", ["tenant_id", "member_id", "since"])
    _table("points_item", _needed("key", text), sa.Column("organization_id", ids), _needed("title", text), _needed("price", number),
           sa.Column("stock", number), _needed("for_others", flag), _needed("active", flag), _needed("version", number),
           sa.ForeignKeyConstraint(["tenant_id", "organization_id"], ["organization.tenant_id", "organization.id"],
                                   name="fk_points_item_tenant_id_organization_id"),
           sa.UniqueConstraint("tenant_id", "key", name="uq_points_item_tenant_id_key"),
           sa.CheckConstraint("stock >= 0", name=op.f("ck_points_item_stock")), sa.CheckConstraint("price >= 0", name=op.f("ck_points_item_price")),
           member=False)
    op.create_index("ix_points_item_title", "points_item", ["tenant_id", "active", "price", "id"])
    _table("points_request", _needed("item_id", ids), _needed("cost", number), _needed("for_other", flag), _needed("period", day),
           _needed("status", text), sa.Column("asked_by", ids), sa.Column("closed_by", ids), _needed("asked_at", moment),
           sa.Column("closed_at", moment),
           sa.ForeignKeyConstraint(["tenant_id", "item_id"], ["points_item.tenant_id", "points_item.id"],
                                   name="fk_points_request_tenant_id_item_id"),
           sa.CheckConstraint("status in ('asked', 'handed_over', 'cancelled')", name=op.f("ck_points_request_status")))
    op.create_index("ix_points_request_member", "points_request", ["tenant_id", "member_id", "id"])
    op.create_index("ix_points_request_status", "points_request", ["tenant_id", "status", "id"])
    _table("points_card", _needed("card_key", text), _needed("title", text), _needed("period", day), _needed("cost", number),
           _needed("given_on", day), sa.Column("given_by", ids),
           sa.UniqueConstraint("tenant_id", "member_id", "card_key", "period", name="uq_points_card_tenant_id_member_id_card_key_period"))
    op.create_index("ix_points_card_given", "points_card", ["tenant_id", "given_on", "id"])
    _table("points_correction", _needed("points", number), _needed("reason", text), _needed("status", text), _needed("proposed_by", ids),
           sa.Column("decided_by", ids), _needed("created_at", moment), sa.Column("decided_at", moment),
           sa.CheckConstraint("status in ('proposed', 'confirmed', 'refused')", name=op.f("ck_points_correction_status")),
           sa.CheckConstraint("points <> 0", name=op.f("ck_points_correction_points")))
    op.create_index("ix_points_correction_status", "points_correction", ["tenant_id", "status", "id"])
    op.create_index("ix_points_correction_member", "points_correction", ["tenant_id", "member_id", "id"])
    _table("points_notice", _needed("since", day), _needed("until", day), _needed("made_on", day), _needed("masked", flag),
           _needed("days", number), sa.UniqueConstraint("tenant_id", "since", "until", name="uq_points_notice_tenant_id_since_until"), member=False)
    op.create_index("ix_points_notice_made", "points_notice", ["tenant_id", "made_on", "id"])
    _table("points_ranking", _needed("shown", flag), _needed("reason", text), sa.Column("changed_by", ids), _needed("changed_at", moment),
           member=False)


def downgrade() -> None:
    """Back to whole points; what only the new ledger can say is lost."""
    for table in reversed(_NEW):
        op.drop_table(table)
    op.execute("DELETE FROM points_entry WHERE kind not in ('earned', 'reversed') or member_id is null")
    op.execute("DELETE FROM points_entry a USING points_entry b WHERE a.tenant_id = b.tenant_id and a.source_id = b.source_id and a.kind = b.kind"
               " and a.id > b.id")
    for column in ("unit_id", "contra", "raw", "period", "source", "given", "percent", "pack_id", "rule_key", "note", "by"):
        op.drop_column("points_entry", column)
    op.alter_column("points_entry", "source_id", new_column_name="record_id", nullable=False)
    op.alter_column("points_entry", "member_id", nullable=False)
    op.create_unique_constraint("uq_points_entry_tenant_id_record_id_kind", "points_entry", ["tenant_id", "record_id", "kind"])
    _drop_check("points_entry", "kind")
    op.create_check_constraint(op.f("ck_points_entry_kind"), "points_entry", "kind in ('earned', 'reversed')")
    op.execute("UPDATE points_entry SET points = points / 100")
    op.drop_index("ix_points_account_balance", "points_account")
    op.execute("DELETE FROM points_account WHERE member_id is null")
    op.drop_column("points_account", "unit_id")
    op.alter_column("points_account", "member_id", nullable=False)
    op.execute("UPDATE points_account a SET balance = greatest(0, (select coalesce(sum(e.points), 0) from points_entry e"
               " where e.tenant_id = a.tenant_id and e.member_id = a.member_id))")
    op.create_check_constraint(op.f("ck_points_account_balance"), "points_account", "balance >= 0")
