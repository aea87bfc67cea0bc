"""The shape of exchange: a tenant's keys, its partners, what goes out and comes in, and who of elsewhere is whom here."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow, tenant_foreign_key
from core.privacy.tags import personal, plain

KINDS = ("certificate", "receipt", "record", "feedback")
PARTNER_STATES = ("offered", "asked", "active", "ended")
OUTGOING_STATES = ("waiting", "filed", "delivered", "refused")
INCOMING_STATES = ("held", "waiting", "done", "refused")
REQUEST_STATES = ("open", "sent", "refused", "taken_back")
BASES = ("residence", "workplace")


class ExchangeKey(TenantRow, Base):
    """An Ed25519 key pair of this tenant; the one that is not retired signs. `number` names it in an envelope."""

    __tablename__ = "exchange_key"
    __table_args__ = (UniqueConstraint("tenant_id", "number"),
                      Index("uq_exchange_key_current", "tenant_id", unique=True, postgresql_where=text("retired_at is null")))

    number: Mapped[str] = mapped_column(Text, info=plain())
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    private_key: Mapped[bytes] = mapped_column(LargeBinary, info=plain("a key", sealed=True))
    made_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    retired_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class ExchangePartner(TenantRow, Base):
    """Another tenant with which this one exchanges: offered by us, asked by them, active once both agree, ended by either.

    `keys`: number to {"public", "until"}, as they were pinned. `told` is what a partner of this installation was last told.
    """

    __tablename__ = "exchange_partner"
    __table_args__ = (UniqueConstraint("tenant_id", "code"), CheckConstraint("kind in ('city', 'sector')", name="kind"),
                      CheckConstraint(f"state in {PARTNER_STATES}", name="state"))

    code: Mapped[str] = mapped_column(Text, info=plain())
    name: Mapped[str] = mapped_column(Text, info=plain("a tenant's"))
    kind: Mapped[str] = mapped_column(Text, info=plain())
    local: Mapped[bool]
    url: Mapped[str] = mapped_column(Text, default="", info=plain())
    keys: Mapped[dict] = mapped_column(JSONB, default=dict, info=plain("public keys"))
    state: Mapped[str] = mapped_column(Text, info=plain())
    told: Mapped[str] = mapped_column(Text, default="", info=plain())
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class ExchangeDirectory(TenantRow, Base):
    """The communities that a partner offers, by name: [code, name, what it stands below]."""

    __tablename__ = "exchange_directory"
    __table_args__ = (tenant_foreign_key("partner_id", "exchange_partner"), UniqueConstraint("tenant_id", "partner_id"))

    partner_id: Mapped[uuid.UUID]
    entries: Mapped[list] = mapped_column(JSONB, default=list, info=plain("codes and names of communities"))
    issued_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class ExchangeOutgoing(TenantRow, Base):
    """An envelope that goes out; its id is the envelope's. Written in the transaction of what it tells of.

    `about_id` is the certificate, report-in, record or letter, `edition` counts what is said of it, later ones standing for more.
    """

    __tablename__ = "exchange_outgoing"
    __table_args__ = (
        tenant_foreign_key("partner_id", "exchange_partner"), tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
        tenant_foreign_key("unit_id", "organization"), UniqueConstraint("tenant_id", "partner_id", "kind", "about_id", "edition"),
        CheckConstraint(f"kind in {KINDS}", name="kind"), CheckConstraint(f"state in {OUTGOING_STATES}", name="state"),
        Index("ix_exchange_outgoing_due", "tenant_id", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_exchange_outgoing_member", "tenant_id", "member_id"), Index("ix_exchange_outgoing_about", "tenant_id", "about_id"))

    partner_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    about_id: Mapped[uuid.UUID]
    edition: Mapped[int] = mapped_column(default=0)
    member_id: Mapped[uuid.UUID | None]
    unit_id: Mapped[uuid.UUID | None]
    envelope: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note"))
    state: Mapped[str] = mapped_column(Text, default="waiting", info=plain())
    reason: Mapped[str | None] = mapped_column(Text, info=plain("why the receiver refused, in our own sentences"))
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    settled_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class ExchangeIncoming(TenantRow, Base):
    """An envelope that came in, once a sender and envelope id: held for the administrator, waiting at a desk, done or refused."""

    __tablename__ = "exchange_incoming"
    __table_args__ = (
        tenant_foreign_key("partner_id", "exchange_partner"), tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
        tenant_foreign_key("unit_id", "organization"), tenant_foreign_key("community_id", "organization"),
        UniqueConstraint("tenant_id", "partner_id", "envelope_id"),
        CheckConstraint(f"kind in {KINDS}", name="kind"), CheckConstraint(f"state in {INCOMING_STATES}", name="state"),
        Index("ix_exchange_incoming_state", "tenant_id", "state", "id"), Index("ix_exchange_incoming_member", "tenant_id", "member_id"),
        Index("ix_exchange_incoming_about", "tenant_id", "about_id"))

    partner_id: Mapped[uuid.UUID]
    envelope_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    about_id: Mapped[uuid.UUID]
    member_id: Mapped[uuid.UUID | None]
    unit_id: Mapped[uuid.UUID | None]
    community_id: Mapped[uuid.UUID | None]
    envelope: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note"))
    state: Mapped[str] = mapped_column(Text, info=plain())
    reason: Mapped[str | None] = mapped_column(Text, info=plain("why it was refused; the form forbids names"))
    received_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(default=1)


class ExchangeUnit(TenantRow, Base):
    """An external unit: an ordinary unit here, of which the partner keeps the true one. Figures of our own units leave it out."""

    __tablename__ = "exchange_unit"
    __table_args__ = (tenant_foreign_key("organization_id", "organization"), tenant_foreign_key("partner_id", "exchange_partner"),
                      UniqueConstraint("tenant_id", "organization_id"), UniqueConstraint("tenant_id", "partner_id", "remote_id"))

    organization_id: Mapped[uuid.UUID]
    partner_id: Mapped[uuid.UUID]
    remote_id: Mapped[uuid.UUID]


class ExchangeMember(TenantRow, Base):
    """A guest: an ordinary member here whose home is the partner's tenant; `moved`: has come to stay, nothing goes home any longer."""

    __tablename__ = "exchange_member"
    __table_args__ = (tenant_foreign_key("member_id", "member", ondelete="CASCADE"), tenant_foreign_key("partner_id", "exchange_partner"),
                      UniqueConstraint("tenant_id", "member_id"), UniqueConstraint("tenant_id", "partner_id", "remote_id"))

    member_id: Mapped[uuid.UUID]
    partner_id: Mapped[uuid.UUID]
    remote_id: Mapped[uuid.UUID]
    moved: Mapped[bool] = mapped_column(default=False)


class ExchangeReceipt(TenantRow, Base):
    """A report-in elsewhere of one of our members, as the visited community has confirmed it."""

    __tablename__ = "exchange_receipt"
    __table_args__ = (tenant_foreign_key("member_id", "member", ondelete="CASCADE"), tenant_foreign_key("partner_id", "exchange_partner"),
                      UniqueConstraint("tenant_id", "partner_id", "remote_id"), CheckConstraint(f"basis in {BASES}", name="basis"),
                      Index("ix_exchange_receipt_member", "tenant_id", "member_id"))

    member_id: Mapped[uuid.UUID]
    partner_id: Mapped[uuid.UUID]
    remote_id: Mapped[uuid.UUID]
    edition: Mapped[int]
    community: Mapped[str] = mapped_column(Text, info=plain("a community's name"))
    basis: Mapped[str] = mapped_column(Text, info=plain())
    number: Mapped[str] = mapped_column(Text, info=plain())
    reported_on: Mapped[dt.date]
    in_force: Mapped[bool]


class ExchangeRecord(TenantRow, Base):
    """A service done elsewhere by one of our members, certified by the visited community; only read, never counted by our rules."""

    __tablename__ = "exchange_record"
    __table_args__ = (tenant_foreign_key("member_id", "member", ondelete="CASCADE"), tenant_foreign_key("partner_id", "exchange_partner"),
                      UniqueConstraint("tenant_id", "partner_id", "remote_id"),
                      Index("ix_exchange_record_member", "tenant_id", "member_id", "happened_on"))

    member_id: Mapped[uuid.UUID]
    partner_id: Mapped[uuid.UUID]
    remote_id: Mapped[uuid.UUID]
    edition: Mapped[int]
    community: Mapped[str] = mapped_column(Text, info=plain("a community's name"))
    kind: Mapped[str] = mapped_column(Text, info=plain())
    title: Mapped[str] = mapped_column(Text, info=plain("what was done; the form forbids names of residents"))
    happened_on: Mapped[dt.date]
    minutes: Mapped[int]
    rating: Mapped[str | None] = mapped_column(Text, info=plain("the evaluation's grade"))
    counts: Mapped[bool]


class ExchangeRequest(TenantRow, Base):
    """A member's wish to report in elsewhere: which partner, which community, by which tie; the unit or its county sends it."""

    __tablename__ = "exchange_request"
    __table_args__ = (
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"), tenant_foreign_key("partner_id", "exchange_partner"),
        tenant_foreign_key("unit_id", "organization"), CheckConstraint(f"state in {REQUEST_STATES}", name="state"),
        CheckConstraint(f"basis in {BASES}", name="basis"),
        Index("uq_exchange_request_open", "tenant_id", "member_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_exchange_request_unit", "tenant_id", "unit_id", "state", "id"))

    member_id: Mapped[uuid.UUID]
    unit_id: Mapped[uuid.UUID]
    partner_id: Mapped[uuid.UUID]
    community_code: Mapped[str] = mapped_column(Text, info=plain())
    community: Mapped[str] = mapped_column(Text, info=plain("a community's name"))
    basis: Mapped[str] = mapped_column(Text, info=plain())
    moves_on: Mapped[dt.date | None]
    share_phone: Mapped[bool] = mapped_column(default=False)
    carry: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(Text, default="open", info=plain())
    reason: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    asked_by: Mapped[uuid.UUID | None]
    asked_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(default=1)
