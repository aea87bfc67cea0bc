"""How long words are kept, and what becomes of a member: copies, erasure, and what the member may know."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, or_, select, update

from core.api import JobContext, MemberData, _, audit, session, settings, tenant_id, today
from plugins.consultation.models import (
    ConsultationAnswer,
    ConsultationOccasion,
    ConsultationOpinion,
    ConsultationRequest,
    ConsultationSignature,
    ConsultationSubject,
)
from plugins.consultation.sealed import opened

AT_ONCE = 500


def nightly(_context: JobContext) -> dict[str, Any]:
    """The job that removes words whose time is over."""
    return {"removed": remove_due()}


def remove_due() -> int:
    """Remove the words of requests closed longer ago than the tenant keeps them, or never answered that long after the deadline."""
    before, gone = today() - dt.timedelta(days=settings("consultation")["keep_days"]), 0
    while ids := session().scalars(select(ConsultationRequest.id).where(
            ConsultationRequest.tenant_id == tenant_id(), ConsultationRequest.removed_on.is_(None),
            or_(ConsultationRequest.closed_on < before, (ConsultationRequest.state == "open") & (ConsultationRequest.deadline < before)))
            .order_by(ConsultationRequest.id).limit(AT_ONCE).with_for_update()).all():
        _remove(ids)
        gone += len(ids)
    if gone:
        audit("consultation.removed", "consultation_request", None, {"count": gone})
    return gone


def _remove(ids: Sequence[uuid.UUID]) -> None:
    answers = select(ConsultationAnswer.id).where(ConsultationAnswer.tenant_id == tenant_id(), ConsultationAnswer.request_id.in_(ids))
    session().execute(update(ConsultationOpinion).where(ConsultationOpinion.tenant_id == tenant_id(), ConsultationOpinion.answer_id.in_(answers))
                      .values(opinion=None, reason=None))
    session().execute(update(ConsultationSignature).where(ConsultationSignature.tenant_id == tenant_id(),
                                                          ConsultationSignature.answer_id.in_(answers)).values(name=None))
    session().execute(update(ConsultationAnswer).where(ConsultationAnswer.tenant_id == tenant_id(), ConsultationAnswer.request_id.in_(ids))
                      .values(returned=None, signers=None))
    session().execute(update(ConsultationRequest).where(ConsultationRequest.tenant_id == tenant_id(), ConsultationRequest.id.in_(ids)).values(
        removed_on=today(), extension_reason=None, reopen_reason=None, withdraw_reason=None, outcome=None, version=ConsultationRequest.version + 1))
    kept = exists().where(ConsultationRequest.tenant_id == tenant_id(), ConsultationRequest.occasion_id == ConsultationOccasion.id,
                          ConsultationRequest.removed_on.is_(None))
    session().execute(update(ConsultationOccasion).where(
        ConsultationOccasion.tenant_id == tenant_id(), ~kept, ConsultationOccasion.purpose.is_not(None)).values(purpose=None, says=None))


def known_to(member_id: uuid.UUID) -> list[dict[str, Any]]:
    """That the member was asked about, by day and purpose, where the tenant lets members know; never who wrote what."""
    if not settings("consultation")["member_knows"]:
        return []
    rows = session().execute(
        select(ConsultationRequest.asked_on, ConsultationOccasion.id, ConsultationOccasion.purpose)
        .join(ConsultationOccasion, (ConsultationOccasion.tenant_id == ConsultationRequest.tenant_id)
              & (ConsultationOccasion.id == ConsultationRequest.occasion_id))
        .join(ConsultationSubject, (ConsultationSubject.tenant_id == ConsultationRequest.tenant_id)
              & (ConsultationSubject.request_id == ConsultationRequest.id))
        .where(ConsultationRequest.tenant_id == tenant_id(), ConsultationSubject.member_id == member_id).order_by(ConsultationRequest.id))
    return [{"asked_on": row.asked_on, "purpose": opened(ConsultationOccasion, "purpose", row.id, row.purpose)} for row in rows]


def tables(member_id: uuid.UUID) -> list[MemberData]:
    """The member's copy. Where members are not to know, it says the same for everybody, so that nobody learns whether there was anything."""
    if not settings("consultation")["member_knows"]:
        return [MemberData(_("征求意见"), ({"note": _("单位和社区之间征求意见属于内部工作，按本地设置不向本人提供，也不说明有没有。")},))]
    rows = tuple({"asked_on": row["asked_on"].isoformat(), "purpose": row["purpose"]} for row in known_to(member_id))
    return [MemberData(_("征求意见"), rows)] if rows else []


def erase(member_id: uuid.UUID) -> int:
    """Cut the tie to the member and remove every word that may be about the person; rows stay, so that counts do. Answers how many subjects."""
    subjects = session().execute(select(ConsultationSubject.id, ConsultationSubject.request_id).where(
        ConsultationSubject.tenant_id == tenant_id(), ConsultationSubject.member_id == member_id)).all()
    session().execute(update(ConsultationSignature).where(ConsultationSignature.tenant_id == tenant_id(),
                                                          ConsultationSignature.signer_member_id == member_id)
                      .values(signer_member_id=None, name=None))
    if not subjects:
        return 0
    ids, requests = [row.id for row in subjects], [row.request_id for row in subjects]
    session().execute(update(ConsultationOpinion).where(ConsultationOpinion.tenant_id == tenant_id(), ConsultationOpinion.subject_id.in_(ids))
                      .values(opinion=None, reason=None))
    _forget_words(requests)
    session().execute(update(ConsultationSubject).where(ConsultationSubject.tenant_id == tenant_id(), ConsultationSubject.id.in_(ids))
                      .values(member_id=None))
    return len(ids)


def _forget_words(requests: Sequence[uuid.UUID]) -> None:
    """Free words about a list may name each person on it."""
    session().execute(update(ConsultationRequest).where(ConsultationRequest.tenant_id == tenant_id(), ConsultationRequest.id.in_(requests)).values(
        extension_reason=None, reopen_reason=None, withdraw_reason=None, outcome=None))
    session().execute(update(ConsultationAnswer).where(ConsultationAnswer.tenant_id == tenant_id(), ConsultationAnswer.request_id.in_(requests))
                      .values(returned=None))
    occasions = select(ConsultationRequest.occasion_id).where(ConsultationRequest.tenant_id == tenant_id(), ConsultationRequest.id.in_(requests))
    session().execute(update(ConsultationOccasion).where(ConsultationOccasion.tenant_id == tenant_id(), ConsultationOccasion.id.in_(occasions))
                      .values(says=None))
