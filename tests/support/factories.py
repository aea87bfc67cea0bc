"""Small tenants for tests, which Baodao also ships to the authors of plugins: see web.testing.factories."""
from __future__ import annotations

from web.testing.databases import MASTER_KEYS
from web.testing.factories import (
    PASSWORD,
    PASSWORD_HASH,
    UNIT_TYPES,
    TestAccount,
    TestMember,
    TestTenant,
    make_account,
    make_id_number,
    make_member,
    make_tenant,
    sign_in,
)

__all__ = ["MASTER_KEYS", "PASSWORD", "PASSWORD_HASH", "UNIT_TYPES", "TestAccount", "TestMember", "TestTenant", "make_account", "make_id_number",
           "make_member", "make_tenant", "sign_in"]
