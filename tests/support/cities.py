"""Tenants for tests of the lower rooms, which know no provisioning: a row and a data key each, written directly."""
from __future__ import annotations

from sqlalchemy import select

from core.privacy import keyring
from core.privacy.cipher import MasterKeys
from core.privacy.keyring import StoredKey
from core.tenancy import Tenant, TenantKey, now, session, unscoped

MASTERS = MasterKeys({1: bytes(range(32))})


def make_city(number: int, *, status: str = "active") -> int:
    """A tenant with this id and a data key, ready for scopes."""
    with unscoped() as opened:
        opened.add(Tenant(id=number, code=f"42{number:04}", slug=f"city{number}", name=f"第{number}市", short_name=f"{number}市",
                          status=status, created_at=now()))
        opened.flush()
        opened.add(TenantKey(tenant_id=number, key_id=1, algorithm=MASTERS.algorithm, wrapped=MASTERS.new_tenant_key(number, 1),
                             created_at=now()))
    return number


def configure_keys() -> None:
    """Let this process read the tenants' keys from the database."""
    keyring.configure(MASTERS, _load)


def _load(tenant_id: int) -> list[StoredKey]:
    rows = session().execute(select(TenantKey.key_id, TenantKey.algorithm, TenantKey.wrapped).where(TenantKey.tenant_id == tenant_id))
    return [StoredKey(*row) for row in rows]
