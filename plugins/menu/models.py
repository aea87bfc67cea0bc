"""The shape of the menu: offers and where they stand, requests of residents, what was agreed, and whose calendar it fills."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, personal, plain, tenant_foreign_key

OFFER_STATES = ("open", "paused", "ended")
LISTING_STATES = ("proposed", "listed", "paused", "removed", "ended")
REQUEST_STATES = ("new", "open", "waiting", "proposed", "agreed", "done", "closed")
UNANSWERED = ("new", "open", "waiting")
LIVE = (*UNANSWERED, "proposed", "agreed")
ENDED_BY = ("resident", "provider", "officer")
CHANNELS = ("public", "officer", "need")
STEPS = ("asked", "published", "matched", "picked", "proposed", "refused", "declined", "agreed", "wishes_change", "moved", "cancelled", "served",
         "closed", "reissued")
_WHOSE = "member_id is not null or unit_id is not null"


def _owner() -> tuple[Any, ...]:
    return tenant_foreign_key("member_id", "member", ondelete="CASCADE"), tenant_foreign_key("unit_id", "organization")


class MenuOffer(TenantRow, Base):
    """A service that a member or a unit offers (R69). `times` is a list of weekday (1 Monday), from and until; `monthly` the most a month."""

    __tablename__ = "menu_offer"
    __reach__ = "unit_id"
    __table_args__ = (*_owner(), CheckConstraint(f"state in {OFFER_STATES}", name="state"), CheckConstraint(_WHOSE, name="whose"),
                      CheckConstraint("minutes between 1 and 1440", name="minutes"), CheckConstraint("monthly between 1 and 1000", name="monthly"),
                      Index("ix_menu_offer_member", "tenant_id", "member_id", "id", postgresql_where=text("member_id is not null")),
                      Index("ix_menu_offer_unit", "tenant_id", "unit_id", "id", postgresql_where=text("unit_id is not null")),
                      Index("ix_menu_offer_valid", "tenant_id", "valid_until", "id", postgresql_where=text("state <> 'ended'")))

    member_id: Mapped[uuid.UUID | None]
    unit_id: Mapped[uuid.UUID | None]
    title: Mapped[str] = mapped_column(Text, info=plain("what is offered"))
    description: Mapped[str | None] = mapped_column(Text, info=plain("what is offered, for everybody to read"))
    category: Mapped[str] = mapped_column(Text, info=plain("a category of the menu"))
    minutes: Mapped[int]
    times: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, info=plain("days and hours"))
    times_words: Mapped[str | None] = mapped_column(Text, info=plain("when, in words"))
    monthly: Mapped[int | None]
    valid_until: Mapped[dt.date | None]
    state: Mapped[str] = mapped_column(Text, default="open", info=plain())
    entered_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class MenuListing(TenantRow, Base):
    """An offer's place in the menu of one community, whose officer lists it; its number is for those who order by telephone."""

    __tablename__ = "menu_listing"
    __reach__ = "community_id"
    __table_args__ = (tenant_foreign_key("offer_id", "menu_offer", ondelete="CASCADE"), tenant_foreign_key("community_id", "organization"),
                      UniqueConstraint("tenant_id", "offer_id", "community_id"), UniqueConstraint("tenant_id", "community_id", "number"),
                      CheckConstraint(f"state in {LISTING_STATES}", name="state"),
                      CheckConstraint("state <> 'listed' or number is not null", name="numbered"),
                      Index("ix_menu_listing_community", "tenant_id", "community_id", "state", "id"),
                      Index("ix_menu_listing_state", "tenant_id", "state", "id"))

    offer_id: Mapped[uuid.UUID]
    community_id: Mapped[uuid.UUID]
    state: Mapped[str] = mapped_column(Text, default="proposed", info=plain())
    number: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    decided_by: Mapped[uuid.UUID | None]
    decided_on: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1)


class MenuSeries(TenantRow, Base):
    """The last number of a community's menu; its row is locked while a number is drawn."""

    __tablename__ = "menu_series"
    __reach__ = "community_id"
    __table_args__ = (tenant_foreign_key("community_id", "organization"), UniqueConstraint("tenant_id", "community_id"))

    community_id: Mapped[uuid.UUID]
    last_number: Mapped[int] = mapped_column(default=0)


class MenuRequest(TenantRow, Base):
    """What a resident asks for (R76), of an offer or open; the matter that it becomes has the same id. Everything personal is sealed.

    new (waits for the community's wording) > open (members may pick it) > waiting (for the one who was asked) > proposed (times to choose
    from) > agreed > done; closed when nothing comes of it. `member_id` or `unit_id` is who was asked or picked it. `wished` has
    `days` (1 Monday) and `parts` of the day. `changes` is who asked last for another time or cancelled, until the other has seen it.
    """

    __tablename__ = "menu_request"
    __reach__ = "community_id"
    __table_args__ = (*_owner(), tenant_foreign_key("community_id", "organization"),
                      tenant_foreign_key("offer_id", "menu_offer"), CheckConstraint(f"state in {REQUEST_STATES}", name="state"),
                      CheckConstraint(f"channel in {CHANNELS}", name="channel"),
                      CheckConstraint(f"ended_by in {ENDED_BY}", name="ended_by"),
                      CheckConstraint("title is not null or state in ('new', 'closed')", name="worded"),
                      Index("ix_menu_request_community", "tenant_id", "community_id", "state", "id"),
                      Index("ix_menu_request_state", "tenant_id", "state", "id"),
                      Index("ix_menu_request_member", "tenant_id", "member_id", "state", "id", postgresql_where=text("member_id is not null")),
                      Index("ix_menu_request_unit", "tenant_id", "unit_id", "state", "id", postgresql_where=text("unit_id is not null")),
                      Index("ix_menu_request_late", "tenant_id", "community_id", "answer_by", "id",
                            postgresql_where=text(f"state in {UNANSWERED}")),
                      Index("ix_menu_request_phone", "tenant_id", "phone_print", postgresql_where=text("phone_print is not null")),
                      Index("ix_menu_request_ended", "tenant_id", "ended_on", "id", postgresql_where=text("ended_on is not null and has_contact")),
                      Index("ix_menu_request_offer", "tenant_id", "offer_id", postgresql_where=text("offer_id is not null")))

    community_id: Mapped[uuid.UUID]
    offer_id: Mapped[uuid.UUID | None]
    member_id: Mapped[uuid.UUID | None]
    unit_id: Mapped[uuid.UUID | None]
    title: Mapped[str | None] = mapped_column(Text, info=plain("the community's or the offer's wording"))
    category: Mapped[str | None] = mapped_column(Text, info=plain("a category of the menu"))
    name: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("name", whose="resident"))
    phone: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("phone", whose="resident"))
    phone_print: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("phone", index=True, whose="resident"))
    address: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("address", whose="resident"))
    wants: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="resident"))
    wished_words: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="resident"))
    has_contact: Mapped[bool] = mapped_column(default=True)
    wished: Mapped[dict[str, Any]] = mapped_column(JSONB, info=plain("days and parts of the day, by number; words stand in wished_words"))
    recipient_group: Mapped[str | None] = mapped_column(Text, info=plain("a priority group"))
    channel: Mapped[str] = mapped_column(Text, info=plain())
    origin: Mapped[str | None] = mapped_column(Text, info=plain("a plugin's name"))
    origin_id: Mapped[uuid.UUID | None]
    state: Mapped[str] = mapped_column(Text, info=plain())
    answer_by: Mapped[dt.date]
    changes: Mapped[str | None] = mapped_column(Text, info=plain())
    ended_by: Mapped[str | None] = mapped_column(Text, info=plain())
    ended_on: Mapped[dt.date | None]
    entered_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class MenuSlot(TenantRow, Base):
    """A time that the provider proposes; it is gone once one of them was chosen or all were refused."""

    __tablename__ = "menu_slot"
    __reach__ = None
    __table_args__ = (tenant_foreign_key("request_id", "menu_request", ondelete="CASCADE"),
                      CheckConstraint("ends_at >= begins_at", name="length"), Index("ix_menu_slot_request", "tenant_id", "request_id", "begins_at"))

    request_id: Mapped[uuid.UUID]
    begins_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    place: Mapped[str | None] = mapped_column(Text, info=plain("where; no home address"))


class MenuAgreement(TenantRow, Base):
    """A time that both sides have chosen; `sequence` counts its changes for calendars. One agreement a request lives at a time."""

    __tablename__ = "menu_agreement"
    __reach__ = "community_id"
    __table_args__ = (*_owner(), tenant_foreign_key("request_id", "menu_request", ondelete="CASCADE"),
                      tenant_foreign_key("community_id", "organization"),
                      tenant_foreign_key("offer_id", "menu_offer"),
                      CheckConstraint("state in ('agreed', 'done', 'cancelled')", name="state"), CheckConstraint("ends_at >= begins_at", name="length"),
                      Index("uq_menu_agreement_live", "tenant_id", "request_id", unique=True, postgresql_where=text("state <> 'cancelled'")),
                      Index("uq_menu_agreement_claim", "tenant_id", "claim_id", unique=True),
                      Index("ix_menu_agreement_offer", "tenant_id", "offer_id", "begins_at"),
                      Index("ix_menu_agreement_unit", "tenant_id", "unit_id", "begins_at", postgresql_where=text("unit_id is not null")),
                      Index("ix_menu_agreement_community", "tenant_id", "community_id", "begins_at", "id"))

    request_id: Mapped[uuid.UUID]
    community_id: Mapped[uuid.UUID]
    offer_id: Mapped[uuid.UUID | None]
    member_id: Mapped[uuid.UUID | None]
    unit_id: Mapped[uuid.UUID | None]
    claim_id: Mapped[uuid.UUID]
    begins_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    place: Mapped[str | None] = mapped_column(Text, info=plain("where; no home address"))
    state: Mapped[str] = mapped_column(Text, default="agreed", info=plain())
    sequence: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class MenuBooking(TenantRow, Base):
    """A member's time that an agreement takes, of the member's own or under the unit; no two that live may overlap."""

    __tablename__ = "menu_booking"
    __reach__ = "member_id"
    __table_args__ = (tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
                      tenant_foreign_key("agreement_id", "menu_agreement", ondelete="CASCADE"),
                      UniqueConstraint("tenant_id", "agreement_id", "member_id"),
                      Index("ix_menu_booking_member", "tenant_id", "member_id", "begins_at"))

    member_id: Mapped[uuid.UUID]
    agreement_id: Mapped[uuid.UUID]
    begins_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    live: Mapped[bool] = mapped_column(default=True)


class MenuCalendar(TenantRow, Base):
    """The calendar of a member or a unit: its row is the lock for a member's time, `token_hash` opens the feed."""

    __tablename__ = "menu_calendar"
    __reach__ = "unit_id"
    __table_args__ = (*_owner(), CheckConstraint(_WHOSE, name="whose"), UniqueConstraint("tenant_id", "member_id"),
                      UniqueConstraint("tenant_id", "token_hash"),
                      Index("uq_menu_calendar_unit", "tenant_id", "unit_id", unique=True, postgresql_where=text("member_id is null")))

    member_id: Mapped[uuid.UUID | None]
    unit_id: Mapped[uuid.UUID | None]
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    issued_on: Mapped[dt.date | None]


class MenuStep(TenantRow, Base):
    """One line of a request's history; `side` is who did it, `offer_id` whose offer it was about."""

    __tablename__ = "menu_step"
    __append_only__ = True
    __reach__ = None
    __table_args__ = (tenant_foreign_key("request_id", "menu_request", ondelete="CASCADE"), CheckConstraint(f"kind in {STEPS}", name="kind"),
                      CheckConstraint(f"side in {ENDED_BY}", name="side"), Index("ix_menu_step_request", "tenant_id", "request_id", "id"))

    request_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    side: Mapped[str] = mapped_column(Text, info=plain())
    offer_id: Mapped[uuid.UUID | None]
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


MODELS = (MenuOffer, MenuListing, MenuSeries, MenuRequest, MenuSlot, MenuAgreement, MenuBooking, MenuCalendar, MenuStep)
