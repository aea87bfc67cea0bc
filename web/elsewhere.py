"""Keeps the trace of an answer that tells of a person beyond reach, although the request is refused and undone."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import g

from tenants.importing.elsewhere import Elsewhere, told
from web.tenant import actor


@contextmanager
def traced() -> Iterator[None]:
    """Write down an Elsewhere that passes through, and let the request commit just that: nothing else was changed."""
    try:
        yield
    except Elsewhere:
        told(actor())
        g.keep_changes = True
        raise
