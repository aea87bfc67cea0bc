"""Encrypts what residents write and tell of themselves, for plugins: one field of one row of one table of one tenant (rules 13, 14)."""
from __future__ import annotations

import uuid
from collections.abc import Iterable

from core.db import Base
from core.privacy import keyring
from core.privacy.tags import is_sealed
from core.tenancy.scope import tenant_id


def seal(table: str, column: str, row_id: uuid.UUID, text: str | None) -> bytes | None:
    """What is stored for `text` in that field; it opens nowhere else. None stays None.

    Raises ValueError for a column whose tag does not say that it is sealed: a rotation of keys would pass it by.
    """
    if (known := Base.metadata.tables.get(table)) is None or column not in known.c or not is_sealed(known.c[column]):
        raise ValueError(f"{table}.{column} is no sealed column: LargeBinary with personal(...), or with plain(sealed=True)")
    return keyring.for_tenant(tenant_id()).encrypt(table, column, row_id, text)


def unseal(table: str, column: str, row_id: uuid.UUID, sealed: bytes | None) -> str | None:
    """The text that `seal` was given; raises DecryptionError when the value was altered or belongs elsewhere."""
    return keyring.for_tenant(tenant_id()).decrypt(table, column, row_id, sealed)


def unseal_many(table: str, column: str, rows: Iterable[tuple[uuid.UUID, bytes | None]]) -> list[str | None]:
    """`unseal` for a page or an export, in the same order: (row id, stored value) in, texts out."""
    return keyring.for_tenant(tenant_id()).decrypt_many(table, column, rows)


def fingerprint(purpose: str, text: str) -> bytes:
    """16 bytes by which the same text is known again and cannot be read, such as a telephone number, to find duplicates.

    Blanks, hyphens, full-width and capital letters make no difference. Another purpose or tenant gives other bytes.
    """
    found = keyring.for_tenant(tenant_id()).blind(f"resident/{purpose}", text)
    assert found is not None  # noqa: S101  None comes of None only
    return found
