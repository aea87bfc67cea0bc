"""The facade for plugins: its names are a promise, so each change of them shows here."""
from __future__ import annotations

import core.api


def test_public_names() -> None:
    assert core.api.API_VERSION == 1
    assert sorted(core.api.__all__) == [
        "API_VERSION", "Actor", "BaodaoError", "Base", "Conflict", "DEFAULT_SCHEME", "DeedFact", "DeedKindSchema", "Forbidden",
        "Invalid", "JobContext", "JobKind", "Measure", "MemberData", "Navigation", "NotFound", "PackDocumentSchema", "PackVersion",
        "Panel", "Permission", "PlaceField", "Plugin", "PluginPages", "QuantitySchema", "RecordFact", "RuleKind", "ScopeError",
        "SourceSchema", "TableColumn", "Target", "TenantInfo", "TenantRow", "TooMany", "Unavailable", "WhereSchema", "_", "_l",
        "acting", "allowed", "audit", "authorize", "current_tenant", "deed_fact", "deed_facts", "enable_row_level_security",
        "enqueue", "hookimpl", "in_reach", "is_enabled", "matches", "measure", "member_target", "new_id", "now", "pack_in_force",
        "pack_version", "packs_in_force", "personal", "place_target", "plain", "published_packs", "quantity", "read_pack",
        "record_fact", "record_facts", "requires", "session", "settings", "tenant_foreign_key", "tenant_id", "tenant_scope", "term",
        "today", "visible_members",
    ]


def test_all_is_everything() -> None:
    public = {name for name, value in vars(core.api).items() if not name.startswith("__") and name != "annotations"}
    assert public == set(core.api.__all__)
