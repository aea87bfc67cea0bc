"""What is over its period goes by night: members who left long ago, old words about people; a legal hold stops it (PIPL 19, 47)."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from dateutil.relativedelta import relativedelta
from sqlalchemy import ColumnElement, func, not_, or_, select, update

from core import audit
from core.errors import Conflict
from core.extension.settings import effective
from core.i18n import LazyString, _l
from core.jobs import JobContext, handler, periodic
from core.members.models import Affiliation, Member
from core.members.rights_models import DataRequest, LegalHold
from core.service.models import Evaluation, RecordCallback, ServiceRecord
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tenants.rights.erasing import erase
from tenants.rights.settings import NAMESPACE

A_NIGHT = 200  # members; each is some thirty statements


class Rule(NamedTuple):
    """One kind of thing with a period: its setting, and its query of what is over by a day (None: never)."""

    setting: str
    title: LazyString
    due: Callable[[dt.date], Any]
    empties: tuple[str, ...] = ()


def _held(member_id: Any) -> ColumnElement[bool]:
    return not_(select(LegalHold.id).where(LegalHold.tenant_id == tenant_id(), LegalHold.member_id == member_id).exists())


def _left(day: dt.date) -> Any:
    gone = (select(func.max(Affiliation.valid_to)).where(Affiliation.tenant_id == tenant_id(), Affiliation.member_id == Member.id)
            .correlate(Member).scalar_subquery())
    return select(Member.id).where(Member.tenant_id == tenant_id(), Member.status == "left", gone < day, _held(Member.id)).order_by(Member.id)


def _about_records(model: Any, filled: ColumnElement[bool], when: Any) -> Callable[[dt.date], Any]:
    def due(day: dt.date) -> Any:
        return (select(model.id).join(ServiceRecord, (ServiceRecord.tenant_id == model.tenant_id) & (ServiceRecord.id == model.record_id))
                .where(model.tenant_id == tenant_id(), filled, when < day, _held(ServiceRecord.member_id)))
    return due


def _recipients(day: dt.date) -> Any:
    return select(ServiceRecord.id).where(ServiceRecord.tenant_id == tenant_id(), ServiceRecord.recipient.is_not(None),
                                          ServiceRecord.happened_on < day, _held(ServiceRecord.member_id))


def _requests(day: dt.date) -> Any:
    return select(DataRequest.id).where(DataRequest.tenant_id == tenant_id(), DataRequest.decided_on < day, _held(DataRequest.member_id),
                                        or_(DataRequest.says.is_not(None), DataRequest.answer.is_not(None)))


RULES: tuple[tuple[Rule, Any], ...] = (
    (Rule("left_months", _l("已离开名册的党员资料"), _left), Member),
    (Rule("words_months", _l("服务对象的评语"), _about_records(Evaluation, Evaluation.comment.is_not(None), Evaluation.evaluated_on),
          ("comment",)), Evaluation),
    (Rule("words_months", _l("回访记录的文字"), _about_records(
        RecordCallback, or_(RecordCallback.note.is_not(None), RecordCallback.finding.is_not(None)), RecordCallback.drawn_on),
        ("note", "finding")), RecordCallback),
    (Rule("recipient_months", _l("服务记录中的服务对象姓名"), _recipients, ("recipient",)), ServiceRecord),
    (Rule("request_months", _l("个人信息申请的文字"), _requests, ("says", "answer")), DataRequest),
)


class Outlook(NamedTuple):
    """What a rule will do: its period in months (0: never), and how many things go tonight and within the next 90 days."""

    title: str
    setting: str
    months: int
    tonight: int
    soon: int


def outlook() -> list[Outlook]:
    """Every rule with what it will take, for the administrator; two counts a rule."""
    values = effective(NAMESPACE)
    found = []
    for rule, _model in RULES:
        months = values[rule.setting]
        counts = [_count(rule, months, today() + dt.timedelta(days=days)) if months else 0 for days in (0, 90)]
        found.append(Outlook(str(rule.title), rule.setting, months, counts[0], counts[1] - counts[0]))
    return found


def leaving(limit: int = 100) -> list[tuple[uuid.UUID, str]]:
    """The members who will be erased within 90 days, for the page: id and name."""
    months = effective(NAMESPACE)["left_months"]
    if not months:
        return []
    due = _left(today() + dt.timedelta(days=90) - relativedelta(months=months)).limit(limit).subquery()
    return [(row.id, row.name) for row in session().execute(
        select(Member.id, Member.name).where(Member.tenant_id == tenant_id(), Member.id.in_(select(due.c.id))).order_by(Member.sort_key))]


@handler("privacy.retention", label=_l("清理到期的个人信息"))
def clean(_job: JobContext) -> dict[str, Any]:
    """Erase and empty what is over its period; answers how many of each. Whom the erasure refuses, as an officer, is left."""
    values, done = effective(NAMESPACE), {}
    for rule, model in RULES:
        if months := values[rule.setting]:
            day = today() - relativedelta(months=months)
            key = "_".join((rule.setting, *rule.empties))
            done[key] = _empty(rule, model, day) if rule.empties else _erase(rule, day)
    if any(done.values()):
        audit.record("retention.cleaned", "tenant", None, done)
    return done


def _count(rule: Rule, months: int, on: dt.date) -> int:
    return session().scalar(select(func.count()).select_from(rule.due(on - relativedelta(months=months)).subquery())) or 0


def _erase(rule: Rule, day: dt.date) -> int:
    done = 0
    for member_id in session().scalars(rule.due(day).limit(A_NIGHT)).all():
        with suppress(Conflict), session().begin_nested():
            erase(member_id, "retention")
            done += 1
    return done


def _empty(rule: Rule, model: Any, day: dt.date) -> int:
    due = rule.due(day).subquery()
    return len(session().execute(update(model).where(model.tenant_id == tenant_id(), model.id.in_(select(due.c.id)))
                                 .values(dict.fromkeys(rule.empties)).returning(model.id).execution_options(synchronize_session=False)).all())


periodic("privacy.retention", at="02:20")
