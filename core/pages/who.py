"""Who acts on a page, and where the world outside finds a public one."""
from __future__ import annotations

import uuid
from typing import Any

from flask import current_app, url_for

from core.access.doors import acting
from core.errors import NotFound


def me() -> uuid.UUID:
    """The account that acts. Raises Unauthenticated when nobody does."""
    return acting().account_id


def own_member() -> uuid.UUID:
    """The member who is signed in. Raises NotFound for somebody who is none, Unauthenticated when nobody is."""
    if (own := acting().member_id) is None:
        raise NotFound
    return own


def public_address(endpoint: str, **values: Any) -> str:
    """The whole address of a public page, for papers, telephones and codes to scan: the host is the one of the configuration."""
    return str(current_app.config["BAODAO"].base_url).rstrip("/") + url_for(endpoint, **values)
