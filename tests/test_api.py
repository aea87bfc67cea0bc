"""The facade for plugins: its names are a promise, so each change of them shows here."""
from __future__ import annotations

import core.api


def test_public_names() -> None:
    assert core.api.API_VERSION == 1
    assert sorted(core.api.__all__) == [
        "API_VERSION", "Actor", "BaodaoError", "Base", "Column", "Conflict", "DEFAULT_SCHEME", "DeedFact", "DeedKindSchema",
        "Forbidden", "Invalid", "JobContext", "JobKind", "Measure", "MemberData", "Navigation", "NotFound",
        "PackDocumentSchema", "PackVersion", "Panel", "Permission", "Plugin", "QuantitySchema", "RecordFact", "RuleKind",
        "ScopeError", "Sheet", "SourceSchema", "Target", "TenantInfo", "TenantRow", "TooMany", "Unavailable", "Watermark",
        "WhereSchema", "_", "_l", "acting", "allowed", "audit", "authorize", "current_tenant", "deed_fact", "deed_facts",
        "enable_row_level_security", "enqueue", "hookimpl", "hot_rows", "is_enabled", "matches", "measure", "measure_values",
        "member_target", "new_id", "new_ids", "now", "pack_in_force", "pack_version", "packs_in_force", "personal", "plain",
        "published_packs", "quantity", "read_pack", "record_fact", "record_facts", "requires", "session", "settings",
        "tenant_foreign_key", "tenant_id", "tenant_scope", "term", "today", "unit_members", "visible_members",
        "write_workbook",
    ]


def test_all_is_everything() -> None:
    public = {name for name, value in vars(core.api).items() if not name.startswith("__") and name != "annotations"}
    assert public == set(core.api.__all__)
