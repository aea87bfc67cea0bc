"""The key under which a browser keeps what was typed and not yet sent: each person's own, so that the disk alone tells nothing (ASVS 5.0, 14.3.3)."""
from __future__ import annotations

import base64

from flask import Flask, g, session as cookie
from flask_wtf.csrf import generate_csrf

from core.privacy import keyring
from core.privacy.cipher import derive
from core.tenancy.scope import tenant_id

_PURPOSE, _LENGTH = "drafts of forms", 32


def init_app(app: Flask) -> None:
    """Let templates write the key to a form: `data-draft-key="{{ draft_key() }}"`."""
    app.jinja_env.globals.update(draft_key=draft_key)


def draft_key() -> str:
    """32 bytes as base64, derived from the tenant's key: the same for one account always, for a visitor as long as the browser's visit.

    Needs the open tenant's scope.
    """
    found = g.get("actor")
    if found is None:
        generate_csrf()  # what the visit is known by, in a cookie that no script reads and no disk keeps
    whose = b"visit " + str(cookie["csrf_token"]).encode() if found is None else b"account " + found.account_id.bytes
    return base64.b64encode(derive(keyring.for_tenant(tenant_id()).derived(_PURPOSE), whose, _LENGTH)).decode()
