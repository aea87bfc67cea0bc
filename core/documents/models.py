"""Files that people hand in or fetch, kept encrypted in the database so that every worker reaches them and none is left on a disk."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import DateTime, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow
from core.privacy.tags import personal, plain


class StoredFile(TenantRow, Base):
    """One encrypted file: an upload waiting for its import, or a paper or table made by a job. Purged after `expires_at`."""

    __tablename__ = "stored_file"
    __table_args__ = (Index("ix_stored_file_expiry", "tenant_id", "expires_at"),)

    name: Mapped[str] = mapped_column(Text, info=personal("file name"))
    media_type: Mapped[str] = mapped_column(Text, info=plain())
    purpose: Mapped[str] = mapped_column(Text, info=plain())
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, info=personal("file", sensitive=True))
    owner_id: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
