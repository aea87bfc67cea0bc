"""Where the chain's key comes from: each tenant's own, derived from its data key, which stands wrapped outside the application."""
from __future__ import annotations

from collections.abc import Callable

from core.privacy.keyring import for_tenant
from core.tenancy import scope_cache
from core.tenancy.scope import tenant_id

_source: list[Callable[[], bytes]] = [lambda: for_tenant(tenant_id()).derived("audit")]


def set_key_source(source: Callable[[], bytes]) -> None:
    """Let `source()` answer the 32-byte audit key of the open scope's tenant, as a module for keys would."""
    _source[:] = [source]


def audit_key() -> bytes:
    """The key of the open scope's tenant, kept until the scope ends. Raises ConfigurationError when encryption is not set up."""
    cache = scope_cache()
    if (key := cache.get("audit_key")) is None:
        key = cache["audit_key"] = _source[0]()
    return key
