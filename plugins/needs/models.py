"""The shape of needs: what residents ask for, bulletins that sum it up, sheets that are looked at before they are taken in, and the door for machines."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, personal, plain, tenant_foreign_key

OPEN = ("new", "classified", "turned")
CLOSED = ("answered", "refused", "merged", "done")
STATES = (*OPEN, *CLOSED)
#: R53 and R67: four channels of the doorstep and the board, four of the net; phone, members (R34) and whatever a machine brings.
CHANNELS = ("visit", "notice", "box", "website", "qq", "weibo", "wechat", "phone", "member", "other")


class Need(TenantRow, Base):
    """What somebody needs (R53, R67, R74): told in the resident's words (sealed), summed up by the officer for everybody.

    new > classified > turned (put up as a matter) > done; or answered, refused with a reason, merged into another. `answer` is what the
    asker is told, sealed since it is one person's. `channel_note` names a channel of the tenant's own. `before` is the state to which
    undoing goes back. `member_id` is the member who reported it (R34).
    """

    __tablename__ = "needs_need"
    __reach__ = "community_id"
    __table_args__ = (
        tenant_foreign_key("community_id", "organization"), tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
        tenant_foreign_key("merged_into", "needs_need"), tenant_foreign_key("bulletin_id", "needs_bulletin"),
        CheckConstraint(f"state in {STATES}", name="state"), CheckConstraint(f"channel in {CHANNELS}", name="channel"),
        CheckConstraint(f"before in {OPEN}", name="before"),
        CheckConstraint("merged_into is null or state = 'merged'", name="merged"),
        CheckConstraint(f"closed_on is not null or state in {OPEN}", name="closed"),
        Index("ix_needs_need_state", "tenant_id", "community_id", "state", "id"),
        Index("ix_needs_need_received", "tenant_id", "community_id", "received_on", "id"),
        Index("ix_needs_need_bulletin", "tenant_id", "community_id", "category", "id",
              postgresql_where=text("bulletin_id is null and state in ('classified', 'turned')")),
        Index("ix_needs_need_in_bulletin", "tenant_id", "bulletin_id", postgresql_where=text("bulletin_id is not null")),
        Index("ix_needs_need_merged", "tenant_id", "merged_into", postgresql_where=text("merged_into is not null")),
        Index("ix_needs_need_member", "tenant_id", "member_id", "id", postgresql_where=text("member_id is not null")),
        Index("ix_needs_need_contact", "tenant_id", "closed_on", postgresql_where=text("has_contact and closed_on is not null")),
    )

    community_id: Mapped[uuid.UUID]
    text: Mapped[bytes] = mapped_column(LargeBinary, info=personal("note"))
    summary: Mapped[str] = mapped_column(Text, default="", info=plain("written by the officer for everybody; the form forbids names"))
    category: Mapped[str] = mapped_column(Text, info=plain("one of the tenant's list"))
    recipient_group: Mapped[str | None] = mapped_column(Text, info=plain("a priority group"))
    channel: Mapped[str] = mapped_column(Text, info=plain())
    channel_note: Mapped[str | None] = mapped_column(Text, info=plain("the name of a channel of the tenant's own"))
    name: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("name", whose="resident"))
    phone: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("phone", whose="resident"))
    address: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("address", whose="resident"))
    has_contact: Mapped[bool] = mapped_column(default=False)
    member_id: Mapped[uuid.UUID | None]
    entered_by: Mapped[uuid.UUID | None]
    state: Mapped[str] = mapped_column(Text, default="new", info=plain())
    before: Mapped[str | None] = mapped_column(Text, info=plain("a state"))
    answer: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="resident"))
    answered_on: Mapped[dt.date | None]
    received_on: Mapped[dt.date]
    due_on: Mapped[dt.date]
    classified_on: Mapped[dt.date | None]
    closed_on: Mapped[dt.date | None]
    merged_into: Mapped[uuid.UUID | None]
    matter_id: Mapped[uuid.UUID | None]
    bulletin_id: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class Bulletin(TenantRow, Base):
    """A demand bulletin 服务需求公告 of a community (D6, R68), numbered within its year; withdrawn with a reason, never edited."""

    __tablename__ = "needs_bulletin"
    __reach__ = "community_id"
    __table_args__ = (
        tenant_foreign_key("community_id", "organization"), UniqueConstraint("tenant_id", "community_id", "year", "number"),
        CheckConstraint("state in ('published', 'withdrawn')", name="state"),
        Index("ix_needs_bulletin_community", "tenant_id", "community_id", "id"),
    )

    community_id: Mapped[uuid.UUID]
    year: Mapped[int]
    number: Mapped[int]
    title: Mapped[str] = mapped_column(Text, info=plain("written for everybody"))
    introduction: Mapped[str] = mapped_column(Text, default="", info=plain("written for everybody"))
    published_on: Mapped[dt.date]
    published_by: Mapped[uuid.UUID | None]
    state: Mapped[str] = mapped_column(Text, default="published", info=plain())
    withdrawn_on: Mapped[dt.date | None]
    withdrawn_reason: Mapped[str | None] = mapped_column(Text, info=plain("told to everybody"))
    version: Mapped[int] = mapped_column(default=1)


class BulletinItem(TenantRow, Base):
    """One line of a bulletin: the summary as it was published, whatever becomes of the need."""

    __tablename__ = "needs_bulletin_item"
    __table_args__ = (tenant_foreign_key("bulletin_id", "needs_bulletin", ondelete="CASCADE"), tenant_foreign_key("need_id", "needs_need"),
                      Index("ix_needs_bulletin_item_bulletin", "tenant_id", "bulletin_id", "position"))

    bulletin_id: Mapped[uuid.UUID]
    need_id: Mapped[uuid.UUID]
    position: Mapped[int]
    category: Mapped[str] = mapped_column(Text, info=plain("one of the tenant's list"))
    summary: Mapped[str] = mapped_column(Text, info=plain("written for everybody"))


class NeedSheet(TenantRow, Base):
    """A table that was read and checked and waits for the officer's word: its lines (sealed), gone after a day."""

    __tablename__ = "needs_sheet"
    __reach__ = "community_id"
    __table_args__ = (tenant_foreign_key("community_id", "organization"), Index("ix_needs_sheet_created", "tenant_id", "created_at"))

    community_id: Mapped[uuid.UUID]
    lines: Mapped[bytes] = mapped_column(LargeBinary, info=personal("note", whose="resident"))
    accepted: Mapped[int]
    imported_on: Mapped[dt.date | None]
    uploaded_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class InboxSecret(TenantRow, Base):
    """The key with which another system signs what it sends (sealed); one a tenant, a new one ends the old."""

    __tablename__ = "needs_inbox_secret"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    secret: Mapped[bytes] = mapped_column(LargeBinary, info=plain("a key of ours", sealed=True))
    made_on: Mapped[dt.date]
    made_by: Mapped[uuid.UUID | None]


class InboxDelivery(TenantRow, Base):
    """The number of a delivery that was taken in, so that nobody plays it again; kept for two days, the clock's window being minutes."""

    __tablename__ = "needs_inbox_delivery"
    __table_args__ = (UniqueConstraint("tenant_id", "delivery"), Index("ix_needs_inbox_delivery_received", "tenant_id", "received_at"))

    delivery: Mapped[str] = mapped_column(Text, info=plain("a number that the sender chose"))
    received_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


MODELS = (Need, Bulletin, BulletinItem, NeedSheet, InboxSecret, InboxDelivery)
