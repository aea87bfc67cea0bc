"""Who may do what: officers by the community, the responsible unit by its issue, and the cadre by the own point."""
from __future__ import annotations

import uuid

from sqlalchemy import Row, select

from core.api import Forbidden, NotFound, Target, acting, allowed, authorize, place_target, session, tenant_id
from plugins.liaison.models import LiaisonCadre, LiaisonIssue, LiaisonPoint, LiaisonVisit

READ, ASSIGN, ENTER, CONFIRM, HANDLE, SELF = (f"liaison.{name}" for name in ("read", "assign", "enter", "confirm", "handle", "self"))


def point_target(point_id: uuid.UUID) -> Target:
    """What `authorize` needs of a point: its community, and the member who is its cadre. Raises NotFound."""
    row = session().execute(select(LiaisonPoint.community_id, LiaisonCadre.member_id).join(
        LiaisonCadre, (LiaisonCadre.tenant_id == LiaisonPoint.tenant_id) & (LiaisonCadre.id == LiaisonPoint.cadre_id))
        .where(LiaisonPoint.tenant_id == tenant_id(), LiaisonPoint.id == point_id)).one_or_none()
    if row is None:
        raise NotFound
    return Target(place_target(row.community_id).paths, row.member_id)


def require_point(point_id: uuid.UUID, permission: str) -> None:
    """Let pass who holds the permission over the point's community, or, with `liaison.self`, is its cadre. Raises NotFound, Forbidden."""
    authorize(acting(), permission, point_target(point_id))


def issue_target(issue_id: uuid.UUID) -> Target:
    """The same of an issue: its community and the unit responsible. Raises NotFound."""
    row = issue_row(issue_id)
    found = point_target(row.point_id)
    return Target((*found.paths, *(place_target(row.unit_id).paths if row.unit_id else ())), found.member_id)


def issue_row(issue_id: uuid.UUID) -> Row:
    """Where an issue belongs: point_id, community_id, unit_id. Raises NotFound."""
    row = session().execute(select(LiaisonIssue.point_id, LiaisonIssue.community_id, LiaisonIssue.unit_id).where(
        LiaisonIssue.tenant_id == tenant_id(), LiaisonIssue.id == issue_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def require_issue(issue_id: uuid.UUID, permission: str) -> None:
    """Let pass who holds the permission over the issue; what the community decides, nobody decides who is the cadre.

    Raises NotFound, Forbidden.
    """
    found = issue_target(issue_id)
    if permission in (CONFIRM, ENTER):  # by the community alone: the responsible unit's office has no say in these
        authorize(acting(), READ, found)
        found = Target(place_target(issue_row(issue_id).community_id).paths, found.member_id)
        if not allowed(acting(), permission, found):
            raise Forbidden
    authorize(acting(), permission, found)
    if permission == CONFIRM and found.member_id is not None and found.member_id == acting().member_id:
        raise Forbidden


def point_of_visit(visit_id: uuid.UUID) -> uuid.UUID:
    """The point of a visit. Raises NotFound."""
    found = session().scalar(select(LiaisonVisit.point_id).where(LiaisonVisit.tenant_id == tenant_id(), LiaisonVisit.id == visit_id))
    if found is None:
        raise NotFound
    return found


def require_cadre(cadre_id: uuid.UUID) -> None:
    """Let pass who assigns for the office that keeps the cadre. Raises NotFound, Forbidden."""
    kept = session().scalar(select(LiaisonCadre.organization_id).where(LiaisonCadre.tenant_id == tenant_id(), LiaisonCadre.id == cadre_id))
    if kept is None:
        raise NotFound
    authorize(acting(), ASSIGN, place_target(kept))


def side_of(permission: str, issue_id: uuid.UUID | None = None) -> str:
    """As whom the acting person writes: the cadre, the community, the unit responsible or an officer above."""
    if permission == SELF:
        return "cadre"
    roles = acting().roles()
    if issue_id is not None and roles == {"unit_liaison"}:
        return "unit"
    return "community" if "community_officer" in roles else "officer"
