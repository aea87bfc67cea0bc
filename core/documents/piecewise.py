"""Keeps large files in encrypted pieces, so that memory does not grow with them: written as they are made, fetched as they are sent."""
from __future__ import annotations

import uuid
from collections.abc import Iterator

from sqlalchemy import insert, select, update

from core.db import new_id
from core.documents import storage
from core.documents.models import StoredFile, StoredFilePart
from core.documents.room import require_room
from core.privacy.keyring import for_tenant
from core.tenancy import session, tenant_scope
from core.tenancy.scope import tenant_id

PIECE = 1024 * 1024


class Incoming:
    """A file that is being made: give it to whatever writes to an open file, then `finish`. It cannot be read or wound back.

    `days`, `purpose` and `owner_id` are as for `storage.save`. Nothing remains of one that is not finished, as its transaction fails.
    """

    def __init__(self, name: str, media_type: str, purpose: str, days: int, owner_id: uuid.UUID | None = None) -> None:
        self.id = storage.save(name, media_type, b"", purpose, days, owner_id)
        self._held = bytearray()
        self._parts = self._size = 0

    def write(self, data: bytes) -> int:
        """Take more of it; a full piece is encrypted and stored. Raises Unavailable when the disk has become too full meanwhile."""
        self._held += data
        while len(self._held) >= PIECE:
            self._store(bytes(self._held[:PIECE]))
            del self._held[:PIECE]
        return len(data)

    def flush(self) -> None:
        """Nothing to do: pieces are stored when they are full."""

    def finish(self) -> uuid.UUID:
        """Store the rest; answers the file's id."""
        if self._held:
            self._store(bytes(self._held))
            self._held.clear()
        session().execute(update(StoredFile).where(StoredFile.tenant_id == tenant_id(), StoredFile.id == self.id)
                          .values(parts=self._parts, size=self._size))
        return self.id

    def _store(self, piece: bytes) -> None:
        require_room()
        part_id = new_id()
        sealed = for_tenant(tenant_id()).encrypt_bytes("stored_file_part", "content", part_id, piece)
        session().execute(insert(StoredFilePart).values(tenant_id=tenant_id(), id=part_id, file_id=self.id, position=self._parts, content=sealed))
        self._parts += 1
        self._size += len(piece)


def pieces(tenant: int, file_id: uuid.UUID, parts: int) -> Iterator[bytes]:
    """The file in clear, piece by piece, each in a scope of its own: for an answer that is sent when the request's scope has ended.

    Whether the receiver may have it was asked before.
    """
    for position in range(parts):
        with tenant_scope(tenant):
            row = session().execute(select(StoredFilePart.id, StoredFilePart.content).where(
                StoredFilePart.tenant_id == tenant, StoredFilePart.file_id == file_id, StoredFilePart.position == position)).one()
            clear = for_tenant(tenant).decrypt_bytes("stored_file_part", "content", row.id, row.content)
        yield clear
