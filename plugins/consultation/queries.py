"""Reads requests for those who may see them: columns only, keyset paging, words opened a page at a time, a fixed number of queries."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select, tuple_

from core.api import NotFound, member_places, organization_names, session, tenant_id, today
from plugins.consultation import rights
from plugins.consultation.models import (
    ConsultationAnswer,
    ConsultationOccasion,
    ConsultationOpinion,
    ConsultationRequest,
    ConsultationSignature,
    ConsultationSubject,
)
from plugins.consultation.sealed import opened, opened_many
from plugins.consultation.words import days_left, is_late, state_word, tone

PAGE = 50
MOST = 1000
TABS = ("open", "late", "answered", "withdrawn")
_COLUMNS = (ConsultationRequest.id, ConsultationRequest.asker_id, ConsultationRequest.community_id, ConsultationRequest.copy_id,
            ConsultationRequest.state, ConsultationRequest.round, ConsultationRequest.persons, ConsultationRequest.asked_on,
            ConsultationRequest.deadline, ConsultationRequest.closed_on, ConsultationRequest.occasion_id, ConsultationRequest.version,
            ConsultationRequest.removed_on, ConsultationOccasion.kind, ConsultationOccasion.purpose, ConsultationOccasion.organization_id)


def described() -> Select:
    """Requests with their occasion's purpose, still sealed, for the caller to narrow."""
    return (select(*_COLUMNS).join(ConsultationOccasion, (ConsultationOccasion.tenant_id == ConsultationRequest.tenant_id)
                                   & (ConsultationOccasion.id == ConsultationRequest.occasion_id))
            .where(ConsultationRequest.tenant_id == tenant_id()))


def _which(tab: str, day: dt.date) -> tuple[Any, ...]:
    if tab == "late":
        return ConsultationRequest.state == "open", ConsultationRequest.deadline < day
    if tab == "open":
        return ConsultationRequest.state == "open", ConsultationRequest.deadline >= day
    return (ConsultationRequest.state == tab,)


def _side(side: str) -> Any:
    return rights.asked_by_me() if side == "asked" else rights.to_answer()


def listed(side: str, tab: str, after: uuid.UUID | None = None, limit: int = PAGE) -> list[dict[str, Any]]:
    """A page of what the acting person's places asked (`asked`) or are asked (`to_answer`), one more where there is a next one."""
    seen = _side(side)
    query, forward = described().where(seen, *_which(tab, today())), tab in ("open", "late")
    if after is not None and (place := session().execute(select(ConsultationRequest.deadline, ConsultationRequest.id).where(
            ConsultationRequest.tenant_id == tenant_id(), ConsultationRequest.id == after, seen)).one_or_none()) is not None:
        here, there = tuple_(ConsultationRequest.deadline, ConsultationRequest.id), tuple_(*place)
        query = query.where(here > there if forward else here < there)
    columns = (ConsultationRequest.deadline, ConsultationRequest.id)
    return lines(session().execute(query.order_by(*(columns if forward else (one.desc() for one in columns))).limit(limit + 1)).all())


def counts(side: str) -> dict[str, int]:
    """How many stand in each tab, counted up to 1000."""
    seen = _side(side)
    parts = [select(func.count()).select_from(select(ConsultationRequest.id).where(
        ConsultationRequest.tenant_id == tenant_id(), seen, *_which(tab, today())).limit(MOST).subquery()).scalar_subquery().label(tab) for tab in TABS]
    return dict(session().execute(select(*parts)).one()._mapping)


def lines(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows in words, with whom they are about; three queries, however many."""
    names = organization_names({one for row in rows for one in (row.asker_id, row.community_id, row.copy_id, row.organization_id)})
    purposes = opened_many(ConsultationOccasion, "purpose", {row.occasion_id: row.purpose for row in rows}.items())
    people = _people([row.id for row in rows])
    return [{**row._mapping, "purpose": purposes[row.occasion_id], "asker": names.get(row.asker_id, ""), "community": names.get(row.community_id, ""),
             "copy_name": names.get(row.copy_id, "") if row.copy_id else "", "about": _about(people.get(row.id, []), row, names),
             "word": state_word(row.state, row.deadline, today()), "tone": tone(row.state, row.deadline, today()),
             "left": days_left(row.state, row.deadline, today()), "late": is_late(row.state, row.deadline, today())} for row in rows]


def _about(people: Sequence[str], row: Any, names: Any) -> str:
    return names.get(row.organization_id, "") if row.kind == "organization" else "、".join(people)


def _people(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    people, found = member_places(), {}  # type: ignore[var-annotated]
    for row in session().execute(select(ConsultationSubject.request_id, people.c.name).join(people, people.c.id == ConsultationSubject.member_id)
                                 .where(ConsultationSubject.tenant_id == tenant_id(), ConsultationSubject.request_id.in_(ids))
                                 .order_by(ConsultationSubject.request_id, ConsultationSubject.position)) if ids else ():
        found.setdefault(row.request_id, []).append(row.name)
    return found


def one(request_id: uuid.UUID) -> dict[str, Any]:
    """One request with all its words. Raises NotFound. Who may see it was asked before."""
    rows = session().execute(described().add_columns(
        ConsultationRequest.extended_on, ConsultationRequest.extension_reason, ConsultationRequest.reopened_on, ConsultationRequest.reopen_reason,
        ConsultationRequest.withdraw_reason, ConsultationRequest.outcome, ConsultationRequest.outcome_on, ConsultationOccasion.says)
        .where(ConsultationRequest.id == request_id)).all()
    if not rows:
        raise NotFound
    found, row = lines(rows)[0], rows[0]
    words = {name: opened(ConsultationRequest, name, row.id, row._mapping[name])
             for name in ("extension_reason", "reopen_reason", "withdraw_reason", "outcome")}
    return {**found, **words, "says": opened(ConsultationOccasion, "says", row.occasion_id, row.says)}


def subjects(request_id: uuid.UUID) -> list[dict[str, Any]]:
    """Whom a request is about: id, member_id, organization_id, name; somebody erased has no name."""
    return subjects_of([request_id]).get(request_id, [])


def subjects_of(request_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """The same for several requests; two queries."""
    people = member_places()
    rows = session().execute(select(ConsultationSubject.id, ConsultationSubject.request_id, ConsultationSubject.member_id,
                                    ConsultationSubject.organization_id, people.c.name)
                             .outerjoin(people, people.c.id == ConsultationSubject.member_id)
                             .where(ConsultationSubject.tenant_id == tenant_id(), ConsultationSubject.request_id.in_(request_ids))
                             .order_by(ConsultationSubject.position, ConsultationSubject.id)).all() if request_ids else []
    names, found = organization_names(row.organization_id for row in rows), {}  # type: ignore[var-annotated]
    for row in rows:
        found.setdefault(row.request_id, []).append({**row._mapping, "name": row.name or names.get(row.organization_id, "") or "—"})
    return found


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer in words: opinions by subject, and who signed."""

    id: uuid.UUID
    request_id: uuid.UUID
    round: int
    channel: str
    version: int
    answered_on: dt.date | None
    returned: str
    signers: str
    signatures: list[dict[str, Any]]
    opinions: dict[uuid.UUID, tuple[str, str]]


def answers(request_ids: Sequence[uuid.UUID], *, drafts: bool) -> list[AnswerView]:
    """The answers to these requests, the first round first; unfinished ones for the community's side only. Three queries."""
    rows = session().scalars(select(ConsultationAnswer).where(ConsultationAnswer.tenant_id == tenant_id(),
                                                              ConsultationAnswer.request_id.in_(request_ids))
                             .order_by(ConsultationAnswer.request_id, ConsultationAnswer.round)).all() if request_ids else []
    rows = [row for row in rows if drafts or row.answered_on is not None]
    ids = [row.id for row in rows]
    opinions, signatures = _opinions(ids), _signatures(ids)
    return [AnswerView(row.id, row.request_id, row.round, row.channel, row.version, row.answered_on,
                       opened(ConsultationAnswer, "returned", row.id, row.returned), opened(ConsultationAnswer, "signers", row.id, row.signers),
                       signatures.get(row.id, []), opinions.get(row.id, {})) for row in rows]


def _opinions(answer_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[uuid.UUID, tuple[str, str]]]:
    rows = session().execute(select(ConsultationOpinion.id, ConsultationOpinion.answer_id, ConsultationOpinion.subject_id, ConsultationOpinion.opinion,
                                    ConsultationOpinion.reason).where(ConsultationOpinion.tenant_id == tenant_id(),
                                                                      ConsultationOpinion.answer_id.in_(answer_ids))).all() if answer_ids else []
    said = opened_many(ConsultationOpinion, "opinion", [(row.id, row.opinion) for row in rows])
    why = opened_many(ConsultationOpinion, "reason", [(row.id, row.reason) for row in rows])
    found: dict[uuid.UUID, dict[uuid.UUID, tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row.answer_id, {})[row.subject_id] = (said[row.id], why[row.id])
    return found


def _signatures(answer_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    rows = session().execute(select(ConsultationSignature.id, ConsultationSignature.answer_id, ConsultationSignature.signer_id,
                                    ConsultationSignature.place_id, ConsultationSignature.name, ConsultationSignature.signed_at)
                             .where(ConsultationSignature.tenant_id == tenant_id(), ConsultationSignature.answer_id.in_(answer_ids))
                             .order_by(ConsultationSignature.number)).all() if answer_ids else []
    places, names = organization_names(row.place_id for row in rows), opened_many(ConsultationSignature, "name", [(row.id, row.name) for row in rows])
    found: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.answer_id, []).append({"name": names[row.id], "place": places.get(row.place_id, ""), "at": row.signed_at,
                                                    "signer_id": row.signer_id})
    return found
