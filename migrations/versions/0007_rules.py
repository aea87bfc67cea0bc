"""Rule packs, deeds and rehearsals; records say when they began, whether together, and how they were judged."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("rule_pack", "deed", "rehearsal", "rehearsal_row")
POLICY = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::int"


def upgrade() -> None:
    """Make the tables, behind the third wall, and give the records what rules ask of them."""
    op.create_table("rule_pack",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False), sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True), sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False), sa.Column("title", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True), sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("announced_on", sa.Date(), nullable=True), sa.Column("note", sa.Text(), nullable=True),
        sa.Column("edited", sa.Integer(), nullable=False), sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=True), sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'published') = (effective_from is not null)", name=op.f('ck_rule_pack_published_is_dated')),
        sa.CheckConstraint("status in ('draft', 'published', 'discarded')", name=op.f('ck_rule_pack_status')),
        sa.CheckConstraint("ended_on > effective_from", name=op.f("ck_rule_pack_period")),
        sa.ForeignKeyConstraint(["tenant_id", "organization_id"], ["organization.tenant_id", "organization.id"],
                                name=op.f("fk_rule_pack_tenant_id_organization_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rule_pack")),
        sa.UniqueConstraint("tenant_id", "kind", "name", "organization_id", "version",
                            name=op.f("uq_rule_pack_tenant_id_kind_name_organization_id_version"), postgresql_nulls_not_distinct=True))
    op.create_index("ix_rule_pack_effective", "rule_pack", ["tenant_id", "kind", "effective_from"], unique=False)
    op.create_index("uq_rule_pack_draft", "rule_pack", ["tenant_id", "kind", "name", "organization_id"], unique=True,
                    postgresql_nulls_not_distinct=True, postgresql_where=sa.text("status = 'draft'"))
    op.create_table("deed",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True), sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False), sa.Column("level", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False), sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False), sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True), sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True), sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False), sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(status in ('approved', 'withdrawn')) or approved_on is null", name=op.f('ck_deed_approved')),
        sa.CheckConstraint("status in ('declared', 'approved', 'refused', 'withdrawn')", name=op.f('ck_deed_status')),
        sa.CheckConstraint("member_id is not null or unit_id is not null", name=op.f("ck_deed_whose")),
        sa.CheckConstraint("quantity between 1 and 1000000", name=op.f("ck_deed_quantity")),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"],
                                name=op.f("fk_deed_tenant_id_member_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["organization.tenant_id", "organization.id"],
                                name=op.f("fk_deed_tenant_id_unit_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_deed")))
    op.create_index("ix_deed_member", "deed", ["tenant_id", "member_id", "happened_on", "id"], unique=False)
    op.create_index("ix_deed_status", "deed", ["tenant_id", "status", "id"], unique=False)
    op.create_index("ix_deed_unit", "deed", ["tenant_id", "unit_id", "happened_on", "id"], unique=False)
    op.create_table("rehearsal",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pack_id", sa.Uuid(), nullable=False), sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False), sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False), sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("started_by", sa.Uuid(), nullable=True), sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status in ('running', 'done')", name=op.f('ck_rehearsal_status')),
        sa.ForeignKeyConstraint(["tenant_id", "pack_id"], ["rule_pack.tenant_id", "rule_pack.id"],
                                name=op.f("fk_rehearsal_tenant_id_pack_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rehearsal")))
    op.create_index("ix_rehearsal_pack", "rehearsal", ["tenant_id", "pack_id", "id"], unique=False)
    op.create_table("rehearsal_row",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rehearsal_id", sa.Uuid(), nullable=False), sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False), sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("why", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"],
                                name=op.f("fk_rehearsal_row_tenant_id_member_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "rehearsal_id"], ["rehearsal.tenant_id", "rehearsal.id"],
                                name=op.f("fk_rehearsal_row_tenant_id_rehearsal_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rehearsal_row")),
        sa.UniqueConstraint("tenant_id", "rehearsal_id", "member_id", name=op.f("uq_rehearsal_row_tenant_id_rehearsal_id_member_id")))
    op.create_index("ix_rehearsal_row_member", "rehearsal_row", ["tenant_id", "member_id"], unique=False)
    op.add_column("service_record", sa.Column("started_at", sa.Time(), nullable=True))
    op.add_column("service_record", sa.Column("outside_hours", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("service_record", sa.Column("collective", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("service_record", sa.Column("rating", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_service_record_rating"), "service_record", "rating in ('satisfied', 'fair', 'dissatisfied')")
    op.execute("UPDATE service_record r SET rating = e.rating FROM evaluation e"
               " WHERE e.tenant_id = r.tenant_id AND e.record_id = r.id AND r.status = 'counted'")
    # Of what was written down so far nobody knows the hour, so the weekend alone says it was spare time.
    op.execute("UPDATE service_record SET outside_hours = true WHERE extract(isodow from happened_on) >= 6")
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING ({POLICY}) WITH CHECK ({POLICY})")


def downgrade() -> None:
    """Forget the rules, the deeds and the rehearsals."""
    for column in ("started_at", "outside_hours", "collective", "rating"):
        op.drop_column("service_record", column)
    for table in reversed(TABLES):
        op.drop_table(table)
