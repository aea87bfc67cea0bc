"""Wishes of members about their own data, from the asking to the answer, with a due date and two different people (PIPL 44 to 50)."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core import audit
from core.access.actor import Actor, GrantFact
from core.db import new_id
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.i18n import LazyString, _, _l
from core.members.models import Member
from core.members.reach import within_reach
from core.members.rights_models import CHANNELS, KINDS, DataRequest
from core.organizations.models import Organization
from core.privacy.keyring import for_tenant
from core.tenancy import session, today
from core.tenancy.scope import tenant_id

DAYS = 15  # "promptly" says the law (article 45) and no number; this is shown to the person
LONGEST = 500
PAGE = 50
KIND_TITLES: dict[str, LazyString] = {"access": _l("查阅、复制"), "correction": _l("更正"), "deletion": _l("删除")}
STATE_TITLES: dict[str, LazyString] = {"open": _l("待办理"), "done": _l("已办结"), "refused": _l("未同意"), "taken_back": _l("已撤回")}
CHANNEL_TITLES: dict[str, LazyString] = {"self": _l("本人手机"), "unit": _l("单位代办"), "community": _l("社区代办"), "committee": _l("组织部门代办")}
TABLE = "data_request"


class RequestRow(NamedTuple):
    """One line of the desk."""

    id: uuid.UUID
    member_id: uuid.UUID
    member: str
    unit: str | None
    kind: str
    channel: str
    state: str
    asked_on: dt.date
    due_on: dt.date
    decided_on: dt.date | None
    version: int


def ask(member_id: uuid.UUID, kind: str, channel: str, says: str, *, by: uuid.UUID | None) -> uuid.UUID:
    """Enter a wish; one of a kind is open at a time, and asking again while it is answers the same one (sent twice is once).

    Raises NotFound, Invalid for an unknown kind, or for a correction that does not say what is wrong.
    """
    if kind not in KINDS or channel not in CHANNELS:
        raise Invalid(_("请选择申请的种类。"), {"kind": [_("请选择")]})
    if kind == "correction" and len(says.strip()) < 2:
        raise Invalid(_("请写明哪一项不对、应当是什么。"), {"says": [_("请填写")]})
    if session().scalar(select(Member.id).where(Member.tenant_id == tenant_id(), Member.id == member_id, Member.status != "erased")) is None:
        raise NotFound
    identity, day = new_id(), today()
    session().execute(insert(DataRequest).values(
        tenant_id=tenant_id(), id=identity, member_id=member_id, kind=kind, channel=channel, says=_sealed("says", identity, says), asked_on=day,
        due_on=day + dt.timedelta(days=DAYS), entered_by=by, state="open", version=1).on_conflict_do_nothing())
    found = session().scalar(select(DataRequest.id).where(
        DataRequest.tenant_id == tenant_id(), DataRequest.member_id == member_id, DataRequest.kind == kind, DataRequest.state == "open"))
    if found is None:
        raise Conflict(_("刚有人办理了同样的申请。请刷新页面查看。"))
    if found == identity:
        audit.record("data_request.entered", TABLE, identity, {"kind": kind, "channel": channel, "member": member_id})
    return found


def decide(actor: Actor, request_id: uuid.UUID, version: int, *, grant: bool, answer: str) -> DataRequest:
    """Close a wish, granted or refused; what follows from a grant is the caller's. Raises NotFound, Conflict, Invalid, Forbidden.

    Nobody decides on the own wish, nor on one that the same person has entered; a refusal says why.
    """
    row = locked(request_id, version)
    if row.member_id == actor.member_id or row.entered_by == actor.account_id:
        raise Forbidden(_("自己提出或登记的申请，须由另一名经办人办理。"))
    if not grant and len(answer.strip()) < 2:
        raise Invalid(_("不同意的，请写明理由，本人会看到。"), {"answer": [_("请填写理由")]})
    row.state, row.answer = "done" if grant else "refused", _sealed("answer", row.id, answer)
    row.decided_by, row.decided_on, row.version = actor.account_id, today(), row.version + 1
    session().flush()
    audit.record(f"data_request.{row.state}", TABLE, row.id, {"kind": row.kind, "member": row.member_id})
    return row


def take_back(member_id: uuid.UUID, request_id: uuid.UUID) -> None:
    """The member no longer asks it. Raises NotFound for somebody else's, Conflict when it was decided."""
    row = locked(request_id, None)
    if row.member_id != member_id:
        raise NotFound
    row.state, row.decided_on, row.version = "taken_back", today(), row.version + 1
    audit.record("data_request.taken_back", TABLE, row.id, {"kind": row.kind})


def locked(request_id: uuid.UUID, version: int | None) -> DataRequest:
    """An open wish under its lock. Raises NotFound, Conflict."""
    row = session().scalar(select(DataRequest).where(DataRequest.tenant_id == tenant_id(), DataRequest.id == request_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.state != "open" or (version is not None and row.version != version):
        raise Conflict(_("这份申请已经办理过，请刷新页面查看。"))
    return row


def desk(grants: tuple[GrantFact, ...], *, live: bool, after: uuid.UUID | None = None) -> tuple[list[RequestRow], uuid.UUID | None]:
    """A page of wishes of members within reach, what is open by its id (the oldest first), else the newest first; and whence it goes on."""
    order = DataRequest.id if live else DataRequest.id.desc()
    query = _rows().where(within_reach(grants), DataRequest.state == "open" if live else DataRequest.state != "open").order_by(order)
    if after is not None:
        query = query.where(DataRequest.id > after if live else DataRequest.id < after)
    found = [RequestRow(*row) for row in session().execute(query.limit(PAGE + 1))]
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def request_row(request_id: uuid.UUID, grants: tuple[GrantFact, ...]) -> RequestRow:
    """One wish of a member within reach, also of an erased one. Raises NotFound."""
    row = session().execute(_rows().where(DataRequest.id == request_id, within_reach(grants))).one_or_none()
    if row is None:
        raise NotFound
    return RequestRow(*row)


def of_member(member_id: uuid.UUID) -> list[RequestRow]:
    """A member's own wishes, newest first."""
    return [RequestRow(*row) for row in session().execute(_rows().where(DataRequest.member_id == member_id).order_by(DataRequest.id.desc()))]


def words(request_id: uuid.UUID) -> tuple[str, str]:
    """What was asked and what was answered, in clear. Raises NotFound."""
    row = session().execute(select(DataRequest.says, DataRequest.answer).where(
        DataRequest.tenant_id == tenant_id(), DataRequest.id == request_id)).one_or_none()
    if row is None:
        raise NotFound
    ring = for_tenant(tenant_id())
    return ring.decrypt(TABLE, "says", request_id, row.says) or "", ring.decrypt(TABLE, "answer", request_id, row.answer) or ""


def _rows() -> Any:
    return (select(DataRequest.id, DataRequest.member_id, Member.name, Organization.name, DataRequest.kind, DataRequest.channel, DataRequest.state,
                   DataRequest.asked_on, DataRequest.due_on, DataRequest.decided_on, DataRequest.version)
            .join(Member, (Member.tenant_id == DataRequest.tenant_id) & (Member.id == DataRequest.member_id))
            .outerjoin(Organization, (Organization.tenant_id == Member.tenant_id) & (Organization.id == Member.unit_id))
            .where(DataRequest.tenant_id == tenant_id()))


def _sealed(column: str, row_id: uuid.UUID, text: str) -> bytes | None:
    return for_tenant(tenant_id()).encrypt(TABLE, column, row_id, text.strip()[:LONGEST] or None)
