"""All that a plugin may import from Baodao. Names are added at will; removing or changing one raises API_VERSION.

Core itself never imports this module, so that code behind these names can move.
"""
from __future__ import annotations

from core.access.actor import Actor
from core.access.authorization import Target, allowed, authorize
from core.access.doors import acting, requires
from core.audit import record as audit
from core.db import Base, TenantRow, new_id, new_ids, tenant_foreign_key
from core.documents.spreadsheet import Column, Sheet, Watermark, write_workbook
from core.errors import BaodaoError, Conflict, Forbidden, Invalid, NotFound, ScopeError, TooMany, Unavailable
from core.extension.activation import is_enabled
from core.extension.facts import DeedFact, MemberData, Panel, RecordFact
from core.extension.hookspecs import hookimpl
from core.extension.manifest import API_VERSION, JobKind, Measure, Navigation, Permission, Plugin
from core.extension.measures import measure, measure_values
from core.extension.migrating import enable_row_level_security
from core.extension.rule_kinds import PackVersion, RuleKind
from core.extension.settings import effective as settings
from core.i18n import _, _l
from core.jobs.context import JobContext
from core.jobs.queue import enqueue
from core.members.scope import target as member_target, unit_members, visible as visible_members
from core.privacy.tags import personal, plain
from core.rules.documents import DEFAULT_SCHEME, DeedKindSchema, PackDocumentSchema, SourceSchema
from core.rules.facts import deed_fact, deed_facts, record_fact, record_facts
from core.rules.files import parse as read_pack
from core.rules.quantities import QuantitySchema, quantity
from core.rules.queries import pack_in_force, pack_version, packs_in_force, published_packs
from core.rules.where import WhereSchema, matches
from core.tenancy import TenantInfo, current_tenant, now, session, tenant_scope, today
from core.tenancy.hot import rows as hot_rows
from core.tenancy.scope import tenant_id
from core.terms import term

__all__ = [
    "API_VERSION", "DEFAULT_SCHEME", "Actor", "BaodaoError", "Base", "Column", "Conflict", "DeedFact", "DeedKindSchema", "Forbidden", "Invalid",
    "JobContext", "JobKind", "Measure", "MemberData", "Navigation", "NotFound", "PackDocumentSchema", "PackVersion",
    "Panel", "Permission", "Plugin", "QuantitySchema", "RecordFact", "RuleKind", "ScopeError", "Sheet", "SourceSchema", "Target",
    "TenantInfo", "TenantRow", "TooMany", "Unavailable", "Watermark", "WhereSchema", "_", "_l", "acting", "allowed", "audit",
    "authorize", "current_tenant", "deed_fact", "deed_facts", "enable_row_level_security", "enqueue", "hookimpl", "hot_rows",
    "is_enabled", "matches", "measure", "measure_values", "member_target", "new_id", "new_ids", "now", "pack_in_force",
    "pack_version", "packs_in_force", "personal", "plain", "published_packs", "quantity", "read_pack", "record_fact", "record_facts", "requires", "session",
    "settings", "tenant_foreign_key", "tenant_id", "tenant_scope", "term", "today", "unit_members", "visible_members", "write_workbook",
]
