"""The tables of stars."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.api import enable_row_level_security

revision = "stars_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = ("stars_round", "stars_notice", "stars_case", "stars_event", "stars_objection",
          "stars_star", "stars_review", "stars_doubt", "stars_series")


def upgrade() -> None:
    """Make the tables, behind the walls; a case's history can be added to and goes with its member, it is never edited."""
    op.create_table("stars_round",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False), sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True), sa.Column("cut_off", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False), sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("opened_by", sa.Uuid(), nullable=True), sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('computing', 'open', 'closed')", name="ck_stars_round_state"),
        sa.ForeignKeyConstraint(["tenant_id", "organization_id"], ["organization.tenant_id", "organization.id"],
                                name="fk_stars_round_tenant_id_organization_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_stars_round"),
        sa.UniqueConstraint("tenant_id", "pack_id", "cut_off", name="uq_stars_round_tenant_id_pack_id_cut_off"))
    op.create_index("ix_stars_round_scheme", "stars_round", ["tenant_id", "scheme", "cut_off"])
    op.create_table("stars_notice",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False), sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False), sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id", "round_id"], ["stars_round.tenant_id", "stars_round.id"],
                                name="fk_stars_notice_tenant_id_round_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_stars_notice"))
    op.create_index("ix_stars_notice_until", "stars_notice", ["tenant_id", "until", "id"])
    op.create_table("stars_case",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False), sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("pack_id", sa.Uuid(), nullable=False), sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("cut_off", sa.Date(), nullable=False), sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False), sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("step_level", sa.Text(), nullable=True), sa.Column("notice_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True), sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('candidate', 'pending', 'approved', 'published', 'granted', 'refused', 'withdrawn', 'closed')",
                                name="ck_stars_case_state"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"],
                                name="fk_stars_case_tenant_id_member_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "notice_id"], ["stars_notice.tenant_id", "stars_notice.id"],
                                name="fk_stars_case_tenant_id_notice_id"),
        sa.ForeignKeyConstraint(["tenant_id", "round_id"], ["stars_round.tenant_id", "stars_round.id"],
                                name="fk_stars_case_tenant_id_round_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_stars_case"))
    op.create_index("ix_stars_case_member", "stars_case", ["tenant_id", "member_id", "id"])
    op.create_index("ix_stars_case_notice", "stars_case", ["tenant_id", "notice_id"])
    op.create_index("ix_stars_case_round", "stars_case", ["tenant_id", "round_id", "state", "id"])
    op.create_index("ix_stars_case_state", "stars_case", ["tenant_id", "state", "step_level", "id"],
                    postgresql_where=sa.text("state in ('candidate', 'pending', 'approved', 'published')"))
    op.create_index("uq_stars_case_live", "stars_case", ["tenant_id", "scheme", "member_id"],
                    unique=True, postgresql_where=sa.text("state in ('candidate', 'pending', 'approved', 'published')"))
    op.create_table("stars_event",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False), sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("step_level", sa.Text(), nullable=True), sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True), sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('found', 'nominated', 'applied', 'approved', 'refused', 'withdrawn', 'published', 'objected', 'upheld', 'rejected', 'reopened', 'granted', 'closed')",
                                name="ck_stars_event_kind"),
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["stars_case.tenant_id", "stars_case.id"],
                                name="fk_stars_event_tenant_id_case_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_stars_event"))
    op.create_index("ix_stars_event_case", "stars_event", ["tenant_id", "case_id", "id"])
    op.create_table("stars_objection",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False), sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False), sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("raised_on", sa.Date(), nullable=False), sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True), sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.CheckConstraint("kind in ('objection', 'appeal')", name="ck_stars_objection_kind"),
        sa.CheckConstraint("state in ('open', 'upheld', 'rejected')", name="ck_stars_objection_state"),
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["stars_case.tenant_id", "stars_case.id"],
                                name="fk_stars_objection_tenant_id_case_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_stars_objection"))
    op.create_index("ix_stars_objection_case", "stars_objection", ["tenant_id", "case_id", "state"])
    op.create_index("ix_stars_objection_open", "stars_objection", ["tenant_id", "id"], postgresql_where=sa.text("state = 'open'"))
    op.create_table("stars_star",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False), sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("pack_id", sa.Uuid(), nullable=False), sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False), sa.Column("number", sa.Text(), nullable=False),
        sa.Column("cut_off", sa.Date(), nullable=False), sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("granted_by", sa.Uuid(), nullable=True), sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False), sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("records", sa.ARRAY(sa.Uuid()), nullable=False), sa.Column("deeds", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.CheckConstraint("state in ('held', 'superseded', 'lowered', 'lapsed', 'revoked')", name="ck_stars_star_state"),
        sa.ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"],
                                name="fk_stars_star_tenant_id_member_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_stars_star"),
        sa.UniqueConstraint("tenant_id", "case_id", name="uq_stars_star_tenant_id_case_id"),
        sa.UniqueConstraint("tenant_id", "number", name="uq_stars_star_tenant_id_number"))
    op.create_index("ix_stars_star_member", "stars_star", ["tenant_id", "member_id", "id"])
    op.create_index("ix_stars_star_scheme", "stars_star", ["tenant_id", "scheme", "state", "granted_on"])
    op.create_index("uq_stars_star_held", "stars_star", ["tenant_id", "scheme", "member_id"],
                    unique=True, postgresql_where=sa.text("state = 'held'"))
    op.create_table("stars_review",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("star_id", sa.Uuid(), nullable=False), sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False), sa.Column("proposal", sa.Text(), nullable=False),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True), sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True), sa.Column("decided_on", sa.Date(), nullable=True),
        sa.CheckConstraint("decision in ('keep', 'lower', 'lapse')", name="ck_stars_review_decision"),
        sa.CheckConstraint("proposal in ('keep', 'lower', 'lapse')", name="ck_stars_review_proposal"),
        sa.ForeignKeyConstraint(["tenant_id", "star_id"], ["stars_star.tenant_id", "stars_star.id"],
                                name="fk_stars_review_tenant_id_star_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_stars_review"),
        sa.UniqueConstraint("tenant_id", "star_id", "due_on", name="uq_stars_review_tenant_id_star_id_due_on"))
    op.create_index("ix_stars_review_open", "stars_review", ["tenant_id", "id"], postgresql_where=sa.text('decision is null'))
    op.create_table("stars_doubt",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("star_id", sa.Uuid(), nullable=False), sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False), sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True), sa.Column("noticed_on", sa.Date(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True), sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True), sa.CheckConstraint("kind in ('record', 'deed')", name="ck_stars_doubt_kind"),
        sa.ForeignKeyConstraint(["tenant_id", "star_id"], ["stars_star.tenant_id", "stars_star.id"],
                                name="fk_stars_doubt_tenant_id_star_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_stars_doubt"),
        sa.UniqueConstraint("tenant_id", "star_id", "fact_id", name="uq_stars_doubt_tenant_id_star_id_fact_id"))
    op.create_index("ix_stars_doubt_open", "stars_doubt", ["tenant_id", "id"], postgresql_where=sa.text('settled_on is null'))
    op.create_table("stars_series",
        sa.Column("tenant_id", sa.Integer(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False), sa.Column("last_serial", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_stars_series"),
        sa.UniqueConstraint("tenant_id", "year", name="uq_stars_series_tenant_id_year"))
    enable_row_level_security(*TABLES)
    op.execute("REVOKE UPDATE ON stars_event FROM baodao_app")


def downgrade() -> None:
    """Remove stars with all they hold."""
    for table in reversed(TABLES):
        op.drop_table(table)
