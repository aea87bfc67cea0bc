"""What people ask about their own data, what they consent to, and what must not be erased for a while (PIPL articles 15, 44 to 47)."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, UniqueConstraint, column
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow, tenant_foreign_key
from core.privacy.tags import personal, plain

KINDS = ("access", "correction", "deletion")
STATES = ("open", "done", "refused", "taken_back")
CHANNELS = ("self", "unit", "community", "committee")
PURPOSES = ("matching", "contact", "board", "carry")
HOLDS = ("inspection", "dispute", "law")


class DataRequest(TenantRow, Base):
    """A member's wish to see, correct or erase what is kept, by the own page or through an officer on paper.

    open > done or refused with a reason by somebody else than who is concerned or has entered it; taken_back by the member. A row of
    a deletion that is done outlives the erasure: it names nobody, and after a restore it says what must be erased again.
    """

    __tablename__ = "data_request"
    __table_args__ = (
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
        CheckConstraint(f"kind in {KINDS}", name="kind"), CheckConstraint(f"state in {STATES}", name="state"),
        CheckConstraint(f"channel in {CHANNELS}", name="channel"),
        CheckConstraint("(state = 'open') = (decided_on is null)", name="decided"),
        Index("uq_data_request_open", "tenant_id", "member_id", "kind", unique=True, postgresql_where=column("state") == "open"),
        Index("ix_data_request_state", "tenant_id", "state", "due_on", "id"), Index("ix_data_request_member", "tenant_id", "member_id", "id"),
    )

    member_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    channel: Mapped[str] = mapped_column(Text, info=plain())
    says: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note"))
    asked_on: Mapped[dt.date]
    due_on: Mapped[dt.date]
    entered_by: Mapped[uuid.UUID | None]
    state: Mapped[str] = mapped_column(Text, default="open", info=plain())
    answer: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note"))
    decided_by: Mapped[uuid.UUID | None]
    decided_on: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1)


class Consent(TenantRow, Base):
    """What a member said to one purpose at one time; the newest row of a purpose holds. Rows are never changed (rule 16).

    `wording` is the version of the text that was shown.
    """

    __tablename__ = "consent"
    __append_only__ = True
    __table_args__ = (
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
        CheckConstraint(f"purpose in {PURPOSES}", name="purpose"), CheckConstraint(f"channel in {CHANNELS}", name="channel"),
        Index("ix_consent_member", "tenant_id", "member_id", "purpose", "id"),
    )

    member_id: Mapped[uuid.UUID]
    purpose: Mapped[str] = mapped_column(Text, info=plain())
    wording: Mapped[int]
    given: Mapped[bool]
    channel: Mapped[str] = mapped_column(Text, info=plain())
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    entered_by: Mapped[uuid.UUID | None]


class LegalHold(TenantRow, Base):
    """A member's data that is only stored, neither erased on request nor by retention, until somebody lifts it."""

    __tablename__ = "legal_hold"
    __table_args__ = (tenant_foreign_key("member_id", "member", ondelete="CASCADE"), UniqueConstraint("tenant_id", "member_id"),
                      CheckConstraint(f"reason in {HOLDS}", name="reason"))

    member_id: Mapped[uuid.UUID]
    reason: Mapped[str] = mapped_column(Text, info=plain())
    since: Mapped[dt.date]
    entered_by: Mapped[uuid.UUID | None]
