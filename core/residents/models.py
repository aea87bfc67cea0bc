"""Tables of the doors for residents: codes and form tickets as keyed hashes, tries by a keyed hash of the client's address."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import DateTime, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow
from core.privacy.tags import plain


class ResidentCode(TenantRow, Base):
    """A code that stands for one thing (`object_id`) for one purpose; only its keyed hash is kept."""

    __tablename__ = "resident_code"
    __table_args__ = (UniqueConstraint("tenant_id", "purpose", "code_hash"),
                      Index("ix_resident_code_tenant_id_purpose_object_id", "tenant_id", "purpose", "object_id"))

    purpose: Mapped[str] = mapped_column(Text, info=plain())
    object_id: Mapped[uuid.UUID]
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    issued_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class ResidentTry(TenantRow, Base):
    """How often one client has tried for one purpose in the present window; the client is a keyed hash of its address."""

    __tablename__ = "resident_try"
    __table_args__ = (UniqueConstraint("tenant_id", "purpose", "client"),)

    purpose: Mapped[str] = mapped_column(Text, info=plain())
    client: Mapped[bytes] = mapped_column(LargeBinary)
    since: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    tries: Mapped[int]


class FormTicket(TenantRow, Base):
    """A form's ticket that has been redeemed; the row's own id is that of what the form makes."""

    __tablename__ = "form_ticket"
    __table_args__ = (UniqueConstraint("tenant_id", "ticket_hash"),)

    ticket_hash: Mapped[bytes] = mapped_column(LargeBinary)
    used_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
