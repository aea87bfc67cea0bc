"""What an administrator uploads: formats of the tenant's own, each with numbered versions of its layout, one of them in use."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, plain, tenant_foreign_key

PERIODS = ("none", "year", "half", "quarter", "month")


class ReportFormat(TenantRow, Base):
    """A format: what it is called, of which dataset and period it is made, and which version is in use (none until one was tried)."""

    __tablename__ = "reports_format"
    __table_args__ = (UniqueConstraint("tenant_id", "title"), CheckConstraint(f"period in {PERIODS}", name="period"))

    title: Mapped[str] = mapped_column(Text, info=plain("a form's name"))
    dataset: Mapped[str] = mapped_column(Text, info=plain())
    period: Mapped[str] = mapped_column(Text, info=plain())
    of_member: Mapped[bool]
    version_in_use: Mapped[int | None]
    last_version: Mapped[int]
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class ReportLayout(TenantRow, Base):
    """One version of a format's layout: the file as it came, and what was read from it. Never changed."""

    __tablename__ = "reports_layout"
    __table_args__ = (tenant_foreign_key("format_id", "reports_format", ondelete="CASCADE"),
                      UniqueConstraint("tenant_id", "format_id", "number"))

    format_id: Mapped[uuid.UUID]
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(Text, info=plain("xlsx or docx"))
    content: Mapped[bytes] = mapped_column(LargeBinary, info=plain("an empty form"))
    compiled: Mapped[bytes] = mapped_column(LargeBinary, info=plain("an empty form"))
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    created_by: Mapped[uuid.UUID | None]
