"""Reference tables: tenants, their wrapped keys, the divisions of the country and the operators; none holds tenant data."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, new_id
from core.privacy.tags import personal, plain


class Tenant(Base):
    """A city, prefecture or sector authority (R9) that uses this installation. `code` is the division code or a sector's own."""

    __tablename__ = "tenant"
    __table_args__ = (CheckConstraint("kind in ('city', 'sector')", name="kind"),
                      CheckConstraint("status in ('active', 'suspended', 'deleted')", name="status"))

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True, info=plain())
    slug: Mapped[str] = mapped_column(Text, unique=True, info=plain())
    name: Mapped[str] = mapped_column(Text, info=plain())
    short_name: Mapped[str] = mapped_column(Text, info=plain())
    kind: Mapped[str] = mapped_column(Text, default="city", info=plain())
    status: Mapped[str] = mapped_column(Text, default="active", info=plain())
    profile: Mapped[dict] = mapped_column(JSONB, default=dict, info=plain("the profile as it was applied: places, settings, words"))
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class TenantKey(Base):
    """A data key of one tenant, wrapped by a master key that stands outside the database (security rule 13). `origin` is the
    id that the tenant had in the installation from which it came, and which its stored values are bound to; None: it is from here.
    """

    __tablename__ = "tenant_key"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    key_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    algorithm: Mapped[str] = mapped_column(Text, info=plain())
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    origin: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class Division(Base):
    """One row of the national list of divisions; only the code identifies, names repeat."""

    __tablename__ = "division"

    code: Mapped[str] = mapped_column(Text, primary_key=True, info=plain())
    name: Mapped[str] = mapped_column(Text, info=plain())
    level: Mapped[str] = mapped_column(Text, info=plain())
    parent_code: Mapped[str | None] = mapped_column(Text, index=True, info=plain())
    kind: Mapped[str | None] = mapped_column(Text, info=plain())


class Operator(Base):
    """A person who runs the installation; sees tenants and health, never a tenant's members."""

    __tablename__ = "operator"

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    username: Mapped[str] = mapped_column(Text, unique=True, info=personal("username", whose="officer"))
    password_hash: Mapped[str] = mapped_column(Text, info=plain("argon2 hash"))
    active: Mapped[bool] = mapped_column(default=True)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class TenantDeletion(Base):
    """One operator's request to delete a tenant, which another operator confirms (security rule 12)."""

    __tablename__ = "tenant_deletion"
    __table_args__ = (
        CheckConstraint("status in ('waiting', 'done', 'refused', 'withdrawn', 'expired')", name="status"),
        CheckConstraint("decided_by is distinct from asked_by or status in ('waiting', 'withdrawn', 'expired')", name="two_persons"),
        Index("uq_tenant_deletion_waiting", "tenant_number", unique=True, postgresql_where=text("status = 'waiting'")))

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    tenant_number: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    reason: Mapped[str] = mapped_column(Text, info=plain("an operator's, about a tenant"))
    status: Mapped[str] = mapped_column(Text, default="waiting", info=plain())
    asked_by: Mapped[uuid.UUID]
    asked_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class ProvinceRelease(Base):
    """What a city has let out to the province for one quarter: a county's sums (county_code "" is the whole city), small ones left out.

    Written once by the tenant's own job, never changed; `figures` holds numbers by key, null where one is left out. No person, and no
    place below a county.
    """

    __tablename__ = "province_release"
    __table_args__ = (UniqueConstraint("tenant_number", "quarter", "county_code"),)

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    tenant_number: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    quarter: Mapped[dt.date]
    county_code: Mapped[str] = mapped_column(Text, info=plain("a division's code"))
    county_name: Mapped[str] = mapped_column(Text, info=plain("a county's"))
    figures: Mapped[dict] = mapped_column(JSONB, info=plain("sums by key, small ones left out"))
    released_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class OperatorLogin(Base):
    """A server-side login of an operator; the cookie holds the token, the table its hash."""

    __tablename__ = "operator_login"

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    operator_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("operator.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    seen_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    stage: Mapped[str] = mapped_column(Text, default="password", server_default="password", info=plain())


class OperatorFactor(Base):
    """An operator's one-time codes: the secret under the master key, the last step used, and hashes of recovery codes ('' once used)."""

    __tablename__ = "operator_factor"

    operator_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("operator.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    confirmed_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    recovery_hashes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, info=plain("argon2 hashes"))
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
