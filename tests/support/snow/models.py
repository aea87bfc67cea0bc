"""Which stretches of road have been cleared."""
import datetime as dt
import uuid

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, plain, tenant_foreign_key


class SnowDuty(TenantRow, Base):
    """One stretch, cleared once, in a community."""

    __tablename__ = "snow_duty"
    __table_args__ = (tenant_foreign_key("community_id", "organization"),)
    __reach__ = "community_id"

    community_id: Mapped[uuid.UUID]
    record_id: Mapped[uuid.UUID | None]
    stretch: Mapped[str] = mapped_column(Text, info=plain())
    day: Mapped[dt.date]
    minutes: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
