"""The shape of registration: certificate (D1), report-in, receipt (D2), and dated obligations with their history."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow, tenant_foreign_key
from core.privacy.tags import personal, plain


class CertificateSeries(TenantRow, Base):
    """The running serial of one issuer and year (R10, R79); its row is locked while numbers are drawn."""

    __tablename__ = "certificate_series"
    __table_args__ = (tenant_foreign_key("issuer_id", "organization"), UniqueConstraint("tenant_id", "issuer_id", "year"))

    issuer_id: Mapped[uuid.UUID]
    year: Mapped[int]
    last_serial: Mapped[int] = mapped_column(default=0)


class Certificate(TenantRow, Base):
    """A report-in certificate 报到证 (D1): issued by a county or sector for a member of a unit; `number` is printed on it."""

    __tablename__ = "certificate"
    __table_args__ = (
        tenant_foreign_key("issuer_id", "organization"), tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
        tenant_foreign_key("unit_id", "organization"),
        UniqueConstraint("tenant_id", "number"),
        CheckConstraint("status in ('valid', 'revoked')", name="status"),
        Index("uq_certificate_valid", "tenant_id", "member_id", unique=True, postgresql_where=text("status = 'valid'")),
        Index("ix_certificate_unit", "tenant_id", "unit_id", "number"),
        Index("ix_certificate_issuer", "tenant_id", "issuer_id", "number"),
    )

    issuer_id: Mapped[uuid.UUID]
    member_id: Mapped[uuid.UUID]
    unit_id: Mapped[uuid.UUID]
    number: Mapped[str] = mapped_column(Text, info=plain())
    nonce: Mapped[bytes] = mapped_column(LargeBinary)
    issued_on: Mapped[dt.date]
    issued_by: Mapped[uuid.UUID | None]
    status: Mapped[str] = mapped_column(Text, default="valid", info=plain())
    revoked_reason: Mapped[str | None] = mapped_column(Text, info=plain("an office's reason; the form forbids names"))


class ReportIn(TenantRow, Base):
    """A member's report-in at the community of residence or workplace (R27): submitted, then confirmed or returned."""

    __tablename__ = "report_in"
    __table_args__ = (
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"), tenant_foreign_key("community_id", "organization"),
        tenant_foreign_key("unit_id", "organization"), tenant_foreign_key("certificate_id", "certificate"),
        CheckConstraint("basis in ('residence', 'workplace')", name="basis"),
        CheckConstraint("channel in ('officer', 'phone', 'paper')", name="channel"),
        CheckConstraint("status in ('submitted', 'confirmed', 'returned', 'ended')", name="status"),
        Index("uq_report_in_current", "tenant_id", "member_id", "community_id", unique=True,
              postgresql_where=text("status in ('submitted', 'confirmed')")),
        Index("ix_report_in_community", "tenant_id", "community_id", "status", "sort_key", "id"),
        Index("ix_report_in_unit", "tenant_id", "unit_id", "status", "sort_key", "id"),
    )

    member_id: Mapped[uuid.UUID]
    community_id: Mapped[uuid.UUID]
    unit_id: Mapped[uuid.UUID | None]
    certificate_id: Mapped[uuid.UUID | None]
    sort_key: Mapped[str] = mapped_column(Text, info=personal("name"))
    basis: Mapped[str] = mapped_column(Text, info=plain())
    channel: Mapped[str] = mapped_column(Text, info=plain())
    status: Mapped[str] = mapped_column(Text, default="submitted", info=plain())
    reported_on: Mapped[dt.date]
    submitted_by: Mapped[uuid.UUID | None]
    decided_on: Mapped[dt.date | None]
    decided_by: Mapped[uuid.UUID | None]
    note: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    ended_on: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class Receipt(TenantRow, Base):
    """A receipt 回执 (D2): the community's answer that closes the unit's register, by itself or keyed in from paper."""

    __tablename__ = "receipt"
    __table_args__ = (
        tenant_foreign_key("report_in_id", "report_in", ondelete="CASCADE"), UniqueConstraint("tenant_id", "report_in_id"),
        UniqueConstraint("tenant_id", "number"),
        CheckConstraint("closed_by in ('automatic', 'paper')", name="closed_by"),
    )

    report_in_id: Mapped[uuid.UUID]
    number: Mapped[str] = mapped_column(Text, info=plain())
    issued_on: Mapped[dt.date]
    closed_on: Mapped[dt.date | None]
    closed_by: Mapped[str | None] = mapped_column(Text, info=plain())
    paper_number: Mapped[str | None] = mapped_column(Text, info=plain("the number written on a paper receipt"))


class Obligation(TenantRow, Base):
    """A dated duty to report in (三.2): by the tenant's day, or within one month of joining or moving."""

    __tablename__ = "obligation"
    __table_args__ = (
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"), tenant_foreign_key("unit_id", "organization"),
        tenant_foreign_key("community_id", "organization"), tenant_foreign_key("report_in_id", "report_in"),
        CheckConstraint("cause in ('initial', 'new_member', 'residence_changed', 'workplace_changed')", name="cause"),
        CheckConstraint("basis in ('any', 'residence', 'workplace')", name="basis"),
        CheckConstraint("status in ('open', 'met', 'superseded', 'waived')", name="status"),
        Index("uq_obligation_open", "tenant_id", "member_id", "basis", unique=True, postgresql_where=text("status = 'open'")),
        Index("ix_obligation_unit", "tenant_id", "unit_id", "status", "due_on", "id"),
        Index("ix_obligation_community", "tenant_id", "community_id", "status", "due_on", "id"),
        Index("ix_obligation_due", "tenant_id", "status", "due_on", "id"),
    )

    member_id: Mapped[uuid.UUID]
    unit_id: Mapped[uuid.UUID | None]
    community_id: Mapped[uuid.UUID | None]
    cause: Mapped[str] = mapped_column(Text, info=plain())
    basis: Mapped[str] = mapped_column(Text, info=plain())
    starts_on: Mapped[dt.date]
    due_on: Mapped[dt.date]
    status: Mapped[str] = mapped_column(Text, default="open", info=plain())
    met_on: Mapped[dt.date | None]
    report_in_id: Mapped[uuid.UUID | None]
    reason_code: Mapped[str | None] = mapped_column(Text, info=plain())
    reason: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    version: Mapped[int] = mapped_column(default=1)


class ObligationEvent(TenantRow, Base):
    """One line of an obligation's history: opened, reason recorded, extended, met, superseded, waived."""

    __tablename__ = "obligation_event"
    __table_args__ = (tenant_foreign_key("obligation_id", "obligation", ondelete="CASCADE"),
                      CheckConstraint("kind in ('opened', 'reason', 'extended', 'reminded', 'met', 'superseded', 'waived')", name="kind"),
                      Index("ix_obligation_event", "tenant_id", "obligation_id", "at"))

    obligation_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    actor_id: Mapped[uuid.UUID | None]
    note: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    due_before: Mapped[dt.date | None]
    due_after: Mapped[dt.date | None]
