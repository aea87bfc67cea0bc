"""Figures of the overview, counted ahead for each place and unit, and what goes out to the province."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

POLICY = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::int"
TABLES = ("overview_figure", "overview_state")


def upgrade() -> None:
    """Make the tables, the tenants' own behind the third wall; the province's holds released sums of counties only."""
    op.create_table(
        "overview_figure", *_keys(), sa.Column("organization_id", sa.Uuid(), nullable=False), sa.Column("side", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False), sa.Column("since", sa.Date(), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("side in ('place', 'unit')", name=op.f("ck_overview_figure_side")),
        sa.CheckConstraint("kind in ('now', 'month', 'quarter', 'half', 'year')", name=op.f("ck_overview_figure_kind")),
        sa.ForeignKeyConstraint(["tenant_id", "organization_id"], ["organization.tenant_id", "organization.id"],
                                name=op.f("fk_overview_figure_tenant_id_organization_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_overview_figure")),
        sa.UniqueConstraint("tenant_id", "organization_id", "side", "kind", "since",
                            name=op.f("uq_overview_figure_tenant_id_organization_id_side_kind_since")))
    op.create_table(
        "overview_state", *_keys(), sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_overview_state")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_overview_state_tenant_id")))
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING ({POLICY}) WITH CHECK ({POLICY})")
    op.create_table(
        "province_release", sa.Column("id", sa.Uuid(), nullable=False), sa.Column("tenant_number", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Date(), nullable=False), sa.Column("county_code", sa.Text(), nullable=False),
        sa.Column("county_name", sa.Text(), nullable=False), sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_number"], ["tenant.id"], name=op.f("fk_province_release_tenant_number_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_province_release")),
        sa.UniqueConstraint("tenant_number", "quarter", "county_code", name=op.f("uq_province_release_tenant_number_quarter_county_code")))
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON province_release FROM baodao_app")  # what is out stays as it is


def downgrade() -> None:
    """The figures can be counted again; what was released is forgotten."""
    for table in ("province_release", *reversed(TABLES)):
        op.drop_table(table)


def _keys() -> list[sa.Column]:
    return [sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False), sa.Column("id", sa.Uuid(), nullable=False)]
