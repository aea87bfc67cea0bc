"""Corrections: what a member asks to have put right once a record is verified, and how the community answers (R42, R70)."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update

from core import audit
from core.db import new_id
from core.errors import Conflict, Forbidden, Invalid
from core.extension.dispatch import tell
from core.extension.settings import effective
from core.i18n import _
from core.privacy import keyring
from core.service.colleagues import another_officer
from core.service.hours import outside_hours
from core.service.models import Evaluation, EvaluationCode, RecordCallback, RecordCorrection, ServiceRecord
from core.service.records import check_minutes, fact, locked
from core.tenancy import now, session, today
from core.tenancy.clock import LOCAL
from core.tenancy.scope import tenant_id

VERIFIED = frozenset({"verified", "counted"})
FIELDS = ("happened_on", "minutes", "title", "kind", "place")
LONGEST = 300


@dataclass(frozen=True, slots=True)
class CorrectionInput:
    """The record as it should be, and why; `minutes` is the length, what is right already is given as it is."""

    happened_on: dt.date
    minutes: int
    title: str
    kind: str
    place: str | None
    reason: str


def ask(record_id: uuid.UUID, given: CorrectionInput, version: int, *, by: uuid.UUID | None, correction_id: uuid.UUID | None = None) -> uuid.UUID:
    """The member asks, or an officer for one without a phone; the caller has authorized it. Answers the request's id.

    Raises Conflict, Invalid with the fields that are wrong.

    `correction_id` is the id that the form was given when it was opened: sent twice it makes no second request.
    """
    row = locked(record_id)
    if correction_id is not None and _is_there(correction_id, record_id):
        return correction_id
    locked(record_id, version)
    if row.status not in VERIFIED:
        raise Conflict(_("只有社区已经查验的记录才需要申请更正。"))
    if _open(record_id) is not None:
        raise Conflict(_("这条记录已有一个更正申请，请等社区答复，或先收回再申请。"))
    _check(row, given)
    made = RecordCorrection(id=correction_id or new_id(), record_id=record_id, reason=given.reason.strip()[:LONGEST], asked_by=by,
                            created_at=now(), **_wanted(given))
    session().add(made)
    session().flush()
    audit.record("correction.requested", "service_record", record_id, {"fields": changes(row, made)})
    return made.id


def take_back(record_id: uuid.UUID) -> None:
    """The member no longer asks. Raises Conflict when the community has answered meanwhile."""
    locked(record_id)
    _decide(_pending(record_id, None), "taken_back", by=None)
    audit.record("correction.taken_back", "service_record", record_id)


def refuse(record_id: uuid.UUID, correction_id: uuid.UUID | None, answer: str, *, by: uuid.UUID) -> None:
    """The community leaves the record as it is and says why; `correction_id`: the request that was read. Raises Conflict, Invalid."""
    locked(record_id)
    row = _pending(record_id, correction_id)
    if len(answer.strip()) < 2:
        raise Invalid(_("请写明不予更正的原因，党员会看到。"), {"answer": [_("请填写")]})
    row.answer = answer.strip()[:LONGEST]
    _decide(row, "refused", by=by)
    audit.record("correction.refused", "service_record", record_id)


def accept(record_id: uuid.UUID, correction_id: uuid.UUID | None, *, by: uuid.UUID) -> uuid.UUID:
    """The community puts the record right. Answers the id under which it stands from now on. Raises Conflict, and Forbidden for the officer
    who has written the request himself while the community has somebody else.

    A record that is only verified is changed. One that counts is withdrawn and a corrected one counts in its place, so that plugins, which
    keep to a record by its id, reverse what they made of the old one and enter the new one, in whatever order they come to hear of it.
    """
    row = locked(record_id)
    wanted = _pending(record_id, correction_id)
    if row.status not in VERIFIED:
        raise Conflict(_("这条记录已经撤回或退回，不能更正。"))
    if wanted.asked_by == by and another_officer(row.community_id, {by}, row.member_id):
        raise Forbidden(_("这个申请由您代写，请由社区的其他经办人办理。"))
    fields = changes(row, wanted)
    _decide(wanted, "accepted", by=by)
    if row.status == "verified":
        _apply(row, wanted)
        row.version += 1
        audit.record("correction.accepted", "service_record", record_id, {"fields": fields})
        return record_id
    made = _replace(row, wanted)
    audit.record("correction.accepted", "service_record", record_id, {"fields": fields, "replaced_by": made.id})
    audit.record("record.corrected", "service_record", made.id, {"replaces": record_id})
    tell("record_withdrawn", record=fact(row))
    tell("record_counted", record=fact(made))
    return made.id


def changes(record: Any, wanted: Any) -> list[str]:
    """The names of the fields in which two differ, in the order of the form."""
    return [name for name in FIELDS if getattr(record, name) != getattr(wanted, name)]


def _replace(row: ServiceRecord, wanted: RecordCorrection) -> ServiceRecord:
    """A new record that counts in the old one's place, with its evaluation and its call-back."""
    ring, identity = keyring.for_tenant(tenant_id()), new_id()
    kept = ("member_id", "community_id", "unit_id", "kind", "title", "place", "happened_on", "minutes", "started_at", "outside_hours", "collective",
            "hours_source", "recipient_kind", "recipient_group", "claim_id", "status", "entered_by", "verified_by", "verified_on", "counted_on", "rating",
            "waived", "created_at")
    recipient = ring.decrypt("service_record", "recipient", row.id, row.recipient)
    made = ServiceRecord(id=identity, replaces_id=row.id, version=row.version + 1, recipient=ring.encrypt(
        "service_record", "recipient", identity, recipient), **{name: getattr(row, name) for name in kept})
    _apply(made, wanted)
    row.status, row.counted_on = "corrected", None
    row.version += 1
    session().add(made)
    session().flush()
    for model in (Evaluation, RecordCallback):
        session().execute(update(model).where(model.tenant_id == tenant_id(), model.record_id == row.id).values(record_id=identity))
    session().execute(delete(EvaluationCode).where(EvaluationCode.tenant_id == tenant_id(), EvaluationCode.record_id == row.id))
    return made


def _apply(row: ServiceRecord, wanted: RecordCorrection) -> None:
    if row.minutes != wanted.minutes:
        row.hours_source = "officer"  # hours that an officer has put right
    for name in FIELDS:
        setattr(row, name, getattr(wanted, name))
    row.outside_hours = outside_hours(row.happened_on, row.started_at, effective("service", row.community_id))


def _pending(record_id: uuid.UUID, correction_id: uuid.UUID | None) -> RecordCorrection:
    row = _open(record_id)
    if row is None or correction_id not in (None, row.id):
        raise Conflict(_("这个更正申请已经办理或收回，请刷新页面查看最新状态。"))
    return row


def _open(record_id: uuid.UUID) -> RecordCorrection | None:
    # The record's row is locked, so nobody else decides at the same moment.
    return session().scalar(select(RecordCorrection).where(
        RecordCorrection.tenant_id == tenant_id(), RecordCorrection.record_id == record_id, RecordCorrection.status == "open")
        .execution_options(populate_existing=True))


def _decide(row: RecordCorrection, status: str, *, by: uuid.UUID | None) -> None:
    row.status, row.decided_by, row.decided_on = status, by, today()
    session().flush()


def _is_there(correction_id: uuid.UUID, record_id: uuid.UUID) -> bool:
    known = session().scalar(select(RecordCorrection.record_id).where(
        RecordCorrection.tenant_id == tenant_id(), RecordCorrection.id == correction_id))
    if known is not None and known != record_id:
        raise Conflict(_("这张表单已经用过，请重新打开后再填写。"))
    return known is not None


def _wanted(given: CorrectionInput) -> dict[str, Any]:
    return {"happened_on": given.happened_on, "minutes": given.minutes, "title": given.title.strip(), "kind": given.kind,
            "place": (given.place or "").strip() or None}


def _check(row: ServiceRecord, given: CorrectionInput) -> None:
    values, wrong = effective("service", row.community_id), dict[str, list[str]]()
    latest = row.verified_on or today()
    earliest = row.created_at.astimezone(LOCAL).date() - dt.timedelta(days=values["backdate_days"])
    if given.kind not in {*values["kinds"], row.kind}:
        wrong["kind"] = [_("请从列表中选择")]
    if not 2 <= len(given.title.strip()) <= 100:
        wrong["title"] = [_("请用 2 至 100 个字写明做了什么")]
    if len((given.place or "").strip()) > 60:
        wrong["place"] = [_("最多 60 个字")]
    if given.happened_on != row.happened_on and not earliest <= given.happened_on <= latest:
        wrong["happened_on"] = [_("请填 %(first)s 至 %(last)s 之间的日期", first=earliest, last=latest)]
    if given.minutes != row.minutes and (problem := check_minutes(given.minutes, row.community_id)):
        wrong["minutes"] = [problem]
    if not 2 <= len(given.reason.strip()) <= LONGEST:
        wrong["reason"] = [_("请用 2 至 300 个字写明原因")]
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)
    if not [name for name, value in _wanted(given).items() if getattr(row, name) != value]:
        raise Invalid(_("还没有改动任何内容。请先改正有误的地方，再提交申请。"))
