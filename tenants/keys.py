"""The tenants' wrapped data keys: where the keyring finds them, a new tenant's first, one more for a rotation, all under a new master key."""
from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from sqlalchemy import select

from core import audit
from core.access import operator_factors
from core.audit.keys import OPERATORS_KEY_ID, OPERATORS_NUMBER
from core.audit.models import OperatorHead
from core.errors import ConfigurationError, ScopeError
from core.privacy import keyring
from core.privacy.cipher import PROVIDERS, Envelope, MasterKeys
from core.privacy.keyring import StoredKey
from core.tenancy import OperatorFactor, Tenant, TenantKey, now, session, unscoped

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


def stored(tenant_id: int) -> list[tuple[int, str, dt.datetime]]:
    """The tenant's keys as (key id, algorithm, when it was made), the oldest first; to be called in `unscoped()` or a scope."""
    rows = session().execute(select(TenantKey.key_id, TenantKey.algorithm, TenantKey.created_at)
                             .where(TenantKey.tenant_id == tenant_id).order_by(TenantKey.key_id))
    return [(row.key_id, row.algorithm, row.created_at) for row in rows]


def add(tenant_id: int, code: str, masters: MasterKeys, algorithm: str | None = None) -> int:
    """Give the tenant one more data key, which encrypts from now on; answers its id. The older ones go on decrypting (rule 13).

    Raises ConfigurationError for an unknown algorithm.
    """
    name = algorithm or masters.algorithm
    if name not in PROVIDERS:
        raise ConfigurationError(f"不支持的加密算法 {name}，请改用 {'、'.join(PROVIDERS)}。")
    with unscoped() as opened:
        opened.execute(select(Tenant.id).where(Tenant.id == tenant_id).with_for_update())  # two commands at once make two keys, in turn
        number = max(key_id for key_id, _algorithm, _made in stored(tenant_id)) + 1
        opened.add(TenantKey(tenant_id=tenant_id, key_id=number, algorithm=name, wrapped=masters.new_tenant_key(tenant_id, number),
                             created_at=now()))
        audit.record_operator("key.added", "tenant", None, {"tenant": code, "key": number, "algorithm": name})
    keyring.keyrings.forget(tenant_id)
    return number


def wrapped_under() -> dict[int, int]:
    """How many values stand under each master key: the tenants' wrapped keys, that of the operators' log, the operators' second factors."""
    with unscoped() as opened:
        values = [*opened.scalars(select(TenantKey.wrapped)), *opened.scalars(select(OperatorHead.wrapped_key)),
                  *opened.scalars(select(OperatorFactor.secret))]
    return dict(sorted(Counter(Envelope.parse(bytes(value)).key_id for value in values).items()))


def rewrap(masters: MasterKeys) -> int:
    """Put whatever stands under a master key under the current one, in one transaction; no field is touched. Answers how many were elsewhere.

    Raises ConfigurationError while a key stands under a master key that is not given.
    """
    with unscoped() as opened:
        held = [(row, "wrapped", row.tenant_id, row.key_id) for row in opened.scalars(select(TenantKey).with_for_update())]
        heads: list[Any] = [(head, "wrapped_key", OPERATORS_NUMBER, OPERATORS_KEY_ID)
                            for head in opened.scalars(select(OperatorHead).with_for_update())]
        moved = 0
        for row, name, tenant_id, key_id in [*held, *heads]:
            if Envelope.parse(bytes(getattr(row, name))).key_id != masters.current:
                setattr(row, name, masters.rewrap(bytes(getattr(row, name)), tenant_id, key_id))
                moved += 1
        moved += operator_factors.reseal(masters)
        opened.flush()
        audit.record_operator("key.rewrapped", "installation", None, {"count": moved, "key": masters.current})
    return moved
