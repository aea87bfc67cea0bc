"""What the community of the story is asked beside its lists: a correction by a member, and a call-back that the lot has drawn."""
from __future__ import annotations

import uuid

from sqlalchemy import select

from core.access.models import Account
from core.service import corrections
from core.service.corrections import CorrectionInput
from core.service.models import RecordCallback, ServiceRecord
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from web.demo.stage import Stage

HALF_HOUR = 30


def asked_again(stage: Stage, community: uuid.UUID) -> None:
    """The last counted record of the community but one is to be put right; the last one is called back on, whatever the lot said."""
    of = ServiceRecord
    last, other = session().execute(
        select(of.id, of.member_id, of.version, of.happened_on, of.minutes, of.title, of.kind, of.place)
        .where(of.tenant_id == tenant_id(), of.community_id == community, of.status == "counted")
        .order_by(of.counted_on.desc(), of.id.desc()).limit(2)).all()
    author = session().scalar(select(Account.id).where(Account.tenant_id == tenant_id(), Account.member_id == other.member_id))
    wanted = CorrectionInput(other.happened_on, other.minutes + HALF_HOUR, other.title, other.kind, other.place, "漏记了收拾工具的半小时。")
    stage.as_account(author, lambda: corrections.ask(other.id, wanted, other.version, by=author))
    drawn = session().scalar(select(RecordCallback.id).where(RecordCallback.tenant_id == tenant_id(), RecordCallback.record_id == last.id))
    if drawn is None:
        session().add(RecordCallback(record_id=last.id, drawn_on=today(), due_on=today()))
