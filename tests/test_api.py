"""The facade for plugins: its names are a promise, so each change of them shows here."""
from __future__ import annotations

import core.api


def test_public_names() -> None:
    assert core.api.API_VERSION == 1
    assert sorted(core.api.__all__) == [
        "API_VERSION", "Actor", "BaodaoError", "Base", "Conflict", "Forbidden", "Invalid", "JobContext", "JobKind", "Measure",
        "MemberData", "Navigation", "NotFound", "Panel", "Permission", "PlaceField", "Plugin", "PluginPages", "RecordFact",
        "ScopeError", "TableColumn", "Target", "TenantInfo", "TenantRow", "TooMany", "Unavailable", "_", "_l", "acting",
        "allowed", "audit", "authorize", "current_tenant", "enable_row_level_security", "enqueue", "hookimpl", "in_reach",
        "is_enabled", "measure", "member_target", "new_id", "now", "personal", "place_target", "plain", "requires", "session",
        "settings", "tenant_foreign_key", "tenant_id", "tenant_scope", "term", "today", "visible_members",
    ]


def test_all_is_everything() -> None:
    public = {name for name, value in vars(core.api).items() if not name.startswith("__") and name != "annotations"}
    assert public == set(core.api.__all__)
