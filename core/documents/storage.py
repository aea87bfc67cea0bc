"""Keeps files encrypted in the database: uploads waiting for their import, and what jobs have made for people to fetch."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import NamedTuple

from sqlalchemy import delete, insert, select

from core.db import new_id
from core.documents.models import StoredFile
from core.documents.room import require_room
from core.errors import NotFound
from core.privacy.keyring import for_tenant
from core.tenancy import now, session
from core.tenancy.scope import tenant_id


class LoadedFile(NamedTuple):
    """A file in clear, for as short a time as possible."""

    name: str
    media_type: str
    content: bytes


class FileFact(NamedTuple):
    """What a page tells of a file without opening it; `size` in bytes, `parts` the pieces of a large one (core.documents.piecewise)."""

    name: str
    media_type: str
    purpose: str
    size: int
    owner_id: uuid.UUID | None
    expires_at: dt.datetime
    parts: int = 0


def save(name: str, media_type: str, content: bytes, purpose: str, days: int, owner_id: uuid.UUID | None = None) -> uuid.UUID:
    """Store a file for `days`; answers its id. `purpose` is the permission that fetching needs, `owner_id` the account that may.

    Raises Unavailable when the disk is nearly full.
    """
    require_room()
    file_id, moment = new_id(), now()
    sealed = for_tenant(tenant_id()).encrypt_bytes("stored_file", "content", file_id, content)
    session().execute(insert(StoredFile).values(
        tenant_id=tenant_id(), id=file_id, name=name[:200], media_type=media_type, purpose=purpose, size=len(content),
        content=sealed, owner_id=owner_id, created_at=moment, expires_at=moment + dt.timedelta(days=days)))
    return file_id


def load(file_id: uuid.UUID) -> LoadedFile:
    """The file in clear. Raises NotFound when it is absent or its time is over."""
    row = session().execute(select(StoredFile.name, StoredFile.media_type, StoredFile.content).where(
        StoredFile.tenant_id == tenant_id(), StoredFile.id == file_id, StoredFile.expires_at > now())).one_or_none()
    if row is None:
        raise NotFound
    return LoadedFile(row.name, row.media_type,
                      for_tenant(tenant_id()).decrypt_bytes("stored_file", "content", file_id, row.content))


def fact(file_id: uuid.UUID) -> FileFact:
    """The file's facts, for deciding who may have it. Raises NotFound when it is absent or its time is over."""
    row = session().execute(select(
        StoredFile.name, StoredFile.media_type, StoredFile.purpose, StoredFile.size, StoredFile.owner_id, StoredFile.expires_at,
        StoredFile.parts,
    ).where(StoredFile.tenant_id == tenant_id(), StoredFile.id == file_id, StoredFile.expires_at > now())).one_or_none()
    if row is None:
        raise NotFound
    return FileFact(*row)


def purge() -> int:
    """Delete this tenant's files whose time is over; answers how many."""
    gone = session().execute(delete(StoredFile).where(StoredFile.tenant_id == tenant_id(), StoredFile.expires_at <= now())
                             .returning(StoredFile.id).execution_options(synchronize_session=False))
    return len(gone.all())
