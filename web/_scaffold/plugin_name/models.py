"""The table; after a change here run `baodao plugin migration plugin_name -m "..."`."""
import datetime as dt
import uuid

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from core.api import Base, TenantRow, tenant_foreign_key


class Card(TenantRow, Base):
    """One card, for one service; who may see the member may see it."""

    __tablename__ = "plugin_name_card"
    __table_args__ = (tenant_foreign_key("member_id", "member", ondelete="CASCADE"), UniqueConstraint("tenant_id", "record_id"))
    __reach__ = "member_id"

    member_id: Mapped[uuid.UUID]
    record_id: Mapped[uuid.UUID]
    day: Mapped[dt.date]
    minutes: Mapped[int]
