"""Finds out whether a community has an officer who had no hand in a matter, so that nobody checks oneself where somebody else can."""
from __future__ import annotations

import uuid
from collections.abc import Set as AbstractSet

from sqlalchemy import or_, select

from core.access.models import Account, Grant
from core.access.roles import COMMUNITY
from core.tenancy import now, session
from core.tenancy.scope import tenant_id


def another_officer(community_id: uuid.UUID, hands: AbstractSet[uuid.UUID], member_id: uuid.UUID) -> bool:
    """Whether the community has an officer beside `hands` (accounts) who is not the member `member_id` either."""
    return session().scalar(
        select(Account.id).join(Grant, (Grant.tenant_id == Account.tenant_id) & (Grant.account_id == Account.id))
        .where(Account.tenant_id == tenant_id(), Account.active, Account.id.not_in(hands), Account.member_id.is_distinct_from(member_id),
               Grant.role == COMMUNITY, Grant.organization_id == community_id,
               or_(Grant.expires_at.is_(None), Grant.expires_at > now())).limit(1)) is not None
