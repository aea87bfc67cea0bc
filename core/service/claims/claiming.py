"""Claiming a matter, waiting for a place, and giving it up (R30, R38, R7): the matter's row is the lock for its places."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import NamedTuple

from sqlalchemy import select

from core import audit
from core.db import new_id
from core.errors import Conflict, Invalid, NotFound
from core.extension.activation import is_enabled
from core.extension.dispatch import tell
from core.i18n import _
from core.members.models import Member
from core.service.claims.matters import locked as locked_matter
from core.service.claims.models import LIVE, Claim, Matter
from core.service.claims.waiting import fact, move_up, under
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id


class Claimed(NamedTuple):
    """A claim that was made: `held` tells whether it has a place, else it waits."""

    id: uuid.UUID
    held: bool


def claim(matter_id: uuid.UUID, member_id: uuid.UUID, *, by: uuid.UUID | None, due_on: dt.date | None = None) -> Claimed:
    """Take a place of an open matter for a member, or wait for one; whoever has one already keeps it (sent twice is once).

    `due_on` is the deadline that the member sets, None: the matter's. Raises NotFound while the plugin is off or for a member who has left,
    Conflict when all places are taken, Invalid for a deadline in the past or after the matter's.
    """
    matter = open_and_locked(matter_id)
    if (found := _live(matter_id, Claim.member_id == member_id)) is not None:
        return Claimed(found.id, found.state == "held")
    unit = session().execute(select(Member.unit_id).where(Member.tenant_id == tenant_id(), Member.id == member_id,
                                                          Member.status == "active")).one_or_none()
    if unit is None:
        raise NotFound
    check_due(matter, due_on)
    return add(matter, member_id=member_id, unit_id=unit[0], due_on=due_on, by=by)


def release(claim_id: uuid.UUID, version: int | None, reason: str) -> None:
    """Give a claim up, with a reason where it held a place (R7); whoever waits longest moves up. Raises Conflict, Invalid, NotFound."""
    row, matter = locked(claim_id, version)
    held = row.state == "held"
    if held and len(reason.strip()) < 2:
        raise Invalid(_("请写明退出的原因。"), {"reason": [_("请填写")]})
    ending = [row, *under(row, LIVE)]
    for one in ending:
        end(one, "released", reason)
    if held and row.parent_id is None:
        matter.taken -= 1
    session().flush()
    if not held:
        return
    for one in ending:
        tell("claim_ended", claim=fact(one))
    if matter.state == "open" and row.parent_id is None:
        move_up(matter)


def open_and_locked(matter_id: uuid.UUID) -> Matter:
    """An open matter of a working plugin, under its lock. Raises NotFound, Conflict."""
    matter = locked_matter(matter_id)
    if not is_enabled(matter.source):
        raise NotFound
    if matter.state != "open":
        raise Conflict(_("这件事已经关闭，不能再认领。"))
    return matter


def add(matter: Matter, *, member_id: uuid.UUID | None, unit_id: uuid.UUID | None, due_on: dt.date | None, by: uuid.UUID | None,
        parent: Claim | None = None) -> Claimed:
    """Write a claim on a locked matter; under a unit's claim it takes no place of its own, and waits as long as that does.

    Raises Conflict when there is no place.
    """
    held = matter.taken < matter.places if parent is None else parent.state == "held"
    if parent is None and not held and not matter.waits:
        raise Conflict(_("名额已满，刚被别人认领了。请看看其他事项。"))
    row = Claim(id=new_id(), matter_id=matter.id, source=matter.source, community_id=matter.community_id, member_id=member_id,
                unit_id=unit_id, parent_id=parent.id if parent else None, state="held" if held else "waiting", claimed_on=today(),
                due_on=due_on or matter.due_on, ended_on=None, reason=None, claimed_by=by, version=1, created_at=now())
    session().add(row)
    if held and parent is None:
        matter.taken += 1
    session().flush()
    audit.record("claim.taken" if held else "claim.waiting", "claim", row.id, {"source": matter.source})
    if held:
        tell("claim_taken", claim=fact(row))
    return Claimed(row.id, held)


def locked(claim_id: uuid.UUID, version: int | None = None) -> tuple[Claim, Matter]:
    """A live claim and its matter, the matter locked first as everywhere. Raises NotFound; Conflict for one that changed or has ended."""
    matter_id = session().scalar(select(Claim.matter_id).where(Claim.tenant_id == tenant_id(), Claim.id == claim_id))
    if matter_id is None:
        raise NotFound
    matter = locked_matter(matter_id)
    row = session().scalars(select(Claim).where(Claim.tenant_id == tenant_id(), Claim.id == claim_id)
                            .execution_options(populate_existing=True)).one_or_none()
    if row is None:  # erased with its member while we waited for the lock
        raise NotFound
    if row.state not in LIVE:
        raise Conflict(_("这次认领已经办结或退出，请刷新页面查看最新状态。"))
    if version is not None and row.version != version:
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    return row, matter


def end(row: Claim, state: str, reason: str = "") -> None:
    """End a claim of a locked matter and note it; its place is the caller's."""
    row.state, row.ended_on, row.reason = state, today(), reason.strip()[:300] or None
    row.version += 1
    audit.record(f"claim.{state}", "claim", row.id, {"source": row.source})


def check_due(matter: Matter, due_on: dt.date | None) -> None:
    """Raise Invalid for a deadline that has passed or lies after the matter's."""
    if due_on is None:
        return
    if due_on < today():
        raise Invalid(_("完成期限已经过了，请重新选择。"), {"due_on": [_("早于今天")]})
    if matter.due_on is not None and due_on > matter.due_on:
        raise Invalid(_("完成期限不能晚于 %(day)s。", day=matter.due_on.isoformat()), {"due_on": [_("太晚了")]})


def _live(matter_id: uuid.UUID, which: object) -> Claim | None:
    return session().scalars(select(Claim).where(Claim.tenant_id == tenant_id(), Claim.matter_id == matter_id, Claim.state.in_(LIVE),
                                                 which)).one_or_none()  # type: ignore[arg-type]
