"""One row for each thing that the plugin was told of."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, plain, tenant_foreign_key


class TallyEntry(TenantRow, Base):
    """A service or a deed of a member, by the id of its record; `counts` is false once that was withdrawn."""

    __tablename__ = "tally_entry"
    __table_args__ = (tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
                      UniqueConstraint("tenant_id", "fact_id"),
                      Index("ix_tally_entry_member", "tenant_id", "member_id"))
    __reach__ = "member_id"

    member_id: Mapped[uuid.UUID]
    fact_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain("a kind of service or deed, from the tenant's list"))
    counts: Mapped[bool]
    day: Mapped[dt.date]
    version: Mapped[int] = mapped_column(default=1)
