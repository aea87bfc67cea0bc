"""Who may do what with a pack or a thread: the community's officers by its place, the unit once a pack is out; nobody else."""
from __future__ import annotations

import uuid

from sqlalchemy import Row, select

from core.api import NotFound, Target, acting, allowed, authorize, organization, place_target, session, tenant_id
from plugins.feedback.models import OUT, FeedbackPack

READ, MANAGE, RUN, ANSWER, SELF = "feedback.read", "feedback.manage", "feedback.run", "feedback.answer", "feedback.self"


def _pack(pack_id: uuid.UUID) -> Row:
    row = session().execute(select(FeedbackPack.community_id, FeedbackPack.unit_id, FeedbackPack.state).where(
        FeedbackPack.tenant_id == tenant_id(), FeedbackPack.id == pack_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def of_community(row: Row) -> Target:
    """The side that wrote it; nobody's here for one that came from another tenant."""
    return place_target(row.community_id) if row.community_id else Target()


def of_unit(row: Row) -> Target:
    """The side that it goes to, which knows nothing of it before it is out."""
    return place_target(row.unit_id) if row.state in OUT else Target()


def require_manage(pack_id: uuid.UUID) -> None:
    """Let the community's officer pass. Raises NotFound, Forbidden."""
    authorize(acting(), MANAGE, of_community(_pack(pack_id)))


def require_answer(pack_id: uuid.UUID) -> None:
    """Let the unit's liaison pass. Raises NotFound, Forbidden."""
    authorize(acting(), ANSWER, of_unit(_pack(pack_id)))


def require_keying(pack_id: uuid.UUID) -> None:
    """Let pass who may write the unit's answer down: its liaison, or the community that has it on paper. Raises NotFound, Forbidden."""
    row = _pack(pack_id)
    if not allowed(acting(), ANSWER, of_unit(row)):
        authorize(acting(), MANAGE, of_community(row))


def require_read(pack_id: uuid.UUID) -> str:
    """Let either side pass and answer which one it is: community or unit. Raises NotFound, Forbidden."""
    row = _pack(pack_id)
    if allowed(acting(), READ, of_community(row)):
        return "community"
    authorize(acting(), READ, Target((*of_community(row).paths, *of_unit(row).paths)))
    return "unit"


def manages(pack_id: uuid.UUID) -> bool:
    """Whether the acting officer looks after the pack."""
    return allowed(acting(), MANAGE, of_community(_pack(pack_id)))


def answers(pack_id: uuid.UUID) -> bool:
    """Whether the acting liaison may answer it."""
    return allowed(acting(), ANSWER, of_unit(_pack(pack_id)))


def side_of(community_id: uuid.UUID, unit_id: uuid.UUID, *, writing: bool = False) -> str:
    """On which side of a thread the acting person stands: community or unit. Raises NotFound, Forbidden.

    A thread is open to both from the start: either may write the first word (R25).
    """
    if organization(community_id).kind != "community" or organization(unit_id).kind != "unit":
        raise NotFound
    ours, theirs = place_target(community_id), place_target(unit_id)
    if allowed(acting(), MANAGE if writing else READ, ours):
        return "community"
    if allowed(acting(), ANSWER, theirs):
        return "unit"
    authorize(acting(), MANAGE if writing else READ, ours)
    return "community"


def require_run(organization_id: uuid.UUID) -> None:
    """Let pass who may press for a place. Raises NotFound, Forbidden; NotFound for what is no place."""
    if organization(organization_id).kind not in ("committee", "county", "street", "community"):
        raise NotFound
    authorize(acting(), RUN, place_target(organization_id))
