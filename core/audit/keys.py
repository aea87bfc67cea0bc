"""Where the chains' keys come from: a tenant's is derived from its data key, the operators' is one of its own under the master key."""
from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.audit.chain import ORIGIN, head_signature
from core.audit.models import HEAD_ID, OperatorHead
from core.privacy import keyring
from core.privacy.cipher import MasterKeys, derive
from core.tenancy import scope_cache, session
from core.tenancy.scope import tenant_id

OPERATORS_NUMBER = 0  # no tenant has it
OPERATORS_KEY_ID = 1


def audit_key() -> bytes:
    """The 32-byte key of the open scope's tenant, kept until the scope ends. Raises ConfigurationError without encryption set up."""
    cache = scope_cache()
    if (key := cache.get("audit_key")) is None:
        key = cache["audit_key"] = keyring.for_tenant(tenant_id()).derived("audit")
    return key


def audit_number() -> int:
    """The number that the tenant's hashes carry: its id, or where it came from another installation, the id that it had there."""
    return keyring.for_tenant(tenant_id()).number


def operators_number() -> int:
    """The number that the operators' hashes carry."""
    return OPERATORS_NUMBER


def operators_key() -> bytes:
    """The 32-byte key of the operators' chain, made with the chain's head at the first act; kept as `audit_key` is.

    Raises ConfigurationError without encryption set up, or without the master key under which it was made.
    """
    cache = scope_cache()
    if (key := cache.get("operators_key")) is None:
        key = cache["operators_key"] = _operators_key(keyring.masters())
    return key


def _operators_key(masters: MasterKeys) -> bytes:
    stored = select(OperatorHead.wrapped_key).where(OperatorHead.id == HEAD_ID)
    if (wrapped := session().scalar(stored)) is None:
        fresh = masters.new_tenant_key(OPERATORS_NUMBER, OPERATORS_KEY_ID)
        signature = head_signature(_opened(masters, fresh), OPERATORS_NUMBER, 0, ORIGIN)
        session().execute(insert(OperatorHead).values(id=HEAD_ID, seq=0, hash=ORIGIN, signature=signature, wrapped_key=fresh)
                          .on_conflict_do_nothing())
        wrapped = session().scalars(stored).one()  # somebody else's, if that was first
    return _opened(masters, wrapped)


def _opened(masters: MasterKeys, wrapped: bytes) -> bytes:
    return derive(masters.unwrap(wrapped, OPERATORS_NUMBER, OPERATORS_KEY_ID), b"audit", 32)
