"""Large files in pieces: nothing of them in clear in the database, each piece fetched by itself, gone with their file."""
from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select, update

from core.documents import storage
from core.documents.models import StoredFile, StoredFilePart
from core.documents.piecewise import PIECE, Incoming, pieces
from core.privacy.cipher import DecryptionError
from core.tenancy import now, session
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_tenant

CONTENT = b"0123456789abcdef" * (PIECE // 8) + b"rest"


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    return make_tenant()


def kept(tenant: TestTenant, content: bytes = CONTENT) -> tuple[uuid.UUID, storage.FileFact]:
    """A file that was written in small bits."""
    with tenant.scope():
        file = Incoming("x.bin", "application/octet-stream", "members.export", 1)
        for start in range(0, len(content), 300_000):
            file.write(content[start:start + 300_000])
        return file.finish(), storage.fact(file.id)


def test_it_comes_back_piece_by_piece(tenant: TestTenant) -> None:
    file_id, fact = kept(tenant)
    assert (fact.parts, fact.size) == (3, len(CONTENT))
    got = list(pieces(tenant.id, file_id, fact.parts))
    assert [len(piece) for piece in got] == [PIECE, PIECE, 4]
    assert b"".join(got) == CONTENT


def test_nothing_of_it_is_in_clear(tenant: TestTenant) -> None:
    kept(tenant)
    with tenant.scope():
        sealed = session().scalars(select(StoredFilePart.content).where(StoredFilePart.tenant_id == tenant.id)).all()
    assert [CONTENT[:16] in bytes(piece) for piece in sealed] == [False] * 3


def test_pieces_cannot_be_exchanged(tenant: TestTenant) -> None:
    file_id, fact = kept(tenant)
    with tenant.scope():
        found = session().execute(select(StoredFilePart.id, StoredFilePart.content).where(StoredFilePart.tenant_id == tenant.id).order_by(
            StoredFilePart.position)).all()
        session().execute(update(StoredFilePart).where(StoredFilePart.tenant_id == tenant.id, StoredFilePart.id == found[0].id)
                          .values(content=found[1].content))
    with pytest.raises(DecryptionError):
        list(pieces(tenant.id, file_id, fact.parts))


def test_pieces_go_with_their_file(tenant: TestTenant) -> None:
    kept(tenant)
    with tenant.scope():
        session().execute(update(StoredFile).where(StoredFile.tenant_id == tenant.id).values(expires_at=now() - dt.timedelta(days=1)))
        assert storage.purge() == 1
    with tenant.scope():
        assert session().scalars(select(StoredFilePart.id).where(StoredFilePart.tenant_id == tenant.id)).all() == []


def test_an_unfinished_one_leaves_nothing(tenant: TestTenant) -> None:
    with pytest.raises(RuntimeError), tenant.scope():
        Incoming("x", "text/plain", "members.export", 1).write(CONTENT)
        raise RuntimeError
    with tenant.scope():
        assert session().scalars(select(StoredFile.id).where(StoredFile.tenant_id == tenant.id)).all() == []
