"""Need to know: who sees a request is said by name of place, not by rank. Askers and the asked community; a named superior; nobody above.

A grant higher up in the tree reaches nothing here, and nobody sees a request in which one is asked about oneself.
"""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, false, or_, select
from sqlalchemy.orm import aliased

from core.api import (
    Conflict,
    Forbidden,
    NotFound,
    _,
    acting,
    grants_for,
    holders_at,
    organization,
    organizations_above,
    place_rows,
    search_organizations,
    session,
    settings,
    tenant_id,
)
from plugins.consultation.models import ConsultationAnswer, ConsultationRequest, ConsultationSignature, ConsultationSubject

READ, ASK, ANSWER, SIGN, COUNTS = (f"consultation.{name}" for name in ("read", "ask", "answer", "sign", "counts"))


@dataclass(frozen=True, slots=True)
class Sides:
    """By which sides the acting person sees a request."""

    asker: bool = False
    copy: bool = False
    community: bool = False
    street: bool = False


def own_places(permission: str) -> list[uuid.UUID]:
    """The places over which the acting person holds the permission by a grant over that very place."""
    return list(dict.fromkeys(grant.organization_id for grant in grants_for(acting(), permission)))


def not_about_me() -> ColumnElement[bool]:
    """The condition that the acting person is not among those whom the request's occasion is about, at whichever community."""
    own, other = acting().member_id, aliased(ConsultationRequest)
    if own is None:
        return ConsultationRequest.id.is_not(None)
    return ConsultationRequest.occasion_id.not_in(
        select(other.occasion_id).join(ConsultationSubject, and_(ConsultationSubject.tenant_id == other.tenant_id,
                                                                 ConsultationSubject.request_id == other.id))
        .where(other.tenant_id == tenant_id(), ConsultationSubject.member_id == own))


def asked_by_me() -> ColumnElement[bool]:
    """Requests of the acting person's unit or department, and those of which it has a copy."""
    places = own_places(READ)
    return and_(or_(ConsultationRequest.asker_id.in_(places), ConsultationRequest.copy_id.in_(places)), not_about_me()) if places else false()


def to_answer() -> ColumnElement[bool]:
    """Requests to the acting person's community, and those whose second signature the own street owes."""
    communities, streets = own_places(READ), list(_own_streets())
    parts: list[ColumnElement[bool]] = [ConsultationRequest.community_id.in_(communities)] if communities else []
    if streets:
        parts.append(ConsultationRequest.id.in_(_of_streets(streets)))
    return and_(or_(*parts), not_about_me()) if parts else false()


def _own_streets() -> dict[str, uuid.UUID]:
    """The streets over which the acting person signs, by path."""
    return {grant.path: grant.organization_id for grant in grants_for(acting(), SIGN) if grant.kind == "street"}


def _of_streets(streets: list[str]) -> list[uuid.UUID]:
    """Open requests below these streets' paths with one signature, whose community has nobody else to give the second."""
    if settings("consultation")["signatures"] != "two":
        return []
    place = place_rows("community")
    rows = session().execute(
        select(ConsultationRequest.id, ConsultationRequest.occasion_id, ConsultationRequest.community_id, ConsultationSignature.signer_id,
               ConsultationSignature.signer_member_id)
        .join(place, place.c.id == ConsultationRequest.community_id)
        .join(ConsultationAnswer, and_(ConsultationAnswer.tenant_id == ConsultationRequest.tenant_id,
                                       ConsultationAnswer.request_id == ConsultationRequest.id,
                                       ConsultationAnswer.round == ConsultationRequest.round))
        .join(ConsultationSignature, and_(ConsultationSignature.tenant_id == ConsultationAnswer.tenant_id,
                                          ConsultationSignature.answer_id == ConsultationAnswer.id))
        .where(ConsultationRequest.tenant_id == tenant_id(), ConsultationRequest.state == "open",
               or_(*(place.c.path.bool_op("^@")(path) for path in streets)))).all()
    return _alone(rows)


def _alone(rows: Sequence[Row]) -> list[uuid.UUID]:
    """Of signed requests, those whose community has no officer left who has not signed and whom the request is not about."""
    if not rows:
        return []
    about: dict[uuid.UUID, set[uuid.UUID]] = {}
    for row in session().execute(
            select(ConsultationRequest.occasion_id, ConsultationSubject.member_id)
            .join(ConsultationSubject, and_(ConsultationSubject.tenant_id == ConsultationRequest.tenant_id,
                                            ConsultationSubject.request_id == ConsultationRequest.id))
            .where(ConsultationRequest.tenant_id == tenant_id(), ConsultationRequest.occasion_id.in_([row.occasion_id for row in rows]),
                   ConsultationSubject.member_id.is_not(None))):
        about.setdefault(row.occasion_id, set()).add(row.member_id)
    officers = holders_at({row.community_id for row in rows}, ANSWER)
    return [row.id for row in rows if not any(
        one.account_id != row.signer_id and (one.member_id is None or one.member_id not in about.get(row.occasion_id, set()) | {row.signer_member_id})
        for one in officers.get(row.community_id, []))]


def sides(request_id: uuid.UUID) -> Sides:
    """The sides by which the acting person sees a request. Raises NotFound where there are none, as for an absent one."""
    row = session().execute(select(ConsultationRequest.asker_id, ConsultationRequest.copy_id, ConsultationRequest.community_id)
                            .where(ConsultationRequest.tenant_id == tenant_id(), ConsultationRequest.id == request_id, not_about_me())).one_or_none()
    if row is None:
        raise NotFound
    places = own_places(READ)
    found = Sides(row.asker_id in places, row.copy_id is not None and row.copy_id in places, row.community_id in places,
                  bool(streets := list(_own_streets())) and request_id in _of_streets(streets))
    if found == Sides():
        raise NotFound
    return found


def require_asker(request_id: uuid.UUID) -> None:
    """Let the asker pass. Raises NotFound, and Forbidden for who sees it from another side."""
    if not (sides(request_id).asker and _of(request_id).asker_id in own_places(ASK)):
        raise Forbidden


def require_community(request_id: uuid.UUID) -> None:
    """Let the community's officer pass. Raises NotFound, Forbidden."""
    if not (sides(request_id).community and _of(request_id).community_id in own_places(ANSWER)):
        raise Forbidden


def require_signer(request_id: uuid.UUID) -> uuid.UUID:
    """Let pass who may sign; answers the place for which. Raises NotFound, Forbidden."""
    found, community = sides(request_id), _of(request_id).community_id
    if found.community and community in own_places(SIGN):
        return community
    if not found.street:
        raise Forbidden
    path = organization(community).path
    return next(place for street, place in _own_streets().items() if path.startswith(street))


def require_either(request_id: uuid.UUID) -> None:
    """Let the asker or the community pass, as for an answer that came on paper. Raises NotFound, Forbidden."""
    found, row = sides(request_id), _of(request_id)
    if not (found.asker and row.asker_id in own_places(ASK)) and not (found.community and row.community_id in own_places(ANSWER)):
        raise Forbidden


def _of(request_id: uuid.UUID) -> Row:
    return session().execute(select(ConsultationRequest.asker_id, ConsultationRequest.copy_id, ConsultationRequest.community_id).where(
        ConsultationRequest.tenant_id == tenant_id(), ConsultationRequest.id == request_id)).one()


def asking_place(place_id: uuid.UUID | None) -> uuid.UUID:
    """The place for which the acting person asks: the one that was chosen, or the only one. Raises NotFound, Conflict."""
    places = own_places(ASK)
    if place_id is None and len(places) == 1:
        return places[0]
    if place_id is None:
        raise Conflict(_("请选择以哪个单位的名义征求意见。"))
    if place_id not in places:
        raise NotFound
    return place_id


def leads_others() -> bool:
    """Whether units or communities stand below the acting person's places, so that one may ask about them as a whole (R81)."""
    grants = grants_for(acting(), ASK)
    if any(grant.kind != "unit" for grant in grants):
        return True
    paths = tuple(grant.path for grant in grants)
    return bool(paths) and any(row.path not in paths for row in search_organizations(paths, kinds=("unit",), limit=len(paths) + 1))


def superiors(path: str) -> list[Any]:
    """The places above an asker that can be named to read along: those which may ask themselves."""
    return [row for row in organizations_above(path) if row.path != path and row.kind in ("unit", "county", "sector", "committee")]
