"""Hands out kept files to whoever may have them, and notes each one in the audit log."""
from __future__ import annotations

import uuid
from io import BytesIO

from flask import send_file
from werkzeug.wrappers import Response

from core import audit
from core.access.roles import permission
from core.documents import storage
from core.errors import ConfigurationError, NotFound
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
    file = storage.load(file_id)
    audit.record("file.downloaded", "stored_file", file_id)
    return send_file(BytesIO(file.content), file.media_type, as_attachment=file.media_type not in INLINE, download_name=file.name)


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
