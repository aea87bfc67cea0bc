"""The recipient's judgement (R78, D11): by one-time code, paper slip, home visit, or waived; only then a record counts."""
from __future__ import annotations

import datetime as dt
import hmac
import secrets
import uuid
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from core import audit
from core.db import new_id
from core.errors import Conflict, Invalid, NotFound
from core.extension.dispatch import tell
from core.extension.settings import effective
from core.i18n import _
from core.privacy import keyring
from core.residents.codes import DIGITS, normalise
from core.service import callbacks
from core.service.models import RATINGS, Evaluation, EvaluationCode, ServiceRecord
from core.service.records import fact, locked, not_ones_own, verify
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id


@dataclass(frozen=True, slots=True)
class CodeTarget:
    """What a recipient sees of the record behind a code: enough to recognise the service, no name of anybody."""

    record_id: uuid.UUID
    title: str
    kind: str
    happened_on: dt.date
    minutes: int
    community_id: uuid.UUID


def issue_code(record_id: uuid.UUID) -> str:
    """A fresh code of twelve digits for a verified record, shown once; an earlier one is void. Raises Conflict."""
    row = locked(record_id)
    if row.status != "verified":
        raise Conflict(_("只有已查验、还没有评价的记录才能打印评价码。"))
    code = "".join(secrets.choice("0123456789") for _digit in range(DIGITS))
    session().execute(delete(EvaluationCode).where(EvaluationCode.tenant_id == tenant_id(), EvaluationCode.record_id == record_id))
    session().add(EvaluationCode(record_id=record_id, code_hash=_hash(code), issued_at=now(),
                                 expires_at=now() + dt.timedelta(days=effective("service", row.community_id)["code_days"])))
    audit.record("evaluation.code_issued", "service_record", record_id)
    return code


def find_code(code: str) -> CodeTarget:
    """The record behind a live code. Raises NotFound for an unknown, used or expired one: all look alike."""
    row = session().execute(
        select(ServiceRecord.id, ServiceRecord.title, ServiceRecord.kind, ServiceRecord.happened_on, ServiceRecord.minutes,
               ServiceRecord.community_id)
        .join(EvaluationCode, (EvaluationCode.tenant_id == ServiceRecord.tenant_id) & (EvaluationCode.record_id == ServiceRecord.id))
        .where(ServiceRecord.tenant_id == tenant_id(), EvaluationCode.code_hash == _hash(normalise(code)),
               EvaluationCode.used_at.is_(None), EvaluationCode.expires_at > now(), ServiceRecord.status == "verified")).one_or_none()
    if row is None:
        raise NotFound(_("评价码不对，或已经用过、过期。请核对纸条上的 12 位数字；如仍不行，请联系社区。"))
    return CodeTarget(*row)


def evaluate_by_code(code: str, rating: str, comment: str | None = None) -> None:
    """The recipient judges with the code, which is used up. Raises NotFound, Invalid."""
    if rating not in RATINGS:
        raise _no_rating()
    locked(find_code(code).record_id)
    target = find_code(code)  # once more under the record's lock: somebody else may just have used or renewed the code
    session().execute(update(EvaluationCode).where(EvaluationCode.tenant_id == tenant_id(), EvaluationCode.record_id == target.record_id)
                      .values(used_at=now()))
    _count(target.record_id, "code", rating, comment, today(), keyed_by=None)


def key_in(record_id: uuid.UUID, channel: str, rating: str, comment: str | None, evaluated_on: dt.date, *, by: uuid.UUID) -> None:
    """An officer keys in a paper slip or the note of a home visit. Raises Conflict, Invalid."""
    if channel not in {"paper", "visit"}:
        raise Invalid(_("请选择纸质评价单或入户回访。"), {"channel": [_("请选择")]})
    _check_day(record_id, evaluated_on)
    _count(record_id, channel, rating, comment, evaluated_on, keyed_by=by)


def key_in_code(code: str, rating: str, comment: str | None, evaluated_on: dt.date, *, by: uuid.UUID) -> None:
    """The same for a slip that lies in a stack, by its code, which is used up; the caller has authorized its record (`find_code`)."""
    target = find_code(code)
    key_in(target.record_id, "paper", rating, comment, evaluated_on, by=by)
    session().execute(update(EvaluationCode).where(EvaluationCode.tenant_id == tenant_id(), EvaluationCode.record_id == target.record_id)
                      .values(used_at=now()))


def count_directly(record_id: uuid.UUID, channel: str, rating: str, comment: str | None, on: dt.date, *, by: uuid.UUID) -> None:
    """Verify a record, where that is still to be done, and let it count in the same transaction; for core's own rooms, which have let the
    recipient judge on their pages ("code"), on paper or on a visit.

    `on`: the day of the judgement, `by`: the account that vouches for it, never the member's own. The caller has authorized it.
    Raises NotFound, Forbidden for one's own record, Conflict when the record is neither submitted nor verified, Invalid.
    """
    if channel not in {"code", "paper", "visit"}:
        raise Invalid(_("请选择评价是怎样得到的。"), {"channel": [_("请选择")]})
    if rating not in RATINGS:
        raise _no_rating()
    _check_day(record_id, on)
    row = locked(record_id)
    not_ones_own(row, by)
    if row.status == "submitted":
        verify(record_id, row.version, by=by)
    _count(record_id, channel, rating, comment, on, keyed_by=None if channel == "code" else by)


def waive(record_id: uuid.UUID, reason: str, *, by: uuid.UUID) -> None:
    """Let public-area work count without a recipient, where the tenant's setting allows it. Raises Conflict, Invalid."""
    row = locked(record_id)
    if not effective("service", row.community_id)["public_waiver"] or row.recipient_kind != "public":
        raise Conflict(_("这条记录需要服务对象评价，不能免评。"))
    if len(reason.strip()) < 4:
        raise Invalid(_("请写明免评价的理由。"), {"reason": [_("请填写理由")]})
    # Of public work the reason names nobody; it stands in the log, since nobody else vouches for it.
    audit.record("evaluation.waived", "service_record", record_id, {"reason": reason.strip()[:300]})
    _count(record_id, "waiver", "satisfied", reason, today(), keyed_by=by)


def waiver_reason(record_id: uuid.UUID) -> str | None:
    """Why a record counts without a recipient's judgement; None where somebody has judged, or nobody yet."""
    row = session().execute(select(Evaluation.id, Evaluation.comment).where(
        Evaluation.tenant_id == tenant_id(), Evaluation.record_id == record_id, Evaluation.channel == "waiver")).one_or_none()
    return keyring.for_tenant(tenant_id()).decrypt("evaluation", "comment", row.id, row.comment) if row else None


def _count(record_id: uuid.UUID, channel: str, rating: str, comment: str | None, on: dt.date, *, keyed_by: uuid.UUID | None) -> None:
    if rating not in RATINGS:
        raise _no_rating()
    row = locked(record_id)
    if row.status != "verified":
        raise Conflict(_("这条记录还没有查验，或已经评价过。"))
    evaluation_id = new_id()
    text = (comment or "").strip()[:500] or None
    sealed = keyring.for_tenant(tenant_id()).encrypt("evaluation", "comment", evaluation_id, text)
    session().add(Evaluation(id=evaluation_id, record_id=record_id, channel=channel, rating=rating, comment=sealed, evaluated_on=on,
                             keyed_by=keyed_by, created_at=now()))
    row.status, row.counted_on, row.rating, row.waived = "counted", today(), rating, channel == "waiver"
    row.version += 1
    session().flush()
    audit.record("record.counted", "service_record", record_id, {"channel": channel})
    if channel in callbacks.DRAWN:
        callbacks.draw(record_id, evaluation_id, row.community_id)
    tell("record_counted", record=fact(row))


def _check_day(record_id: uuid.UUID, evaluated_on: dt.date) -> None:
    if evaluated_on > today():
        raise Invalid(_("评价日期还没有到。"), {"evaluated_on": [_("日期还没有到")]})
    if evaluated_on < locked(record_id).happened_on:
        raise Invalid(_("评价日期早于服务日期，请核对。"), {"evaluated_on": [_("早于服务日期")]})


def _no_rating() -> Invalid:
    return Invalid(_("请选择满意、基本满意或不满意。"), {"rating": [_("请选择")]})


def _hash(code: str) -> bytes:
    key = keyring.for_tenant(tenant_id()).derived("evaluation code")
    return hmac.digest(key, code.encode(), "sha256")[:16]
