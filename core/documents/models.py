"""Files that people hand in or fetch, kept encrypted in the database so that every worker reaches them and none is left on a disk."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import DateTime, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow, tenant_foreign_key
from core.privacy.tags import personal, plain


class StoredFile(TenantRow, Base):
    """One encrypted file: an upload waiting for its import, or a paper or table made by a job. Purged after `expires_at`.

    A large one is kept in `parts` pieces of their own, and `content` is then the encryption of nothing.
    """

    __tablename__ = "stored_file"
    __table_args__ = (Index("ix_stored_file_expiry", "tenant_id", "expires_at"),)

    name: Mapped[str] = mapped_column(Text, info=personal("file name"))
    media_type: Mapped[str] = mapped_column(Text, info=plain())
    purpose: Mapped[str] = mapped_column(Text, info=plain())
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, info=personal("file", sensitive=True))
    owner_id: Mapped[uuid.UUID | None]
    parts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class StoredFilePart(TenantRow, Base):
    """One encrypted piece of a large file, `position` counting from 0, so that neither its making nor its fetching needs it as a whole."""

    __tablename__ = "stored_file_part"
    __table_args__ = (tenant_foreign_key("file_id", "stored_file", ondelete="CASCADE"), UniqueConstraint("tenant_id", "file_id", "position"))

    file_id: Mapped[uuid.UUID]
    position: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, info=personal("file", sensitive=True))
