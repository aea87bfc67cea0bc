"""Call-backs 回访抽查: some of the records that count are drawn by lot, and another officer asks the recipient once more (R70, R78)."""
from __future__ import annotations

import datetime as dt
import hmac
import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import aliased

from core import audit
from core.access.models import Account
from core.db import new_id
from core.errors import Conflict, Forbidden, Invalid
from core.extension.settings import effective
from core.i18n import _
from core.privacy import keyring
from core.service.colleagues import another_officer
from core.service.models import MEANS, Evaluation, RecordCallback, RecordCorrection, ServiceRecord
from core.tenancy import session, today
from core.tenancy.scope import tenant_id

DRAWN = frozenset({"code", "paper"})  # whoever was visited has been asked in person already
OUTCOMES = ("confirmed", "differs", "not_reached")
AGAIN = dt.timedelta(days=3)  # somebody who was not reached is due again after so long
LONGEST = 500


@dataclass(frozen=True, slots=True)
class CallbackView:
    """A record's call-back in clear; for those who verify only. `called_by` and `settled_by` are officers' names."""

    state: str
    drawn_on: dt.date
    due_on: dt.date
    tries: int
    means: str | None
    note: str | None
    called_by: str | None
    called_on: dt.date | None
    own_hand: bool
    finding: str | None
    settled_by: str | None
    settled_on: dt.date | None


def is_drawn(evaluation_id: uuid.UUID, share: int) -> bool:
    """Whether the lot falls on an evaluation; `share` in percent. By the tenant's key and an id that only the server makes: nobody can
    foresee or steer it, and an inspection can reckon it again.
    """
    key = keyring.for_tenant(tenant_id()).derived("record callback")
    number = int.from_bytes(hmac.digest(key, evaluation_id.bytes, "sha256")[:8])
    return number * 100 < share << 64


def draw(record_id: uuid.UUID, evaluation_id: uuid.UUID, community_id: uuid.UUID) -> None:
    """Draw lots for a record that has just begun to count."""
    if is_drawn(evaluation_id, effective("service", community_id)["callback_share"]):
        row = RecordCallback(id=new_id(), record_id=record_id, drawn_on=today(), due_on=today())
        session().add(row)
        audit.record("callback.drawn", "record_callback", row.id)


def note(record_id: uuid.UUID, outcome: str, means: str, text: str, *, by: uuid.UUID) -> None:
    """What the officer heard; the caller has authorized it. Raises Conflict, Invalid, Forbidden for whoever had a hand in the record.

    Somebody who was not reached is due again after three days.
    """
    row = _locked(record_id, "open")
    _check(outcome, means, text)
    row.own_hand = _own_hand(record_id, by)
    row.means, row.called_by, row.called_on = means, by, today()
    if outcome == "not_reached":
        row.tries, row.due_on = row.tries + 1, today() + AGAIN
    else:
        row.state = outcome
    row.note = keyring.for_tenant(tenant_id()).encrypt("record_callback", "note", row.id, text.strip()[:LONGEST] or None)
    audit.record("callback.noted", "record_callback", row.id, {"outcome": outcome, "own_hand": row.own_hand})


def settle(record_id: uuid.UUID, finding: str, *, by: uuid.UUID) -> None:
    """An officer has looked into a record of which the recipient said otherwise, and leaves it standing. Raises Conflict, Invalid."""
    row = _locked(record_id, "differs")
    if len(finding.strip()) < 2:
        raise Invalid(_("请写明核对的结果。"), {"finding": [_("请填写")]})
    row.state, row.settled_by, row.settled_on = "settled", by, today()
    row.finding = keyring.for_tenant(tenant_id()).encrypt("record_callback", "finding", row.id, finding.strip()[:LONGEST])
    audit.record("callback.settled", "record_callback", row.id)


def callback_view(record_id: uuid.UUID) -> CallbackView | None:
    """The record's call-back; None when the lot did not fall on it."""
    of, caller, settler = RecordCallback, aliased(Account), aliased(Account)
    row = session().execute(
        select(of.id, of.state, of.drawn_on, of.due_on, of.tries, of.means, of.note, caller.display_name.label("caller"), of.called_on,
               of.own_hand, of.finding, settler.display_name.label("settler"), of.settled_on)
        .outerjoin(caller, (caller.tenant_id == of.tenant_id) & (caller.id == of.called_by))
        .outerjoin(settler, (settler.tenant_id == of.tenant_id) & (settler.id == of.settled_by))
        .where(of.tenant_id == tenant_id(), of.record_id == record_id)).one_or_none()
    if row is None:
        return None
    clear = {name: keyring.for_tenant(tenant_id()).decrypt("record_callback", name, row.id, getattr(row, name)) for name in ("note", "finding")}
    return CallbackView(row.state, row.drawn_on, row.due_on, row.tries, row.means, clear["note"], row.caller, row.called_on, row.own_hand,
                        clear["finding"], row.settler, row.settled_on)


def may_call(record_id: uuid.UUID, account_id: uuid.UUID) -> bool:
    """Whether this officer may call back on the record; for showing the form or saying who else must do it."""
    try:
        _own_hand(record_id, account_id)
    except Forbidden:
        return False
    return True


def _own_hand(record_id: uuid.UUID, by: uuid.UUID) -> bool:
    """Whether the caller had a hand in the record. Raises Forbidden when the community has an officer who had none."""
    row = session().execute(
        select(ServiceRecord.community_id, ServiceRecord.member_id, ServiceRecord.replaces_id, ServiceRecord.entered_by, ServiceRecord.verified_by,
               Evaluation.keyed_by)
        .outerjoin(Evaluation, (Evaluation.tenant_id == ServiceRecord.tenant_id) & (Evaluation.record_id == ServiceRecord.id))
        .where(ServiceRecord.tenant_id == tenant_id(), ServiceRecord.id == record_id)).one()
    corrected_by = session().scalars(select(RecordCorrection.decided_by).where(
        RecordCorrection.tenant_id == tenant_id(), RecordCorrection.record_id.in_([record_id, row.replaces_id or record_id]),
        RecordCorrection.status == "accepted"))
    hands = {one for one in (row.entered_by, row.verified_by, row.keyed_by, *corrected_by) if one is not None}
    if by not in hands:
        return False
    if another_officer(row.community_id, hands, row.member_id):
        raise Forbidden(_("这条记录由您录入或查验，请由社区的其他经办人回访。"))
    return True


def _locked(record_id: uuid.UUID, state: str) -> RecordCallback:
    row = session().scalar(select(RecordCallback).where(RecordCallback.tenant_id == tenant_id(), RecordCallback.record_id == record_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None or row.state != state:
        raise Conflict(_("这条回访已经办理，请刷新页面查看最新状态。"))
    return row


def _check(outcome: str, means: str, text: str) -> None:
    wrong: dict[str, list[str]] = {}
    if outcome not in OUTCOMES:
        wrong["outcome"] = [_("请选择")]
    if means not in MEANS:
        wrong["means"] = [_("请选择")]
    if outcome == "differs" and len(text.strip()) < 2:
        wrong["note"] = [_("请写明哪里不符")]
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)
