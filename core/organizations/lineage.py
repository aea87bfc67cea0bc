"""Tells the settings, which stand below the organizations, whose line an organization inherits from."""
from __future__ import annotations

import uuid

from core.extension.settings import set_lineage
from core.organizations.tree import ancestors, get


def lineage(organization_id: uuid.UUID) -> tuple[uuid.UUID, ...]:
    """Ids from the root down to the organization itself. Raises NotFound."""
    return tuple(row.id for row in ancestors(get(organization_id).path))


set_lineage(lineage)
