"""The shape of what stands beside a password: one-time codes, recovery codes, passkeys, and slips that let somebody set a password."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, LargeBinary, SmallInteger, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow, tenant_foreign_key
from core.privacy.tags import plain


class SecondFactor(TenantRow, Base):
    """An account's one-time codes (TOTP): the secret, encrypted, and the last step used, so that no code works twice.

    `pending` is a secret that was shown and not yet confirmed by a code; it stands beside the one in use.
    """

    __tablename__ = "second_factor"
    __table_args__ = (tenant_foreign_key("account_id", "account", ondelete="CASCADE"), UniqueConstraint("tenant_id", "account_id"))

    account_id: Mapped[uuid.UUID]
    secret: Mapped[bytes | None] = mapped_column(LargeBinary, info=plain(sealed=True))
    pending: Mapped[bytes | None] = mapped_column(LargeBinary, info=plain(sealed=True))
    confirmed_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)


class RecoveryCode(TenantRow, Base):
    """One of ten codes on paper that stand in for a lost phone; the row goes when the code is used. `slot` is its first digit."""

    __tablename__ = "recovery_code"
    __table_args__ = (tenant_foreign_key("account_id", "account", ondelete="CASCADE"), UniqueConstraint("tenant_id", "account_id", "slot"),
                      CheckConstraint("slot between 0 and 9", name="slot"))

    account_id: Mapped[uuid.UUID]
    slot: Mapped[int] = mapped_column(SmallInteger)
    code_hash: Mapped[str] = mapped_column(Text, info=plain("argon2 hash"))


class Passkey(TenantRow, Base):
    """A public key whose private half stays in somebody's device or security key (WebAuthn)."""

    __tablename__ = "passkey"
    __table_args__ = (tenant_foreign_key("account_id", "account", ondelete="CASCADE"), UniqueConstraint("tenant_id", "credential"),
                      Index("ix_passkey_account", "tenant_id", "account_id"))

    account_id: Mapped[uuid.UUID]
    credential: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(Text, info=plain("a label chosen by the owner"))
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class SpentChallenge(TenantRow, Base):
    """A passkey's challenge that was answered: it is not accepted again."""

    __tablename__ = "spent_challenge"
    __table_args__ = (UniqueConstraint("tenant_id", "challenge_hash"),)

    challenge_hash: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class PasswordSlip(TenantRow, Base):
    """A code that lets its holder set an account's password once, on paper or as a link; an account has one at most."""

    __tablename__ = "password_slip"
    __table_args__ = (tenant_foreign_key("account_id", "account", ondelete="CASCADE"), UniqueConstraint("tenant_id", "account_id"))

    account_id: Mapped[uuid.UUID]
    code_hash: Mapped[str] = mapped_column(Text, info=plain("argon2 hash"))
    expires_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
