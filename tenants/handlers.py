"""Imports every module that registers jobs of the core, so that each process knows what it may be asked to run."""
from __future__ import annotations

from core.access import idempotency, login_upkeep
from core.approvals import upkeep as approval_upkeep
from core.exchange import addresses, expiring, post_office
from core.members import export, phone_accounts
from core.overview import province, work as overview_work
from core.registration import adjusting, printing
from core.rules import export as rules_export, rehearsals
from core.service import export as record_export, throttle
from core.service.claims import register
from tenants import audit_work, rotating, upkeep
from tenants.importing import work
from tenants.rights import retention

MODULES = (addresses, adjusting, approval_upkeep, audit_work, expiring, export, idempotency, login_upkeep, overview_work, phone_accounts, post_office, province,
           printing, record_export, register, rehearsals, retention, rotating, rules_export, throttle, upkeep, work)
