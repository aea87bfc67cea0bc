"""Asking: one press makes an occasion and a request for each community, with only that community's persons in it (R26, R81)."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from core.api import Conflict, Invalid, NotFound, _, acting, audit, new_id, now, organization, session, settings, tenant_id, today
from plugins.consultation import finding, rights
from plugins.consultation.models import ConsultationOccasion, ConsultationRequest, ConsultationSubject
from plugins.consultation.sealed import LONGEST, put

LONGEST_DAYS = 180


@dataclass(frozen=True, slots=True)
class AskInput:
    """What every occasion says: for which place, why, in which words, until when, and who may read along."""

    asker_id: uuid.UUID
    purpose: str
    says: str
    deadline: dt.date | None
    copy_id: uuid.UUID | None = None


def usual_deadline() -> dt.date:
    """The deadline that is proposed."""
    return today() + dt.timedelta(days=settings("consultation")["answer_days"])


def ask_members(identity: uuid.UUID, given: AskInput, chosen: Sequence[tuple[uuid.UUID, uuid.UUID]]) -> uuid.UUID:
    """Ask about members, each pair a member and a community that the member reports in at; answers the occasion.

    The same `identity` sent twice is one occasion. Raises Invalid, NotFound for a place that is not the asker's.
    """
    if (there := _sent_before(identity, given)) is not None:
        return there
    path = _checked(given, "member_purposes")
    wanted = set(chosen)
    groups: dict[uuid.UUID, list[uuid.UUID]] = {}
    for person in finding.by_ids(path, [member for member, _community in wanted]):
        for community, _name, _basis in person.communities:
            if (person.id, community) in wanted:
                groups.setdefault(community, []).append(person.id)
    if not groups:
        raise Invalid(_("请至少选择一名已经报到的党员和一个社区。"))
    return _make(identity, given, "members", groups, None)


def everywhere(asker_id: uuid.UUID, member_ids: Sequence[uuid.UUID]) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """The members with each community at which they report in, for who does not choose. Raises NotFound for one out of reach, or oneself."""
    if asker_id not in rights.own_places(rights.ASK):
        raise NotFound
    people = finding.by_ids(organization(asker_id).path, member_ids)
    if len(people) != len(set(member_ids)):
        raise NotFound
    return [(one.id, community) for one in people for community, _name, _basis in one.communities]


def ask_place(identity: uuid.UUID, given: AskInput, organization_id: uuid.UUID, communities: Sequence[uuid.UUID]) -> uuid.UUID:
    """Ask about a unit or a community as a whole (R81). Raises Invalid, NotFound for one that is not below the asker."""
    if (there := _sent_before(identity, given)) is not None:
        return there
    path, subject = _checked(given, "place_purposes"), organization(organization_id)
    if not subject.path.startswith(path) or subject.path == path or subject.kind not in ("unit", "community"):
        raise NotFound
    chosen = [one for one in dict.fromkeys(communities) if one != subject.id and organization(one).kind == "community"]
    if not chosen:
        raise Invalid(_("请至少选择一个要征求意见的社区。"), {"communities": [_("请选择")]})
    return _make(identity, given, "organization", {one: [subject.id] for one in chosen}, subject.id)


def _sent_before(identity: uuid.UUID, given: AskInput) -> uuid.UUID | None:
    asker = session().scalar(select(ConsultationOccasion.asker_id).where(ConsultationOccasion.tenant_id == tenant_id(),
                                                                        ConsultationOccasion.id == identity))
    if asker is not None and asker != given.asker_id:
        raise NotFound
    return identity if asker is not None else None


def _checked(given: AskInput, purposes: str) -> str:
    """The asker's path, when the input is right. Raises Invalid, NotFound."""
    if given.asker_id not in rights.own_places(rights.ASK):
        raise NotFound
    path = organization(given.asker_id).path
    if given.copy_id is not None and given.copy_id not in {row.id for row in rights.superiors(path)}:
        raise NotFound
    if given.purpose not in settings("consultation")[purposes]:
        raise Invalid(_("请选择事由。"), {"purpose": [_("请选择")]})
    if len(given.says.strip()) > LONGEST:
        raise Invalid(_("说明太长，请控制在 %(count)s 个字以内。", count=LONGEST), {"says": [_("太长了")]})
    checked_deadline(given.deadline)
    return path


def checked_deadline(day: dt.date | None, after: dt.date | None = None) -> dt.date:
    """A deadline from today on, later than `after`. Raises Invalid."""
    least = today() if after is None else max(today(), after + dt.timedelta(days=1))
    if day is None or not least <= day <= today() + dt.timedelta(days=LONGEST_DAYS):
        raise Invalid(_("期限请选择 %(least)s 以后、%(count)s 天以内的日期。", least=least.isoformat(), count=LONGEST_DAYS),
                      {"deadline": [_("请重新选择")]})
    return day


def _make(identity: uuid.UUID, given: AskInput, kind: str, groups: Mapping[uuid.UUID, Sequence[uuid.UUID]], about: uuid.UUID | None) -> uuid.UUID:
    if given.deadline is None:
        raise Conflict(_("请选择期限。"))
    occasion = ConsultationOccasion(id=identity, asker_id=given.asker_id, kind=kind, organization_id=about, copy_id=given.copy_id,
                                    asked_on=today(), asked_by=acting().account_id)
    put(occasion, "purpose", given.purpose)
    put(occasion, "says", given.says.strip())
    session().add(occasion)
    session().flush()
    for community, subjects in sorted(groups.items()):
        row = ConsultationRequest(id=new_id(), occasion_id=identity, asker_id=given.asker_id, copy_id=given.copy_id, community_id=community,
                                  state="open", round=1, persons=len(subjects), asked_on=today(), deadline=given.deadline, version=1,
                                  created_at=now())
        session().add(row)
        session().flush()
        session().add_all(ConsultationSubject(request_id=row.id, position=place, **{"organization_id" if about else "member_id": one})
                          for place, one in enumerate(subjects))
        audit("consultation.asked", "consultation_request", row.id, {"persons": len(subjects)})
    session().flush()
    return identity
