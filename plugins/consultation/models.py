"""The shape of consultations: the occasion, a request to one community, whom it is about, answers by round, opinions and signatures."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, personal, plain, tenant_foreign_key

KINDS = ("members", "organization")
STATES = ("open", "answered", "withdrawn")
CHANNELS = ("web", "paper")


class ConsultationOccasion(TenantRow, Base):
    """What an asker does in one press (R26, R81): a list of members, or a unit or community as a whole, for one purpose.

    Its id is made with the form, so that the same form sent twice is one occasion. Purpose and words are sealed. `copy_id` is the
    superior that the asker has named and that may therefore read along.
    """

    __tablename__ = "consultation_occasion"
    __table_args__ = (
        tenant_foreign_key("asker_id", "organization"), tenant_foreign_key("organization_id", "organization"),
        tenant_foreign_key("copy_id", "organization"),
        CheckConstraint(f"kind in {KINDS}", name="kind"),
        Index("ix_consultation_occasion_asker", "tenant_id", "asker_id", "id"),
    )

    asker_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, default="members", info=plain())
    organization_id: Mapped[uuid.UUID | None]
    copy_id: Mapped[uuid.UUID | None]
    purpose: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="officer"))
    says: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="officer"))
    asked_on: Mapped[dt.date]
    asked_by: Mapped[uuid.UUID | None]


class ConsultationRequest(TenantRow, Base):
    """The request to one community: open > answered or withdrawn; answered may be opened again for an addition, as the next `round`.

    `closed_on` is the day of the answer or the withdrawal, from which the words are kept; `extended_on` says that this round's
    deadline was moved once. Nobody's silence is an answer: a request past its deadline stays open.
    """

    __tablename__ = "consultation_request"
    __table_args__ = (
        tenant_foreign_key("occasion_id", "consultation_occasion", ondelete="CASCADE"), tenant_foreign_key("asker_id", "organization"),
        tenant_foreign_key("copy_id", "organization"), tenant_foreign_key("community_id", "organization"),
        UniqueConstraint("tenant_id", "occasion_id", "community_id"),
        CheckConstraint(f"state in {STATES}", name="state"),
        Index("ix_consultation_request_asker", "tenant_id", "asker_id", "state", "deadline", "id"),
        Index("ix_consultation_request_community", "tenant_id", "community_id", "state", "deadline", "id"),
        Index("ix_consultation_request_copy", "tenant_id", "copy_id", "id", postgresql_where=text("copy_id is not null")),
        Index("ix_consultation_request_kept", "tenant_id", "closed_on", "id", postgresql_where=text("removed_on is null")),
    )

    occasion_id: Mapped[uuid.UUID]
    asker_id: Mapped[uuid.UUID]
    copy_id: Mapped[uuid.UUID | None]
    community_id: Mapped[uuid.UUID]
    state: Mapped[str] = mapped_column(Text, default="open", info=plain())
    round: Mapped[int] = mapped_column(default=1)
    persons: Mapped[int] = mapped_column(default=1)
    asked_on: Mapped[dt.date]
    deadline: Mapped[dt.date]
    extended_on: Mapped[dt.date | None]
    extension_reason: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="officer"))
    reopened_on: Mapped[dt.date | None]
    reopen_reason: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="officer"))
    withdraw_reason: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="officer"))
    outcome: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="officer"))
    outcome_on: Mapped[dt.date | None]
    closed_on: Mapped[dt.date | None]
    removed_on: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class ConsultationSubject(TenantRow, Base):
    """Whom a request is about: a member, or the unit or community of the occasion; after an erasure nobody, so that counts stay."""

    __tablename__ = "consultation_subject"
    __table_args__ = (
        tenant_foreign_key("request_id", "consultation_request", ondelete="CASCADE"),
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"), tenant_foreign_key("organization_id", "organization"),
        UniqueConstraint("tenant_id", "request_id", "member_id"),
        Index("ix_consultation_subject_member", "tenant_id", "member_id", "request_id"),
    )

    request_id: Mapped[uuid.UUID]
    member_id: Mapped[uuid.UUID | None]
    organization_id: Mapped[uuid.UUID | None]
    position: Mapped[int] = mapped_column(default=0)


class ConsultationAnswer(TenantRow, Base):
    """A community's answer in one round. `version` counts changes of the words: a signature holds for the words that were read."""

    __tablename__ = "consultation_answer"
    __table_args__ = (
        tenant_foreign_key("request_id", "consultation_request", ondelete="CASCADE"), UniqueConstraint("tenant_id", "request_id", "round"),
        CheckConstraint(f"channel in {CHANNELS}", name="channel"),
    )

    request_id: Mapped[uuid.UUID]
    round: Mapped[int] = mapped_column(default=1)
    channel: Mapped[str] = mapped_column(Text, default="web", info=plain())
    returned: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="officer"))
    signers: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("name", whose="officer"))
    answered_on: Mapped[dt.date | None]
    entered_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class ConsultationOpinion(TenantRow, Base):
    """What an answer says of one person: opinion and reasons, both sealed."""

    __tablename__ = "consultation_opinion"
    __table_args__ = (
        tenant_foreign_key("answer_id", "consultation_answer", ondelete="CASCADE"),
        tenant_foreign_key("subject_id", "consultation_subject", ondelete="CASCADE"), UniqueConstraint("tenant_id", "answer_id", "subject_id"),
    )

    answer_id: Mapped[uuid.UUID]
    subject_id: Mapped[uuid.UUID]
    opinion: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="officer"))
    reason: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="officer"))


class ConsultationSignature(TenantRow, Base):
    """An officer's signature under an answer; the keys say that nobody signs twice and that there are no more than two."""

    __tablename__ = "consultation_signature"
    __table_args__ = (
        tenant_foreign_key("answer_id", "consultation_answer", ondelete="CASCADE"), tenant_foreign_key("place_id", "organization"),
        UniqueConstraint("tenant_id", "answer_id", "signer_id"), UniqueConstraint("tenant_id", "answer_id", "number"),
        CheckConstraint("number between 1 and 2", name="number"),
    )

    answer_id: Mapped[uuid.UUID]
    number: Mapped[int] = mapped_column(default=1)
    signer_id: Mapped[uuid.UUID]
    signer_member_id: Mapped[uuid.UUID | None]
    place_id: Mapped[uuid.UUID]
    name: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("name", whose="officer"))
    signed_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


MODELS = (ConsultationOccasion, ConsultationRequest, ConsultationSubject, ConsultationAnswer, ConsultationOpinion, ConsultationSignature)
