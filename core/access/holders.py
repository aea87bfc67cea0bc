"""Who holds a permission over exactly one place: for acts that need two different people there."""
from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import or_, select

from core.access.models import Account, Grant
from core.access.roles import ROLES, role_permissions
from core.tenancy import now, session
from core.tenancy.scope import tenant_id


class Holder(NamedTuple):
    """An account that may act at the place, and the member whose it is, if any."""

    account_id: uuid.UUID
    member_id: uuid.UUID | None


def holders_at(organization_ids: Iterable[uuid.UUID], permission: str) -> dict[uuid.UUID, list[Holder]]:
    """The active accounts with a grant over these very places, not above them, whose role carries the permission; one query."""
    roles = [role for role in ROLES if permission in role_permissions(role)]
    found: dict[uuid.UUID, list[Holder]] = {}
    for place, account, member in session().execute(
            select(Grant.organization_id, Account.id, Account.member_id)
            .join(Account, (Account.tenant_id == Grant.tenant_id) & (Account.id == Grant.account_id))
            .where(Grant.tenant_id == tenant_id(), Account.active, Grant.organization_id.in_(list(organization_ids)), Grant.role.in_(roles),
                   or_(Grant.expires_at.is_(None), Grant.expires_at > now())).distinct().order_by(Account.id)):
        found.setdefault(place, []).append(Holder(account, member))
    return found
