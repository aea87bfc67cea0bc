"""Tenancy: whose data a statement may touch, and the walls that hold it to that."""
from __future__ import annotations

from core.tenancy import guard
from core.tenancy.clock import now, set_clock, today
from core.tenancy.models import Division, Operator, OperatorFactor, OperatorLogin, ProvinceRelease, Tenant, TenantDeletion, TenantKey
from core.tenancy.scope import (
    TenantInfo,
    current_tenant,
    in_scope,
    scope_cache,
    session,
    tenant_scope,
    unscoped,
)

__all__ = ["Division", "Operator", "OperatorFactor", "OperatorLogin", "ProvinceRelease", "Tenant", "TenantDeletion", "TenantInfo", "TenantKey", "current_tenant",
           "guard", "in_scope", "now", "scope_cache", "session", "set_clock", "tenant_scope", "today", "unscoped"]
