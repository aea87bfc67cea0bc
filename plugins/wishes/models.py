"""The shape of wishes: what a resident asks for, from the paper to the write-off, and the steps of its way."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, personal, plain, tenant_foreign_key

KINDS = ("dream", "wish", "difficulty")
CHANNELS = ("officer", "public", "need", "split")
#: On its way: it can be claimed, is claimed, is done and waits for the resident.
LIVE = ("accepted", "claimed", "done")
ENDED = ("written_off", "refused", "split", "withdrawn")
STATES = ("submitted", *LIVE, *ENDED)
VERDICTS = ("fulfilled", "unfulfilled")
RATINGS = ("satisfied", "fair", "dissatisfied")
EVENTS = ("received", "accepted", "accept_undone", "refused", "split", "withdrawn", "claimed", "back_on_wall", "done", "sent_back",
          "judged", "written_off", "counted")


class WishesWish(TenantRow, Base):
    """A micro-wish (R58, R74, R75). Once accepted it is a matter of the same id, which holds what members need to know of it.

    submitted > accepted > claimed > done > written_off; or refused with an answer, split into several, withdrawn. The title is the
    officer's and names nobody; the resident's words and contact are encrypted, and go some time after the end (`contact_days`).
    `number` is a running mark for papers; `name_mark` and `phone_mark` find a resident's wishes again without being readable.
    `alarm_on`: from the next day on the wish is overdue. `listed`: it stands on the public wall. `verdict`, `rating` and `comment` are
    the resident's, kept until they count; member and unit never see them.
    """

    __tablename__ = "wishes_wish"
    __reach__ = "community_id"
    __table_args__ = (
        tenant_foreign_key("community_id", "organization"), tenant_foreign_key("parent_id", "wishes_wish"),
        CheckConstraint(f"kind in {KINDS}", name="kind"), CheckConstraint(f"channel in {CHANNELS}", name="channel"),
        CheckConstraint(f"state in {STATES}", name="state"), CheckConstraint(f"verdict in {VERDICTS}", name="verdict"),
        CheckConstraint(f"rating in {RATINGS}", name="rating"),
        CheckConstraint(f"state not in {ENDED} or ended_on is not null", name="ended"),
        CheckConstraint(f"state not in {LIVE} or title is not null", name="titled"),
        Index("ix_wishes_wish_community", "tenant_id", "community_id", "state", "id"),
        Index("ix_wishes_wish_state", "tenant_id", "state", "id"),
        Index("ix_wishes_wish_wall", "tenant_id", "community_id", "listed", "id"),
        Index("ix_wishes_wish_alarm", "tenant_id", "community_id", "alarm_on", "id", postgresql_where=text("alarm_on is not null")),
        Index("ix_wishes_wish_received", "tenant_id", "community_id", "received_on"),
        Index("ix_wishes_wish_ended", "tenant_id", "ended_on", "id", postgresql_where=text("ended_on is not null and not erased")),
        Index("ix_wishes_wish_title", "tenant_id", "title", postgresql_ops={"title": "text_pattern_ops"}),
        Index("ix_wishes_wish_number", "tenant_id", "number"),
        Index("ix_wishes_wish_name", "tenant_id", "name_mark"), Index("ix_wishes_wish_phone", "tenant_id", "phone_mark"),
        Index("ix_wishes_wish_parent", "tenant_id", "parent_id", postgresql_where=text("parent_id is not null")),
        Index("ix_wishes_wish_rated", "tenant_id", "id", postgresql_where=text("rating is not null")),
    )

    community_id: Mapped[uuid.UUID]
    number: Mapped[str] = mapped_column(Text, info=plain("a day and four digits drawn by lot"))
    kind: Mapped[str] = mapped_column(Text, info=plain())
    recipient_group: Mapped[str | None] = mapped_column(Text, info=plain("a priority group's key, or the tenant's own group"))
    channel: Mapped[str] = mapped_column(Text, info=plain())
    origin: Mapped[str | None] = mapped_column(Text, info=plain("a plugin's name"))
    origin_id: Mapped[uuid.UUID | None]
    parent_id: Mapped[uuid.UUID | None]
    text: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", sensitive=True, whose="resident"))
    name: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("name", whose="resident"))
    phone: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("phone", whose="resident"))
    address: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("address", whose="resident"))
    name_mark: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("name", index=True, whose="resident"))
    phone_mark: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("phone", index=True, whose="resident"))
    title: Mapped[str | None] = mapped_column(Text, info=plain("what is wished for; the form forbids the resident's name and phone"))
    concrete: Mapped[bool | None]
    real: Mapped[bool | None]
    easy: Mapped[bool | None]
    harder: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(Text, default="submitted", info=plain())
    listed: Mapped[bool] = mapped_column(default=False)
    received_on: Mapped[dt.date]
    alarm_on: Mapped[dt.date | None]
    served_on: Mapped[dt.date | None]
    served_minutes: Mapped[int | None]
    proof: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note"))
    remark: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="resident"))
    answer: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="resident"))
    verdict: Mapped[str | None] = mapped_column(Text, info=plain())
    rating: Mapped[str | None] = mapped_column(Text, info=plain("kept until it counts for the record"))
    comment: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="resident"))
    judged_on: Mapped[dt.date | None]
    ended_on: Mapped[dt.date | None]
    erased: Mapped[bool] = mapped_column(default=False)
    entered_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class WishesEvent(TenantRow, Base):
    """One step of a wish's way; the note is an officer's or a member's, encrypted as it may name the resident."""

    __tablename__ = "wishes_event"
    __table_args__ = (tenant_foreign_key("wish_id", "wishes_wish", ondelete="CASCADE"), CheckConstraint(f"kind in {EVENTS}", name="kind"),
                      Index("ix_wishes_event_wish", "tenant_id", "wish_id", "id"))

    wish_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    by: Mapped[uuid.UUID | None]
    note: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="resident"))
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


MODELS = (WishesWish, WishesEvent)
