"""All that a plugin may import from Baodao. Names are added at will; removing or changing one raises API_VERSION.

Core itself never imports this module, so that code behind these names can move.
"""
from __future__ import annotations

from core.access.actor import Actor
from core.access.authorization import Target, allowed, authorize
from core.access.doors import acting, requires
from core.access.place_field import PlaceField
from core.audit import record as audit
from core.db import Base, TenantRow, new_id, tenant_foreign_key
from core.errors import BaodaoError, Conflict, Forbidden, Invalid, NotFound, ScopeError, TooMany, Unavailable
from core.extension.activation import is_enabled
from core.extension.declarations import PluginPages, TableColumn
from core.extension.facts import MemberData, Panel, RecordFact
from core.extension.hookspecs import hookimpl
from core.extension.manifest import API_VERSION, JobKind, Measure, Navigation, Permission, Plugin
from core.extension.measures import measure
from core.extension.migrating import enable_row_level_security
from core.extension.settings import effective as settings
from core.i18n import _, _l
from core.jobs.context import JobContext
from core.jobs.queue import enqueue
from core.members.reaching import in_reach, place_target
from core.members.scope import target as member_target, visible as visible_members
from core.privacy.tags import personal, plain
from core.tenancy import TenantInfo, current_tenant, now, session, tenant_scope, today
from core.tenancy.scope import tenant_id
from core.terms import term

__all__ = [
    "API_VERSION", "Actor", "BaodaoError", "Base", "Conflict", "Forbidden", "Invalid", "JobContext", "JobKind", "Measure",
    "MemberData", "Navigation", "NotFound", "Panel", "Permission", "PlaceField", "Plugin", "PluginPages", "RecordFact",
    "ScopeError", "TableColumn", "Target", "TenantInfo", "TenantRow", "TooMany", "Unavailable", "_", "_l", "acting", "allowed",
    "audit", "authorize", "current_tenant", "enable_row_level_security", "enqueue", "hookimpl", "in_reach", "is_enabled", "measure",
    "member_target", "new_id", "now", "personal", "place_target", "plain", "requires", "session", "settings", "tenant_foreign_key",
    "tenant_id", "tenant_scope", "term", "today", "visible_members",
]
