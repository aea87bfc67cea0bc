"""What the pages of practice share: for which place the acting person acts."""
from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import request

from core.api import Invalid, _, acting, grants_for

Route = tuple[str, str, Callable[..., Any], list[str]]


def places(permission: str) -> list[tuple[uuid.UUID, str]]:
    """For which places the acting person acts: those of the grants."""
    return [(grant.organization_id, grant.name) for grant in grants_for(acting(), permission)]


def own_place(permission: str) -> uuid.UUID:
    """The place that was chosen among them, else the first. Raises Invalid."""
    held = [identity for identity, _name in places(permission)]
    chosen = request.form.get("organization_id", type=uuid.UUID)
    if not held or (chosen is not None and chosen not in held):
        raise Invalid(_("请从列表中选择本级。"), {"organization_id": [_("请从列表中选择")]})
    return chosen or held[0]
