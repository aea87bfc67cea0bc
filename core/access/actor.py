"""Who is acting: an account with its grants, read once a request."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import or_, select

from core.access.administration import carries, separation
from core.access.models import Account, Grant
from core.access.roles import MEMBER
from core.organizations.models import Organization
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

HALF, PASSWORD, FULL = "half", "password", "full"  # how far a login has come; see core.access.factors


@dataclass(frozen=True, slots=True)
class GrantFact:
    """A role over the subtree below `path`."""

    role: str
    organization_id: uuid.UUID
    path: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who acts in this request or job. `scopes` limits an API token; None means all that the roles allow.

    `stage` and `login_id` tell of the login by which a page is asked for: how many factors it has met (`core.access.factors`).
    `factor_rules`: what the tenant asks of some roles (`core.access.factor_rule`), for pages and the API.
    `apart`: the tenant keeps system, security and audit in separate hands, so that a city administrator's role carries none of that.
    """

    account_id: uuid.UUID
    display_name: str
    member_id: uuid.UUID | None
    grants: tuple[GrantFact, ...]
    scopes: frozenset[str] | None = None
    must_change_password: bool = False
    locale: str = "zh_Hans_CN"
    stage: str = FULL
    login_id: uuid.UUID | None = None
    apart: bool = False
    factor_rules: Mapping[str, str] = field(default_factory=dict, compare=False)

    def roles(self) -> frozenset[str]:
        """Codes of the roles held anywhere."""
        return frozenset(g.role for g in self.grants)

    def can(self, permission: str) -> bool:
        """Whether the permission is held over any subtree at all; for menus."""
        return self.allows_scope(permission) and any(carries(g.role, permission, apart=self.apart) for g in self.grants)

    def allows_scope(self, permission: str) -> bool:
        """Whether the API token, if there is one, lets this permission through."""
        return self.scopes is None or permission in self.scopes

    def paths(self, permission: str) -> tuple[str, ...]:
        """The shortest paths below which the permission is held by an officer's or liaison's grant; none twice."""
        if not self.allows_scope(permission):
            return ()
        held = sorted({g.path for g in self.grants if g.role != MEMBER and carries(g.role, permission, apart=self.apart)})
        return tuple(p for i, p in enumerate(held) if not any(p.startswith(q) for q in held[:i]))

    def organizations(self, role: str) -> tuple[GrantFact, ...]:
        """The grants of one role."""
        return tuple(g for g in self.grants if g.role == role)


def load_actor(account_id: uuid.UUID, scopes: frozenset[str] | None = None) -> Actor | None:
    """The active account with its unexpired grants, in one query; None when it is gone or switched off."""
    rows = session().execute(
        select(Account.id, Account.display_name, Account.member_id, Account.must_change_password, Account.locale,
               separation(Account.tenant_id).label("apart"),
               Grant.role, Organization.id.label("organization_id"), Organization.path, Organization.kind, Organization.name)
        .outerjoin(Grant, (Grant.tenant_id == Account.tenant_id) & (Grant.account_id == Account.id)
                   & or_(Grant.expires_at.is_(None), Grant.expires_at > now()))
        .outerjoin(Organization, (Organization.tenant_id == Grant.tenant_id) & (Organization.id == Grant.organization_id))
        .where(Account.tenant_id == tenant_id(), Account.id == account_id, Account.active)
        .order_by(Organization.path, Grant.role)).all()
    if not rows:
        return None
    grants = tuple(GrantFact(r.role, r.organization_id, r.path, r.kind, r.name) for r in rows if r.role is not None)
    first = rows[0]
    return Actor(first.id, first.display_name, first.member_id, grants, scopes, first.must_change_password, first.locale, apart=first.apart)
