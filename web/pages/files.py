"""Hands out kept files to whoever may have them, and notes each one in the audit log."""
from __future__ import annotations

import uuid
from io import BytesIO
from urllib.parse import quote

from flask import send_file
from werkzeug.wrappers import Response

from core import audit
from core.access.roles import permission
from core.documents import piecewise, storage
from core.errors import ConfigurationError, NotFound
from core.tenancy.scope import tenant_id
from web.routing import Pages
from web.tenant import actor

pages = Pages("files", __name__, url_prefix="/files")
INLINE = frozenset({"application/pdf"})


@pages.page("/<uuid:file_id>", access="account.self")
def download(file_id: uuid.UUID) -> Response:
    """The file in clear. Somebody else's file, one whose time is over and an absent one get the same answer."""
    if not may_fetch(storage.fact(file_id)):
        raise NotFound
    return hand_out(file_id)


def hand_out(file_id: uuid.UUID) -> Response:
    """A kept file as the answer, noted in the log; whether this person may have it was asked before."""
    if (fact := storage.fact(file_id)).parts:
        audit.record("file.downloaded", "stored_file", file_id)
        return _in_pieces(file_id, fact)
    file = storage.load(file_id)
    audit.record("file.downloaded", "stored_file", file_id)
    return send_file(BytesIO(file.content), file.media_type, as_attachment=file.media_type not in INLINE, download_name=file.name)


def _in_pieces(file_id: uuid.UUID, fact: storage.FileFact) -> Response:
    """A large file as it is read; the pieces are fetched after this request's scope has ended."""
    answer = Response(piecewise.pieces(tenant_id(), file_id, fact.parts), mimetype=fact.media_type)
    answer.content_length = fact.size
    answer.headers.set("Content-Disposition", "attachment" if fact.media_type not in INLINE else "inline",
                       **_names(fact.name))
    return answer


def _names(name: str) -> dict[str, str]:
    """The file's name as headers take it: in ASCII for old programs, percent-encoded for all others."""
    plain = name.encode("ascii", "ignore").decode() or "file"
    return {"filename": plain} if plain == name else {"filename": plain, "filename*": f"UTF-8''{quote(name, safe='')}"}


def may_fetch(fact: storage.FileFact) -> bool:
    """Its owner may, as long as the permission is held that the file's purpose names.

    A file without owner belongs to those who hold that permission over the whole tenant.
    """
    try:
        needed = permission(fact.purpose)
    except ConfigurationError:
        return False
    if fact.owner_id is not None:
        return fact.owner_id == actor().account_id and actor().can(fact.purpose)
    return actor().allows_scope(fact.purpose) and any(g.kind == "committee" and g.role in needed.roles for g in actor().grants)
