"""The resident's receipt code: with it a request is looked up, a time chosen or cancelled, and nothing of the resident is shown."""
from __future__ import annotations

import uuid

from core.api import audit, find_code, grouped, issue_code
from plugins.menu.holding import request_locked, step

PURPOSE, FORM = "menu.request", "menu.form"


def issue(request_id: uuid.UUID) -> str:
    """A fresh code for a request, in groups as people read it; earlier ones are void."""
    return grouped(issue_code(PURPOSE, request_id))


def reissue(request_id: uuid.UUID, version: int | None) -> str:
    """The same for somebody who has lost the code. Raises Conflict, NotFound."""
    row = request_locked(request_id, version)
    step(row, "reissued", "officer")
    audit("menu.code_reissued", "menu_request", row.id)
    return issue(request_id)


def find(code: str) -> uuid.UUID:
    """The request of a code. Raises NotFound."""
    return find_code(PURPOSE, code)


def issue_form_code(community_id: uuid.UUID) -> str:
    """A fresh code that a community makes public, without which its form cannot be sent; the former one is void."""
    audit("menu.form_code_issued", "organization", community_id)
    return grouped(issue_code(FORM, community_id, digits=8))


def form_code_fits(code: str, community_id: uuid.UUID) -> bool:
    """Whether a code is the community's. Raises NotFound for one that is nobody's."""
    return find_code(FORM, code) == community_id
