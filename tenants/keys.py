"""The tenants' wrapped data keys: where the keyring finds them, and how a new tenant gets its first."""
from __future__ import annotations

from sqlalchemy import select

from core.errors import ScopeError
from core.privacy.cipher import MasterKeys
from core.privacy.keyring import StoredKey
from core.tenancy import TenantKey, now, session, unscoped

FIRST_KEY = 1


def load(tenant_id: int) -> list[StoredKey]:
    """The tenant's rows of tenant_key, for `core.privacy.keyring.configure`; in the open scope, or in one of its own."""
    query = select(TenantKey.key_id, TenantKey.algorithm, TenantKey.wrapped, TenantKey.origin).where(TenantKey.tenant_id == tenant_id)
    try:
        opened = session()
    except ScopeError:
        with unscoped() as own:
            rows = own.execute(query).all()
    else:
        rows = opened.execute(query).all()
    return [StoredKey(*row) for row in rows]


def create(tenant_id: int, masters: MasterKeys) -> None:
    """Give a new tenant its first data key; to be called in `unscoped()`, in the transaction that made the tenant."""
    session().add(TenantKey(tenant_id=tenant_id, key_id=FIRST_KEY, algorithm=masters.algorithm,
                            wrapped=masters.new_tenant_key(tenant_id, FIRST_KEY), created_at=now()))
