"""Doors for residents without an account: codes, tries by purpose, redeemed form tickets; the evaluation's own tries are given up."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.walls import tenant_table

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None



def upgrade() -> None:
    """Make the tables, behind the third wall; tries of the last quarter of an hour begin anew."""
    tenant_table("resident_code", sa.Column("purpose", sa.Text(), nullable=False), sa.Column("object_id", sa.Uuid(), nullable=False),
           sa.Column("code_hash", sa.LargeBinary(), nullable=False), _time("issued_at"), _time("expires_at", nullable=True),
           _time("used_at", nullable=True),
           sa.UniqueConstraint("tenant_id", "purpose", "code_hash", name=op.f("uq_resident_code_tenant_id_purpose_code_hash")))
    op.create_index("ix_resident_code_tenant_id_purpose_object_id", "resident_code", ["tenant_id", "purpose", "object_id"])
    tenant_table("resident_try", sa.Column("purpose", sa.Text(), nullable=False), *_tries(),
           sa.UniqueConstraint("tenant_id", "purpose", "client", name=op.f("uq_resident_try_tenant_id_purpose_client")))
    tenant_table("form_ticket", sa.Column("ticket_hash", sa.LargeBinary(), nullable=False), _time("used_at"),
           sa.UniqueConstraint("tenant_id", "ticket_hash", name=op.f("uq_form_ticket_tenant_id_ticket_hash")))
    op.drop_table("evaluation_try")


def downgrade() -> None:
    """Give the tables up, and let tries of evaluation codes be counted as before."""
    tenant_table("evaluation_try", *_tries(), sa.UniqueConstraint("tenant_id", "client", name=op.f("uq_evaluation_try_tenant_id_client")))
    for table in ("form_ticket", "resident_try", "resident_code"):
        op.drop_table(table)


def _tries() -> list[sa.Column]:
    return [sa.Column("client", sa.LargeBinary(), nullable=False), _time("since"), sa.Column("tries", sa.Integer(), nullable=False)]


def _time(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
