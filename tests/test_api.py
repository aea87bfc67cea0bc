"""The facades for plugins: their names are a promise, so each change of them shows here."""
from __future__ import annotations

import core.api
import core.pages


def test_public_names() -> None:
    assert core.api.API_VERSION == 1
    assert sorted(core.api.__all__) == [
        "API_VERSION", "Actor", "ApprovalKind", "ApprovedAct", "BaodaoError", "Base", "ClaimFact", "ClaimPart", "Claimed", "Column",
        "Conflict", "DEFAULT_SCHEME", "DataColumn", "DataReach", "DataRequest", "Dataset", "DeedFact", "DeedInput", "DeedKindSchema",
        "DeskItem", "Duty", "FeedbackArrival", "Figure", "FigureRequest", "Filling", "Forbidden", "FormField", "HonourPaper",
        "IncomingFile", "Invalid", "JobContext", "JobKind", "JobView", "Layout", "MatterDraft", "MatterFact", "MatterInput", "MatterKind",
        "MatterMaker", "Measure", "MemberData", "MemberYearPart", "Navigation", "NotFound", "PRIORITY_GROUPS", "PackDocumentSchema",
        "PackVersion", "Panel", "PaperColumn", "PartnerUnit", "Period", "Permission", "PlaceField", "Plugin", "PluginPages", "QuantitySchema",
        "RECIPIENT_KINDS", "REVEAL_REASONS", "RecordFact", "RuleKind", "ScopeError", "Service", "Sheet", "SourceSchema", "TableColumn",
        "TablePaper", "Target", "TenantInfo", "TenantRow", "TooMany", "Unavailable", "Vocabulary", "Watermark", "WhereSchema", "WordLine", "WordPage",
        "WordTable", "_", "_l",
        "acting", "admit", "allowed", "audit", "audit_history", "authorize", "bulk_export", "change_matter", "check_layout_names",
        "claim_for_unit", "claim_records", "claim_rows", "claim_target", "close_matter", "collect", "column_below", "column_in_reach",
        "common_path", "communities_named", "compile_layout", "compile_layout_file", "complete_claim", "confirmed_report_ins",
        "consent_refused", "current_report_ins", "current_tenant", "data_place", "data_reach", "dataset", "datasets", "deed_fact",
        "deed_facts", "deed_kinds", "enable_row_level_security", "enqueue", "enter_deed", "export_approved", "figure_counts",
        "fill_layout", "find_code", "find_places", "fingerprint", "first_report_ins", "forgive", "form_fields", "grants_for", "grouped",
        "holders_at", "honours_pdf", "hookimpl", "hot_rows", "in_reach", "is_enabled", "issue_code", "issue_codes", "issue_ticket",
        "job_view", "join_claim", "load_actor", "load_form", "lock_matter", "matches", "matter_kind", "matter_recipient", "matter_rows",
        "matter_target", "measure", "measure_values", "member_places", "member_profiles", "member_target", "member_years", "names_above",
        "needs_approval", "new_id", "new_ids", "note_erasure", "note_look", "now", "open_matter", "open_obligations", "organization", "organization_by_code",
        "organization_names", "organizations_above", "own_communities", "pack_in_force", "pack_version", "packs_in_force",
        "partner_of_unit", "period_of_code", "period_starting", "personal",
        "place_rows", "place_target", "plain", "public", "published_packs", "qr_svg", "quantity",
        "read_pack", "recipient_of", "record_fact", "record_facts", "record_rows", "redeem_ticket", "release_claim", "render_layout",
        "reopen_claim", "reopen_matter", "report_format_folders", "report_in_rows", "request_approval", "requires", "root_organization",
        "seal", "search_organizations", "send_feedback", "serve_claim", "session", "settings", "settle_claim", "small_table",
        "split_name", "table_pdf", "take_claim", "tenant_foreign_key", "tenant_id", "tenant_scope", "term", "today", "unit_members",
        "unit_since", "unseal", "unseal_many", "use_code", "use_locale", "visible_members", "visitor", "void_codes", "withdraw_deed",
        "word_file", "working_days_after", "write_workbook",
    ]


def test_all_is_everything() -> None:
    public = {name for name, value in vars(core.api).items() if not name.startswith("__") and name != "annotations"}
    assert public == set(core.api.__all__)


def test_public_names_for_pages_by_hand() -> None:
    assert core.pages.__all__ == sorted(core.pages.__all__)
    assert core.pages.__all__ == [
        "Refusal", "Route", "after", "as_id", "asked", "attempt", "chosen", "chosen_versions", "day", "file", "following", "identity",
        "in_batches", "me", "needed_identity", "one_form", "own_member", "public_address", "refused", "said", "ticket", "version",
        "workbook",
    ]
    rooms = {"acts", "annotations", "files", "lists", "sent", "who"}
    assert {name for name in vars(core.pages) if not name.startswith("__")} - rooms == set(core.pages.__all__)
