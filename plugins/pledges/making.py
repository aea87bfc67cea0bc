"""Making pledges on claims that are held: one press for several, by the member or on paper through the officer (R37)."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, select

from core.api import (
    Conflict,
    Invalid,
    NotFound,
    _,
    audit,
    claim_rows,
    is_enabled,
    lock_matter,
    new_id,
    now,
    recipient_of,
    session,
    settings,
    tenant_id,
    today,
)
from plugins.pledges.models import Pledge
from plugins.pledges.placing import place

LONGEST = 200
USUAL_DAYS = 30
_NUMBER = re.compile(r"\d{7,}")


@dataclass(frozen=True, slots=True)
class PledgeInput:
    """What is promised on a claim, and by when."""

    claim_id: uuid.UUID
    text: str
    deadline: dt.date | None


def make(given: PledgeInput, *, by: uuid.UUID | None) -> uuid.UUID:
    """Promise on a claim that is held; answers the pledge, the one that is there already when it is sent twice.

    It is published at once where the place sets so. Raises NotFound, Conflict for a claim that has ended, Invalid.
    """
    claim = claim_of(given.claim_id)
    matter = lock_matter(claim.matter_id)
    if (found := pledge_of(given.claim_id)) is not None:
        return found
    claim = claim_of(given.claim_id)  # as it is under the lock
    if claim.state != "held":
        raise Conflict(_("这次认领还在候补，或已经办结、退出，不用再作承诺。"))
    text = checked_text(given.text, recipient_of(matter))
    row = Pledge(id=new_id(), claim_id=claim.id, matter_id=claim.matter_id, member_id=claim.member_id, unit_id=claim.unit_id,
                 community_id=claim.community_id, text=text, deadline=_deadline(given.deadline, claim.due_on), state="open", made_by=by,
                 made_on=today(), version=1, created_at=now())
    if settings("pledges", claim.community_id)["publish"] == "direct":
        row.published_on = today()
    place(row)
    session().add(row)
    session().flush()
    audit("pledges.made", "pledges_pledge", row.id, {"published": row.published_on is not None})
    return row.id


def make_many(given: Sequence[PledgeInput], *, by: uuid.UUID | None) -> list[uuid.UUID]:
    """Several at once, all or none; in one order for everybody, so that two at once do not wait for each other in a ring."""
    matters: dict[uuid.UUID, uuid.UUID] = {one.claim_id: claim_of(one.claim_id).matter_id for one in given}
    return [make(one, by=by) for one in sorted(given, key=lambda one: (matters[one.claim_id], one.claim_id))]


def usual_text(title: str, place_name: str | None) -> str:
    """What a pledge says where nobody writes anything else."""
    where = f"（{place_name}）" if place_name else ""
    return _("认真完成“%(title)s”%(where)s，按时办好，请群众监督。", title=title, where=where)[:LONGEST]


def usual_deadline(due_on: dt.date | None) -> dt.date:
    """The deadline that is proposed: the claim's, or a month from now."""
    return due_on if due_on is not None and due_on >= today() else today() + dt.timedelta(days=USUAL_DAYS)


def checked_text(text: str, recipient: str | None) -> str:
    """The text of a pledge. Raises Invalid when it is too short or long, or names the resident, a telephone or an identity number."""
    text = " ".join(text.split())
    if not 4 <= len(text) <= LONGEST:
        raise Invalid(_("请用 4 至 %(count)s 个字写明承诺什么。", count=LONGEST), {"text": [_("请改正")]})
    if _NUMBER.search(text):
        raise Invalid(_("承诺会公开，请不要写电话、证件号码。"), {"text": [_("请去掉号码")]})
    if recipient and len(recipient) > 1 and recipient in text:
        raise Invalid(_("承诺会公开，请不要写服务对象的姓名。"), {"text": [_("请去掉姓名")]})
    return text


def _deadline(given: dt.date | None, due_on: dt.date | None) -> dt.date:
    if given is None:
        raise Invalid(_("请选择完成期限。"), {"deadline": [_("请选择")]})
    if given < today():
        raise Invalid(_("完成期限已经过了，请重新选择。"), {"deadline": [_("早于今天")]})
    if due_on is not None and due_on >= today() and given > due_on:
        raise Invalid(_("完成期限不能晚于 %(day)s。", day=due_on.isoformat()), {"deadline": [_("太晚了")]})
    return given


def claim_of(claim_id: uuid.UUID) -> Row:
    """The claim as columns, of a plugin that works. Raises NotFound."""
    claims = claim_rows()
    row = session().execute(select(claims).where(claims.c.id == claim_id)).one_or_none()
    if row is None or not is_enabled(row.source):
        raise NotFound
    return row


def pledge_of(claim_id: uuid.UUID) -> uuid.UUID | None:
    """The pledge on a claim, if there is one."""
    return session().scalar(select(Pledge.id).where(Pledge.tenant_id == tenant_id(), Pledge.claim_id == claim_id))
