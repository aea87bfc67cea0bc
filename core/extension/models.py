"""Tables of the extension room: which plugins a tenant has on, its settings with their history, its words, its failures."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow, tenant_foreign_key
from core.privacy.tags import plain


class PluginActivation(TenantRow, Base):
    """Whether one plugin is on for the tenant. No row means off; a row that says off keeps who switched it and when.

    `suspended_at`: it is on and not asked since then, because it failed too often; `suspended_for` is the hook, route or job that
    failed last.
    """

    __tablename__ = "plugin_activation"
    __table_args__ = (UniqueConstraint("tenant_id", "plugin"),)

    plugin: Mapped[str] = mapped_column(Text, info=plain())
    enabled: Mapped[bool]
    changed_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    changed_by: Mapped[uuid.UUID | None]
    suspended_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    suspended_for: Mapped[str | None] = mapped_column(Text, info=plain("a hook, route or job"))


class Setting(TenantRow, Base):
    """The values which one level of one tenant overrides in a namespace; no organization means the tenant itself."""

    __tablename__ = "setting"
    __table_args__ = (tenant_foreign_key("organization_id", "organization"),
                      UniqueConstraint("tenant_id", "namespace", "organization_id", postgresql_nulls_not_distinct=True),
                      CheckConstraint("version > 0", name="version"))

    namespace: Mapped[str] = mapped_column(Text, info=plain())
    organization_id: Mapped[uuid.UUID | None]
    values: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, info=plain("settings; what stands there of a telephone is an office's"))
    locked: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, info=plain("names of settings"))
    version: Mapped[int] = mapped_column(Integer, default=1)
    changed_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    changed_by: Mapped[uuid.UUID | None]


class SettingChange(TenantRow, Base):
    """One change of a level's settings, kept for ever: what it said before and after."""

    __tablename__ = "setting_change"
    __table_args__ = (tenant_foreign_key("organization_id", "organization"), Index(None, "tenant_id", "namespace", "at"))

    namespace: Mapped[str] = mapped_column(Text, info=plain())
    organization_id: Mapped[uuid.UUID | None]
    before: Mapped[dict[str, Any]] = mapped_column(JSONB, info=plain("settings"))
    after: Mapped[dict[str, Any]] = mapped_column(JSONB, info=plain("settings"))
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[uuid.UUID | None]


class Term(TenantRow, Base):
    """The tenant's own word for a domain word in one language: 村 for 社区, 等级 for 星级."""

    __tablename__ = "term"
    __table_args__ = (UniqueConstraint("tenant_id", "locale", "key"),)

    key: Mapped[str] = mapped_column(Text, info=plain())
    locale: Mapped[str] = mapped_column(Text, info=plain())
    text: Mapped[str] = mapped_column(Text, info=plain())


class PluginFailure(TenantRow, Base):
    """How often a plugin's hook, route or job has failed in the tenant, for the health page; never holds a person's data.

    `weight` is what the failures since `weighed_since` count for suspending the plugin; `count` only grows.
    """

    __tablename__ = "plugin_failure"
    __table_args__ = (UniqueConstraint("tenant_id", "plugin", "hook"),)

    plugin: Mapped[str] = mapped_column(Text, info=plain())
    hook: Mapped[str] = mapped_column(Text, info=plain())
    count: Mapped[int] = mapped_column(Integer, default=1)
    first_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    last_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    message: Mapped[str] = mapped_column(Text, info=plain("the error's type and place, scrubbed of values"))
    weight: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    weighed_since: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class OperatorSetting(Base):
    """What the operator lays down for all tenants of the installation in one namespace: a reference table."""

    __tablename__ = "operator_setting"

    namespace: Mapped[str] = mapped_column(Text, primary_key=True, info=plain())
    values: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, info=plain("settings; what stands there of a telephone is an office's"))
    locked: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, info=plain("names of settings"))
