"""All that a plugin may import from Baodao. Names are added at will; removing or changing one raises API_VERSION.

A name on its way out still works, and warns; docs/stability.md says for how long.
Core itself never imports this module, so that code behind these names can move.
"""
from __future__ import annotations

from core.access.actor import Actor, load_actor
from core.access.authorization import Target, allowed, authorize
from core.access.doors import acting, public, requires
from core.access.holders import holders_at
from core.access.place_field import PlaceField
from core.approvals.asking import ask as request_approval, needed as needs_approval
from core.approvals.exports import approved as export_approved, bulk_export
from core.audit import record as audit
from core.audit.queries import history as audit_history
from core.datasets.scope import data_place, data_reach, find_places
from core.db import Base, TenantRow, new_id, new_ids, tenant_foreign_key
from core.documents.filling.compiling import (
    Layout,
    Vocabulary,
    check_names as check_layout_names,
    compile_file as compile_layout_file,
    compile_layout,
)
from core.documents.filling.filling import Filling, fill as fill_layout
from core.documents.papers import HonourPaper, TableColumn as PaperColumn, TablePaper, honours_pdf, table_pdf
from core.documents.piecewise import Incoming as IncomingFile
from core.documents.printing import render_layout
from core.documents.qr import svg as qr_svg
from core.documents.reading import small_table
from core.documents.spreadsheet import Column, Sheet, Watermark, write_workbook
from core.documents.word import WordLine, WordPage, WordTable, word_file
from core.errors import BaodaoError, Conflict, Forbidden, Invalid, NotFound, ScopeError, TooMany, Unavailable
from core.exchange.feedback import PartnerUnit, partner_of_unit, send_feedback
from core.extension.activation import is_enabled
from core.extension.approval_kinds import ApprovalKind, ApprovedAct
from core.extension.dataset import DataColumn, DataReach, DataRequest, Dataset
from core.extension.datasets import dataset, datasets, report_format_folders
from core.extension.declarations import PluginPages, TableColumn
from core.extension.deprecation import leaving as __getattr__  # noqa: F401  names on their way out
from core.extension.dispatch import collect
from core.extension.facts import (
    ClaimFact,
    ClaimPart,
    DeedFact,
    DeskItem,
    FeedbackArrival,
    MatterDraft,
    MatterFact,
    MatterMaker,
    MemberData,
    MemberYearPart,
    Panel,
    RecordFact,
)
from core.extension.figures import Figure, FigureRequest
from core.extension.hookspecs import hookimpl
from core.extension.manifest import API_VERSION, Duty, JobKind, MatterKind, Measure, Navigation, Permission, Plugin
from core.extension.matter_kinds import matter_kind
from core.extension.measures import measure, measure_values
from core.extension.migrating import enable_row_level_security
from core.extension.rule_kinds import PackVersion, RuleKind
from core.extension.settings import effective as settings
from core.forms import FormField, form_fields, load_form
from core.i18n import _, _l, use_locale
from core.jobs.context import JobContext
from core.jobs.queries import JobView, job_view
from core.jobs.queue import enqueue
from core.members.consents import refused as consent_refused
from core.members.names import split_name
from core.members.reach import grants_for
from core.members.reaching import column_below, column_in_reach, in_reach, place_target
from core.members.reveal import REASONS as REVEAL_REASONS, note_look
from core.members.scope import (
    places as member_places,
    profiles as member_profiles,
    target as member_target,
    unit_members,
    unit_since,
    visible as visible_members,
)
from core.organizations.queries import names_above
from core.organizations.tree import (
    ancestors as organizations_above,
    by_code as organization_by_code,
    common_path,
    get as organization,
    names as organization_names,
    root as root_organization,
    rows as place_rows,
    search as search_organizations,
)
from core.overview.asking import figure_counts
from core.overview.periods import Period, of_code as period_of_code, starting as period_starting
from core.privacy.tags import personal, plain
from core.registration.facts import confirmed_report_ins, current_report_ins, first_report_ins, open_obligations, report_in_rows
from core.residents.codes import find_code, grouped, issue_code, issue_codes, use_code, void_codes
from core.residents.erased import note_erasure
from core.residents.sealing import fingerprint, seal, unseal, unseal_many
from core.residents.throttle import admit, forgive
from core.residents.tickets import issue_ticket, redeem_ticket
from core.residents.visiting import visitor
from core.rules.deeds import DeedInput, deed_kinds, enter as enter_deed, withdraw as withdraw_deed
from core.rules.documents import DEFAULT_SCHEME, DeedKindSchema, PackDocumentSchema, SourceSchema
from core.rules.facts import deed_fact, deed_facts, record_fact, record_facts
from core.rules.files import parse as read_pack
from core.rules.quantities import QuantitySchema, quantity
from core.rules.queries import pack_in_force, pack_version, packs_in_force, published_packs
from core.rules.where import WhereSchema, matches
from core.service.claims.claiming import Claimed, claim as take_claim, release as release_claim
from core.service.claims.closing import close_matter, reopen_matter
from core.service.claims.collective import claim_for_unit, join as join_claim
from core.service.claims.fulfilling import Service, complete as complete_claim, serve as serve_claim
from core.service.claims.matters import MatterInput, change_matter, locked as lock_matter, open_matter, recipient_of
from core.service.claims.rows import claim_records, claim_rows, claim_target, matter_recipient, matter_rows, matter_target
from core.service.claims.settling import reopen as reopen_claim, settle as settle_claim
from core.service.hours import working_days_after
from core.service.places import communities_named, own_communities
from core.service.rows import record_rows
from core.service.summary import member_years
from core.service.words import GROUPS as PRIORITY_GROUPS, RECIPIENTS as RECIPIENT_KINDS
from core.tenancy import TenantInfo, current_tenant, now, session, tenant_scope, today
from core.tenancy.hot import rows as hot_rows
from core.tenancy.scope import tenant_id
from core.terms import term

__all__ = [
    "API_VERSION", "DEFAULT_SCHEME", "PRIORITY_GROUPS", "RECIPIENT_KINDS", "REVEAL_REASONS", "Actor", "ApprovalKind", "ApprovedAct",
    "BaodaoError", "Base", "ClaimFact", "ClaimPart", "Claimed", "Column", "Conflict", "DataColumn", "DataReach", "DataRequest",
    "Dataset", "DeedFact", "DeedInput", "DeedKindSchema", "DeskItem", "Duty", "FeedbackArrival", "Figure", "FigureRequest", "Filling",
    "Forbidden", "FormField", "HonourPaper", "IncomingFile", "Invalid", "JobContext", "JobKind", "JobView", "Layout", "MatterDraft",
    "MatterFact", "MatterInput", "MatterKind", "MatterMaker", "Measure", "MemberData", "MemberYearPart", "Navigation", "NotFound",
    "PackDocumentSchema", "PackVersion", "Panel", "PaperColumn", "PartnerUnit", "Period", "Permission", "PlaceField", "Plugin", "PluginPages",
    "QuantitySchema", "RecordFact", "RuleKind", "ScopeError", "Service", "Sheet", "SourceSchema", "TableColumn", "TablePaper", "Target",
    "TenantInfo", "TenantRow", "TooMany", "Unavailable", "Vocabulary", "Watermark", "WhereSchema", "WordLine", "WordPage", "WordTable", "_",
    "_l", "acting", "admit", "allowed", "audit", "audit_history", "authorize", "bulk_export", "change_matter", "check_layout_names", "claim_for_unit",
    "claim_records", "claim_rows", "claim_target", "close_matter", "collect", "column_below", "column_in_reach", "common_path",
    "communities_named", "compile_layout", "compile_layout_file", "complete_claim", "confirmed_report_ins", "consent_refused",
    "current_report_ins", "current_tenant", "data_place", "data_reach", "dataset", "datasets", "deed_fact", "deed_facts", "deed_kinds",
    "enable_row_level_security", "enqueue", "enter_deed", "export_approved", "figure_counts", "fill_layout", "find_code", "find_places",
    "fingerprint", "first_report_ins", "forgive", "form_fields", "grants_for", "grouped", "holders_at", "honours_pdf", "hookimpl",
    "hot_rows", "in_reach", "is_enabled", "issue_code", "issue_codes", "issue_ticket", "job_view", "join_claim", "load_actor",
    "load_form", "lock_matter", "matches", "matter_kind", "matter_recipient", "matter_rows", "matter_target", "measure",
    "measure_values", "member_places", "member_profiles", "member_target", "member_years", "names_above", "needs_approval", "new_id",
    "new_ids", "note_erasure", "note_look", "now", "open_matter", "open_obligations", "organization", "organization_by_code", "organization_names",
    "organizations_above", "own_communities", "pack_in_force", "pack_version", "packs_in_force", "partner_of_unit", "period_of_code", "period_starting",
    "personal",
    "place_rows", "place_target", "plain", "public", "published_packs", "qr_svg", "quantity", "read_pack", "recipient_of",
    "record_fact", "record_facts", "record_rows", "redeem_ticket", "release_claim", "render_layout", "reopen_claim", "reopen_matter",
    "report_format_folders", "report_in_rows", "request_approval", "requires", "root_organization", "seal", "search_organizations",
    "send_feedback", "serve_claim", "session", "settings", "settle_claim", "small_table", "split_name", "table_pdf", "take_claim",
    "tenant_foreign_key", "tenant_id", "tenant_scope", "term", "today", "unit_members", "unit_since", "unseal", "unseal_many",
    "use_code", "use_locale", "visible_members", "visitor", "void_codes", "withdraw_deed", "word_file", "working_days_after",
    "write_workbook",
]
