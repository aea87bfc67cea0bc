"""Answering: a community writes what it thinks of each person, and two different officers sign (R73)."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select

from core.api import Conflict, Forbidden, Invalid, _, acting, audit, new_id, now, session, settings, tenant_id, today
from plugins.consultation.models import (
    ConsultationAnswer,
    ConsultationOpinion,
    ConsultationRequest,
    ConsultationSignature,
    ConsultationSubject,
)
from plugins.consultation.sealed import needed, put
from plugins.consultation.tracing import locked
from plugins.consultation.words import OPINIONS


@dataclass(frozen=True, slots=True)
class OpinionInput:
    """What is said of one person; reasons for anything but plain agreement."""

    opinion: str
    reason: str = ""


def write(request_id: uuid.UUID, version: int | None, given: Mapping[uuid.UUID, OpinionInput]) -> None:
    """Write, or change, the answer of this round; what was signed before must be signed anew.

    `version` is the request's. Raises Conflict when it is not open or somebody else was faster, Invalid with the field of the person.
    """
    row = _open(request_id, version)
    checked = _checked(_subjects(request_id), given)
    answer = answer_of(row)
    if answer is None:
        answer = ConsultationAnswer(id=new_id(), request_id=row.id, round=row.round, version=0, created_at=now())
        session().add(answer)
    answer.channel, answer.entered_by, answer.returned = "web", acting().account_id, None
    answer.version += 1
    session().flush()
    _put(answer, checked)
    session().execute(delete(ConsultationSignature).where(ConsultationSignature.tenant_id == tenant_id(), ConsultationSignature.answer_id == answer.id))
    row.version += 1
    session().flush()
    audit("consultation.written", "consultation_request", row.id, {"persons": len(checked)})


def sign(request_id: uuid.UUID, words: int | None, place_id: uuid.UUID) -> bool:
    """Sign the answer as it was read (`words` is the answer's version); answers whether it is complete and goes back to the asker.

    The same person signs once, however often this is pressed. Raises Conflict when the words changed meanwhile, Forbidden for a second
    account of the same person.
    """
    row = _open(request_id, None)
    answer = answer_of(row)
    if answer is None or (words is not None and answer.version != words):
        raise Conflict(_("答复的内容刚有人改过，请刷新页面，看过后再签字。"))
    signed = signatures_of(answer.id)
    me = acting()
    if all(one.signer_id != me.account_id for one in signed):
        if me.member_id is not None and any(one.signer_member_id == me.member_id for one in signed):
            raise Forbidden(_("第二个签字须由另一个人签。"))
        one = ConsultationSignature(id=new_id(), answer_id=answer.id, number=len(signed) + 1, signer_id=me.account_id,
                                    signer_member_id=me.member_id, place_id=place_id, signed_at=now())
        put(one, "name", me.display_name)
        session().add(one)
        session().flush()
        signed.append(one)
        audit("consultation.signed", "consultation_request", row.id, {"number": one.number})
    if len(signed) < (2 if settings("consultation")["signatures"] == "two" else 1):
        return False
    finish(row, answer, today())
    return True


def return_to_writer(request_id: uuid.UUID, words: int | None, reason: str) -> None:
    """The second reader does not sign but says what should be changed; the first signature falls. Raises Conflict, Invalid."""
    row = _open(request_id, None)
    answer = answer_of(row)
    if answer is None or (words is not None and answer.version != words) or not signatures_of(answer.id):
        raise Conflict(_("答复的内容刚有人改过，请刷新页面，看过后再办。"))
    put(answer, "returned", needed(reason, "reason", _("请写明要怎样修改。")))
    answer.version += 1
    session().execute(delete(ConsultationSignature).where(ConsultationSignature.tenant_id == tenant_id(), ConsultationSignature.answer_id == answer.id))
    session().flush()
    audit("consultation.returned", "consultation_request", row.id)


def enter_paper(request_id: uuid.UUID, version: int | None, given: Mapping[uuid.UUID, OpinionInput], day: dt.date | None, signers: str) -> None:
    """Key in a reply slip that was filled by hand, with its date and who signed it. Raises Conflict, Invalid."""
    row = _open(request_id, version)
    checked = _checked(_subjects(request_id), given)
    if day is None or not row.asked_on <= day <= today():
        raise Invalid(_("请填写回执联上的日期，不早于征求意见的日期，不晚于今天。"), {"day": [_("请重新填写")]})
    names = needed(signers, "signers", _("请填写回执联上签字人的姓名。"))
    answer = answer_of(row)
    if answer is None:
        answer = ConsultationAnswer(id=new_id(), request_id=row.id, round=row.round, version=0, created_at=now())
        session().add(answer)
    answer.channel, answer.entered_by, answer.returned = "paper", acting().account_id, None
    answer.version += 1
    put(answer, "signers", names)
    session().flush()
    _put(answer, checked)
    session().execute(delete(ConsultationSignature).where(ConsultationSignature.tenant_id == tenant_id(), ConsultationSignature.answer_id == answer.id))
    audit("consultation.paper_entered", "consultation_request", row.id, {"persons": len(checked)})
    finish(row, answer, day)


def finish(row: ConsultationRequest, answer: ConsultationAnswer, day: dt.date) -> None:
    """The answer goes back to the asker."""
    answer.answered_on = day
    row.state, row.closed_on = "answered", today()
    row.version += 1
    session().flush()
    audit("consultation.answered", "consultation_request", row.id, {"round": row.round, "channel": answer.channel})


def answer_of(row: ConsultationRequest) -> ConsultationAnswer | None:
    """The answer of the present round, as far as it is written."""
    return session().scalars(select(ConsultationAnswer).where(
        ConsultationAnswer.tenant_id == tenant_id(), ConsultationAnswer.request_id == row.id, ConsultationAnswer.round == row.round)
        .execution_options(populate_existing=True)).one_or_none()


def signatures_of(answer_id: uuid.UUID) -> list[ConsultationSignature]:
    """The signatures under an answer, the first first."""
    return list(session().scalars(select(ConsultationSignature).where(
        ConsultationSignature.tenant_id == tenant_id(), ConsultationSignature.answer_id == answer_id).order_by(ConsultationSignature.number)))


def _open(request_id: uuid.UUID, version: int | None) -> ConsultationRequest:
    row = locked(request_id, version)
    if row.state != "open":
        raise Conflict(_("这件征求意见已经答复或撤回，请刷新页面查看。"))
    return row


def _subjects(request_id: uuid.UUID) -> list[uuid.UUID]:
    return list(session().scalars(select(ConsultationSubject.id).where(
        ConsultationSubject.tenant_id == tenant_id(), ConsultationSubject.request_id == request_id).order_by(ConsultationSubject.position)))


def _checked(subjects: list[uuid.UUID], given: Mapping[uuid.UUID, OpinionInput]) -> dict[uuid.UUID, OpinionInput]:
    wrong: dict[str, list[str]] = {}
    found = {}
    for subject in subjects:
        one = given.get(subject, OpinionInput(""))
        if one.opinion not in OPINIONS:
            wrong[f"opinion-{subject}"] = [_("请选择意见")]
        elif one.opinion != "agree" and len(one.reason.strip()) < 2:
            wrong[f"reason-{subject}"] = [_("请写明理由")]
        elif len(one.reason.strip()) > 1000:
            wrong[f"reason-{subject}"] = [_("太长了，请控制在 1000 个字以内")]
        found[subject] = OpinionInput(one.opinion, one.reason.strip())
    if wrong:
        raise Invalid(_("请给每一位选择意见；除“同意”外都要写明理由。"), wrong)
    return found


def _put(answer: ConsultationAnswer, given: Mapping[uuid.UUID, OpinionInput]) -> None:
    session().execute(delete(ConsultationOpinion).where(ConsultationOpinion.tenant_id == tenant_id(), ConsultationOpinion.answer_id == answer.id))
    for subject, one in given.items():
        row = ConsultationOpinion(id=new_id(), answer_id=answer.id, subject_id=subject)
        put(row, "opinion", one.opinion)
        put(row, "reason", one.reason)
        session().add(row)
    session().flush()
