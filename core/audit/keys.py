"""Where the chain's key comes from: each tenant's own, derived from its data key."""
from __future__ import annotations

from core.privacy.keyring import for_tenant
from core.tenancy import scope_cache
from core.tenancy.scope import tenant_id


def audit_key() -> bytes:
    """The 32-byte key of the open scope's tenant, kept until the scope ends. Raises ConfigurationError without encryption set up."""
    cache = scope_cache()
    if (key := cache.get("audit_key")) is None:
        key = cache["audit_key"] = for_tenant(tenant_id()).derived("audit")
    return key
