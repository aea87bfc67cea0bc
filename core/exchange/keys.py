"""A tenant's own signing keys: made when first needed, sealed under its data key, changed without losing what was signed before."""
from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from core import audit
from core.db import new_id
from core.exchange import canonical
from core.exchange.models import ExchangeKey
from core.privacy import keyring
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

DIGITS = 16  # of a key's number: 64 bits of its hash, enough to tell one tenant's keys apart


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key as others know it: its number, its bytes, and until when what it signed was signed rightly (None: still)."""

    number: str
    public: bytes
    until: dt.datetime | None = None


def number_of(public: bytes) -> str:
    """The name of a key: the beginning of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:DIGITS]


def fingerprint(public: bytes) -> str:
    """A key in twelve groups of five digits, for reading out on the telephone: 200 bits of its SHA-256."""
    digest = hashlib.sha256(b"baodao-fingerprint/1\0" + public).digest()
    digits = f"{int.from_bytes(digest[:25]) % 10 ** 60:060d}"
    return " ".join(digits[at:at + 5] for at in range(0, 60, 5))


def verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature over the message is this key's."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def ensure() -> str:
    """The number of the key that signs now, made if there is none yet."""
    if (number := session().scalar(_current())) is None:
        _make()
        number = session().scalar(_current())
    assert number is not None  # noqa: S101  just made, here or by the one that came first
    return number


def sign(message: bytes) -> tuple[str, bytes]:
    """(key number, signature) over the message by the present key."""
    ensure()
    row = session().execute(select(ExchangeKey.id, ExchangeKey.number, ExchangeKey.private_key).where(
        ExchangeKey.tenant_id == tenant_id(), ExchangeKey.retired_at.is_(None))).one()
    secret = keyring.for_tenant(tenant_id()).decrypt_bytes("exchange_key", "private_key", row.id, row.private_key)
    return row.number, Ed25519PrivateKey.from_private_bytes(secret).sign(message)


def sign_all(message: bytes) -> list[tuple[str, bytes]]:
    """The same by every key there is: who has pinned an older one may follow to the present one (partner files)."""
    ensure()
    rows = session().execute(select(ExchangeKey.id, ExchangeKey.number, ExchangeKey.private_key).where(ExchangeKey.tenant_id == tenant_id()))
    ring = keyring.for_tenant(tenant_id())
    return [(row.number, Ed25519PrivateKey.from_private_bytes(
        ring.decrypt_bytes("exchange_key", "private_key", row.id, row.private_key)).sign(message)) for row in rows]


def public_keys() -> list[PublicKey]:
    """All public keys of this tenant, the present one first."""
    ensure()
    rows = session().execute(select(ExchangeKey.number, ExchangeKey.public_key, ExchangeKey.retired_at).where(
        ExchangeKey.tenant_id == tenant_id()).order_by(ExchangeKey.made_at.desc(), ExchangeKey.id.desc()))
    return [PublicKey(row.number, bytes(row.public_key), row.retired_at) for row in rows]


def renew() -> str:
    """Retire the present key and make another; what was signed before stays good. Answers the new key's number."""
    ensure()
    old = session().scalars(select(ExchangeKey).where(ExchangeKey.tenant_id == tenant_id(), ExchangeKey.retired_at.is_(None))
                            .with_for_update()).one()
    old.retired_at = now()
    session().flush()
    _make()
    number = ensure()
    audit.record("exchange.key_renewed", "tenant", None, {"retired": old.number, "key": number})
    return number


def as_json(found: list[PublicKey]) -> dict[str, dict[str, str | None]]:
    """Keys the way a partner keeps them."""
    return {key.number: {"public": canonical.encode(key.public), "until": key.until.isoformat() if key.until else None} for key in found}


def _current() -> Select[str]:
    return select(ExchangeKey.number).where(ExchangeKey.tenant_id == tenant_id(), ExchangeKey.retired_at.is_(None))


def _make() -> None:
    pair, identity = Ed25519PrivateKey.generate(), new_id()
    public = pair.public_key().public_bytes_raw()
    sealed = keyring.for_tenant(tenant_id()).encrypt_bytes("exchange_key", "private_key", identity, pair.private_bytes_raw())
    # Two processes may find none at once: the second one's is dropped.
    session().execute(insert(ExchangeKey).values(tenant_id=tenant_id(), id=identity, number=number_of(public), public_key=public,
                                                 private_key=sealed, made_at=now()).on_conflict_do_nothing())
