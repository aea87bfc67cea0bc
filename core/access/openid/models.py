"""The shape of sign-in by OpenID Connect: a tenant's provider, whose subject is which account, and tries that are under way."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ARRAY, DateTime, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow, tenant_foreign_key
from core.privacy.tags import plain


class SignInProvider(TenantRow, Base):
    """The one provider of a tenant. `client_secret` is encrypted; `claim` names the account; `factors`: amr or acr values that say
    that a second factor was used.
    """

    __tablename__ = "sign_in_provider"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    issuer: Mapped[str] = mapped_column(Text, info=plain("an address"))
    client_id: Mapped[str] = mapped_column(Text, info=plain("the installation's, not a person's"))
    client_secret: Mapped[bytes | None] = mapped_column(LargeBinary, info=plain(sealed=True))
    label: Mapped[str] = mapped_column(Text, info=plain("what stands on the button"))
    claim: Mapped[str] = mapped_column(Text, default="sub", info=plain("a claim's name"))
    factors: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, info=plain("values of amr and acr"))
    create_accounts: Mapped[bool] = mapped_column(default=False)
    enabled: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class SignInLink(TenantRow, Base):
    """This subject at the provider is that account. The subject is kept as a keyed hash of issuer and value, the tenant's own."""

    __tablename__ = "sign_in_link"
    __table_args__ = (tenant_foreign_key("account_id", "account", ondelete="CASCADE"), UniqueConstraint("tenant_id", "subject_hash"),
                      UniqueConstraint("tenant_id", "account_id"))

    account_id: Mapped[uuid.UUID]
    subject_hash: Mapped[bytes] = mapped_column(LargeBinary)
    linked_by: Mapped[uuid.UUID | None]
    linked_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class SignInAttempt(TenantRow, Base):
    """One way to the provider and back, used once. `secrets` holds nonce, verifier and where to go on, encrypted; `account_id`: not a
    sign-in, but that account is to be linked.
    """

    __tablename__ = "sign_in_attempt"
    __table_args__ = (tenant_foreign_key("account_id", "account", ondelete="CASCADE"), UniqueConstraint("tenant_id", "state_hash"))

    state_hash: Mapped[bytes] = mapped_column(LargeBinary)
    secrets: Mapped[bytes] = mapped_column(LargeBinary, info=plain(sealed=True))
    account_id: Mapped[uuid.UUID | None]
    linked_by: Mapped[uuid.UUID | None]
    expires_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
