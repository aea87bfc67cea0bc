"""The shape of access: accounts, grants over a subtree, server-side logins and API tokens."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ARRAY, CheckConstraint, DateTime, Index, LargeBinary, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow, tenant_foreign_key
from core.privacy.tags import personal, plain


class Account(TenantRow, Base):
    """Somebody who can sign in. A member's account names the member; an officer's need not."""

    __tablename__ = "account"
    __table_args__ = (tenant_foreign_key("member_id", "member"), UniqueConstraint("tenant_id", "username"),
                      UniqueConstraint("tenant_id", "member_id"))

    username: Mapped[str] = mapped_column(Text, info=personal("username"))
    display_name: Mapped[str] = mapped_column(Text, info=personal("name"))
    password_hash: Mapped[str | None] = mapped_column(Text, info=plain("argon2 hash"))
    member_id: Mapped[uuid.UUID | None]
    active: Mapped[bool] = mapped_column(default=True)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    password_expires_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))  # a temporary one's only
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    locale: Mapped[str] = mapped_column(Text, default="zh_Hans_CN", info=plain())
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class Grant(TenantRow, Base):
    """A role over the subtree of one organization, until a moment or for good."""

    __tablename__ = "access_grant"
    __table_args__ = (tenant_foreign_key("account_id", "account", ondelete="CASCADE"),
                      tenant_foreign_key("organization_id", "organization"),
                      UniqueConstraint("tenant_id", "account_id", "role", "organization_id"),
                      # Of these three an account holds one (security rule 12), whoever forgets to ask.
                      Index("uq_access_grant_one_hat", "tenant_id", "account_id", unique=True, postgresql_where=text(
                          "role in ('system_administrator', 'security_administrator', 'auditor')")))

    account_id: Mapped[uuid.UUID]
    organization_id: Mapped[uuid.UUID]
    role: Mapped[str] = mapped_column(Text, info=plain())
    expires_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    granted_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class Login(TenantRow, Base):
    """A server-side login: the cookie holds the token, the table its SHA-256. Deleting the row ends the login at once.

    `stage` is "half" while a second factor that the account has is still to be given, "password" when it has none, "full" with both.
    """

    __tablename__ = "login"
    __table_args__ = (tenant_foreign_key("account_id", "account", ondelete="CASCADE"), UniqueConstraint("tenant_id", "token_hash"),
                      CheckConstraint("stage in ('half', 'password', 'full')", name="stage"),
                      Index("ix_login_account", "tenant_id", "account_id"))

    account_id: Mapped[uuid.UUID]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    seen_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    stage: Mapped[str] = mapped_column(Text, default="password", server_default="password", info=plain())
    device: Mapped[str] = mapped_column(Text, default="", server_default="", info=plain("system and browser out of a short list"))


class LoginTry(TenantRow, Base):
    """How often somebody tried to sign in by a name that is nobody's, so that it is answered like anybody's; or to give the old
    password when changing it.

    The name, or the account's id, is kept as a keyed hash: people also type their phone number or, by mistake, their password there.
    """

    __tablename__ = "login_try"
    __table_args__ = (UniqueConstraint("tenant_id", "name_hash"),)

    name_hash: Mapped[bytes] = mapped_column(LargeBinary)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class AddressTry(TenantRow, Base):
    """A name that failed to sign in from an address, and when it last did; both are keyed hashes."""

    __tablename__ = "address_try"
    __table_args__ = (UniqueConstraint("tenant_id", "address_hash", "name_hash"),
                      Index("ix_address_try_at", "tenant_id", "address_hash", "at"))

    address_hash: Mapped[bytes] = mapped_column(LargeBinary)
    name_hash: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class AccessToken(TenantRow, Base):
    """A personal access token of the API: named, scoped, expiring; only its SHA-256 is kept."""

    __tablename__ = "access_token"
    __table_args__ = (tenant_foreign_key("account_id", "account", ondelete="CASCADE"), UniqueConstraint("tenant_id", "token_hash"),
                      CheckConstraint("expires_at > created_at", name="expiry"))

    account_id: Mapped[uuid.UUID]
    name: Mapped[str] = mapped_column(Text, info=plain("a label chosen by the owner"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), info=plain())
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    last_used_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    second_factor: Mapped[bool] = mapped_column(server_default=false())  # whether the login that made it had met one
