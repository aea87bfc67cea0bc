"""The shape of the unit's desk: look-ups, requests, difficulties of members, filed cards, meetings and campaigns."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, personal, plain, tenant_foreign_key

REQUEST_STATES = ("open", "answered", "done", "withdrawn")
ANSWER_KINDS = ("answer", "done", "reopened", "withdrawn", "reminded")
CASE_STATES = ("open", "solved", "unsolved", "withdrawn")
STEP_KINDS = ("step", "solved", "unsolved", "reopened", "withdrawn", "shared", "unshared")
CHANNELS = ("self", "unit")
MEETING_KINDS = ("mobilisation", "discussion")
CAMPAIGN_KINDS = ("month", "day")


class Lookup(TenantRow, Base):
    """The unit has looked up how a member does in the community 了解表现 (R14), on a day, with a remark if there is one to make."""

    __tablename__ = "unit_desk_lookup"
    __reach__ = "unit_id"
    __table_args__ = (
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"), tenant_foreign_key("unit_id", "organization"),
        UniqueConstraint("tenant_id", "member_id", "looked_on"),
        Index("ix_unit_desk_lookup_unit", "tenant_id", "unit_id", "looked_on", "id"),
    )

    member_id: Mapped[uuid.UUID]
    unit_id: Mapped[uuid.UUID]
    looked_on: Mapped[dt.date]
    remark: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    noted_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class Request(TenantRow, Base):
    """What the unit asks of one member 提出要求 (R15): open > answered > done; withdrawn with a reason. It stays with the unit that asked."""

    __tablename__ = "unit_desk_request"
    __reach__ = "unit_id"
    __table_args__ = (
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"), tenant_foreign_key("unit_id", "organization"),
        CheckConstraint(f"state in {REQUEST_STATES}", name="state"),
        Index("ix_unit_desk_request_unit", "tenant_id", "unit_id", "state", "id"),
        Index("ix_unit_desk_request_member", "tenant_id", "member_id", "id"),
    )

    member_id: Mapped[uuid.UUID]
    unit_id: Mapped[uuid.UUID]
    says: Mapped[str] = mapped_column(Text, info=personal("note"))
    due_on: Mapped[dt.date | None]
    state: Mapped[str] = mapped_column(Text, default="open", info=plain())
    asked_on: Mapped[dt.date]
    asked_by: Mapped[uuid.UUID | None]
    reminded_on: Mapped[dt.date | None]
    ended_on: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class Answer(TenantRow, Base):
    """One line of a request's history; `by_member`: the member's own words, whoever keyed them in."""

    __tablename__ = "unit_desk_answer"
    __reach__ = None
    __table_args__ = (
        tenant_foreign_key("request_id", "unit_desk_request", ondelete="CASCADE"),
        CheckConstraint(f"kind in {ANSWER_KINDS}", name="kind"),
        Index("ix_unit_desk_answer_request", "tenant_id", "request_id", "id"),
    )

    request_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    says: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    happened_on: Mapped[dt.date]
    by_member: Mapped[bool]
    entered_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class Case(TenantRow, Base):
    """A member's difficulty 实际困难 with which the unit helps (R16): its words are sealed and opened for the unit and the member alone.

    `community_id` is the community that may read them too, since the member agreed on `agreed_on`; null: it knows of nothing.
    """

    __tablename__ = "unit_desk_case"
    __reach__ = "unit_id"
    __table_args__ = (
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"), tenant_foreign_key("unit_id", "organization"),
        tenant_foreign_key("community_id", "organization"),
        CheckConstraint(f"state in {CASE_STATES}", name="state"), CheckConstraint(f"channel in {CHANNELS}", name="channel"),
        CheckConstraint("(community_id is null) = (agreed_on is null)", name="agreed"),
        Index("ix_unit_desk_case_unit", "tenant_id", "unit_id", "state", "id"),
        Index("ix_unit_desk_case_member", "tenant_id", "member_id", "id"),
        Index("ix_unit_desk_case_community", "tenant_id", "community_id", "state", "id", postgresql_where=text("community_id is not null")),
    )

    member_id: Mapped[uuid.UUID]
    unit_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain("a kind of difficulty of the tenant's"))
    words: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note"))
    state: Mapped[str] = mapped_column(Text, default="open", info=plain())
    channel: Mapped[str] = mapped_column(Text, info=plain())
    community_id: Mapped[uuid.UUID | None]
    agreed_on: Mapped[dt.date | None]
    opened_on: Mapped[dt.date]
    ended_on: Mapped[dt.date | None]
    entered_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class Step(TenantRow, Base):
    """What was done about a difficulty, in sealed words."""

    __tablename__ = "unit_desk_step"
    __reach__ = None
    __table_args__ = (
        tenant_foreign_key("case_id", "unit_desk_case", ondelete="CASCADE"),
        CheckConstraint(f"kind in {STEP_KINDS}", name="kind"),
        Index("ix_unit_desk_step_case", "tenant_id", "case_id", "id"),
    )

    case_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    words: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note"))
    happened_on: Mapped[dt.date]
    by_member: Mapped[bool]
    entered_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class Filing(TenantRow, Base):
    """A member's record card of a period, taken to the unit's files 定期备案 (R22), with what stood on it: number of records and minutes."""

    __tablename__ = "unit_desk_filing"
    __reach__ = "unit_id"
    __table_args__ = (
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"), tenant_foreign_key("unit_id", "organization"),
        CheckConstraint("starts_on <= ends_on", name="period"),
        UniqueConstraint("tenant_id", "member_id", "starts_on", "ends_on"),
        Index("ix_unit_desk_filing_unit", "tenant_id", "unit_id", "starts_on", "id"),
    )

    member_id: Mapped[uuid.UUID]
    unit_id: Mapped[uuid.UUID]
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    records: Mapped[int]
    minutes: Mapped[int]
    filed_on: Mapped[dt.date]
    filed_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class Meeting(TenantRow, Base):
    """A mobilisation meeting 动员会 or a discussion 座谈会 of a unit (R12); its theme is the notice's three questions."""

    __tablename__ = "unit_desk_meeting"
    __reach__ = "unit_id"
    __table_args__ = (
        tenant_foreign_key("unit_id", "organization"),
        CheckConstraint(f"kind in {MEETING_KINDS}", name="kind"),
        Index("ix_unit_desk_meeting_unit", "tenant_id", "unit_id", "held_on", "id"),
    )

    unit_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    held_on: Mapped[dt.date]
    place: Mapped[str] = mapped_column(Text, info=plain("where it was held"))
    summary: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    entered_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class Attendance(TenantRow, Base):
    """Who of the roster came to a meeting; nobody has to sign."""

    __tablename__ = "unit_desk_attendance"
    __reach__ = "member_id"
    __table_args__ = (
        tenant_foreign_key("meeting_id", "unit_desk_meeting", ondelete="CASCADE"), tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "meeting_id", "member_id"),
        Index("ix_unit_desk_attendance_member", "tenant_id", "member_id"),
    )

    meeting_id: Mapped[uuid.UUID]
    member_id: Mapped[uuid.UUID]


class Campaign(TenantRow, Base):
    """A service month 服务月 or service day 服务日 (R24) of a unit or of all below a unit or sector. What came of it is counted from records."""

    __tablename__ = "unit_desk_campaign"
    __reach__ = "unit_id"
    __table_args__ = (
        tenant_foreign_key("unit_id", "organization"),
        CheckConstraint(f"kind in {CAMPAIGN_KINDS}", name="kind"), CheckConstraint("starts_on <= ends_on", name="period"),
        Index("ix_unit_desk_campaign_unit", "tenant_id", "unit_id", "starts_on", "id"),
    )

    unit_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    theme: Mapped[str] = mapped_column(Text, info=plain("what it is about; names no resident"))
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    whole: Mapped[bool] = mapped_column(default=False)
    entered_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class CampaignPlace(TenantRow, Base):
    """A community in which a campaign is held; none: wherever the members serve."""

    __tablename__ = "unit_desk_campaign_place"
    __reach__ = None
    __table_args__ = (
        tenant_foreign_key("campaign_id", "unit_desk_campaign", ondelete="CASCADE"), tenant_foreign_key("community_id", "organization"),
        UniqueConstraint("tenant_id", "campaign_id", "community_id"),
    )

    campaign_id: Mapped[uuid.UUID]
    community_id: Mapped[uuid.UUID]


MODELS = (Lookup, Request, Answer, Case, Step, Filing, Meeting, Attendance, Campaign, CampaignPlace)
