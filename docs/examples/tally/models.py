"""One row for each service record that the plugin was told of."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, plain, tenant_foreign_key


class TallyService(TenantRow, Base):
    """A service of a member; `counts` is false once its record was withdrawn."""

    __tablename__ = "tally_service"
    __table_args__ = (tenant_foreign_key("member_id", "member", ondelete="CASCADE"), UniqueConstraint("tenant_id", "record_id"),
                      Index("ix_tally_service_member", "tenant_id", "member_id"))

    member_id: Mapped[uuid.UUID]
    record_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain("a kind of service, from the tenant's list"))
    counts: Mapped[bool]
    told_on: Mapped[dt.date]
