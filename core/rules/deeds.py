"""A deed's way: declared by the member or entered by an officer, approved by the level that its kind names, withdrawn when wrong (R82-R84)."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from core import audit
from core.access.actor import Actor
from core.access.authorization import Target
from core.access.roles import ADMINISTRATOR, CITY, COMMUNITY, COUNTY, LIAISON, STREET
from core.db import new_id
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.extension.dispatch import tell
from core.extension.facts import DeedFact
from core.i18n import _
from core.members.models import Member
from core.members.scope import target
from core.organizations import tree
from core.rules.kinds import rule_kinds
from core.rules.models import Deed
from core.rules.queries import packs_in_force
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id

_RANK = {COMMUNITY: 0, LIAISON: 0, STREET: 1, COUNTY: 2, ADMINISTRATOR: 3, CITY: 4}  # the city's officer does all of its work


@dataclass(frozen=True, slots=True)
class DeedInput:
    """What is written down. `quantity` is in the kind's unit; `evidence` says in words how it is known."""

    kind: str
    happened_on: dt.date
    evidence: str
    level: str | None = None
    quantity: int = 1


def deed_kinds() -> dict[str, Mapping[str, Any]]:
    """The kinds of deeds that the tenant's rules in force know, by key; one that several packs declare is theirs together."""
    found: dict[str, Mapping[str, Any]] = {}
    for kind in rule_kinds():
        for pack in packs_in_force(kind, today()):
            for one in pack.document.get("deeds", ()):
                found.setdefault(one["key"], one)
    return found


def enter(given: DeedInput, *, member_id: uuid.UUID | None = None, unit_id: uuid.UUID | None = None, by: Actor,
          deed_id: uuid.UUID | None = None) -> uuid.UUID:
    """Write a deed down; the caller has authorized it. It counts at once when whoever enters it may approve it.

    The member's own declaration always waits. `deed_id`: the id that the form was given when it was opened, so that sending it twice
    makes one. Raises NotFound, Invalid, Forbidden for a kind that only officers enter.
    """
    kind = _checked(given, for_unit=member_id is None)
    own = member_id is not None and member_id == by.member_id
    if own and not kind["self_declared"]:
        raise Forbidden
    if deed_id is not None and _is_there(deed_id, member_id, unit_id):
        return deed_id
    row = Deed(id=deed_id or new_id(), member_id=member_id, unit_id=unit_id or _unit_of(member_id), kind=given.kind,
               level=given.level or None, quantity=given.quantity, happened_on=given.happened_on, evidence=given.evidence.strip(),
               entered_by=by.account_id, created_at=now())
    session().add(row)
    session().flush()
    audit.record("deed.entered", "deed", row.id, {"kind": given.kind, "quantity": given.quantity})
    if not own and may_approve(by, given.kind, target_of(row.member_id, row.unit_id)):
        _approve(row, by)
    return row.id


def approve(deed_id: uuid.UUID, version: int, *, by: Actor) -> None:
    """Let a declared deed count. Raises NotFound, Conflict, Forbidden for a level that may not or for one's own."""
    row = locked(deed_id, version)
    if row.status != "declared":
        raise Conflict(_("这件事项已经处理过，请刷新页面查看最新状态。"))
    if not _decides(by, row) or (row.member_id is not None and row.member_id == by.member_id):
        raise Forbidden
    _approve(row, by)


def refuse(deed_id: uuid.UUID, version: int, reason: str, *, by: Actor) -> None:
    """Do not let it count, with a reason that the member reads. Raises NotFound, Conflict, Invalid, Forbidden."""
    row = locked(deed_id, version)
    if row.status != "declared":
        raise Conflict(_("这件事项已经处理过，请刷新页面查看最新状态。"))
    if not _decides(by, row):
        raise Forbidden
    _close(row, "refused", reason, by)
    audit.record("deed.refused", "deed", row.id, {"kind": row.kind})


def withdraw(deed_id: uuid.UUID, version: int | None, reason: str, *, by: Actor) -> None:
    """Take a deed back; one that counted ceases to count, and plugins are told.

    The member takes back only what is not decided yet. Raises NotFound, Conflict, Invalid, Forbidden.
    """
    row = locked(deed_id, version)
    own = row.member_id is not None and row.member_id == by.member_id
    if row.status not in {"declared", "approved"}:
        raise Conflict(_("这件事项已经处理过，请刷新页面查看最新状态。"))
    if row.status == "approved" and (own or not _decides(by, row)):
        raise Forbidden
    fact = _fact(row) if row.status == "approved" else None
    _close(row, "withdrawn", reason if fact or not own else reason or _("本人撤回"), by)
    audit.record("deed.withdrawn", "deed", row.id, {"kind": row.kind, "counted": fact is not None})
    if fact is not None:
        session().flush()
        tell("deed_withdrawn", deed=fact)


def target_of(member_id: uuid.UUID | None, unit_id: uuid.UUID | None) -> Target:
    """What `authorize` needs of a deed: the member's places, or the unit's. Raises NotFound."""
    if member_id is not None:
        return target(member_id)
    if unit_id is None:
        raise NotFound
    return Target((tree.get(unit_id).path,))


def may_approve(actor: Actor, kind: str, whose: Target) -> bool:
    """Whether the actor may approve deeds of a kind of this member or unit: a grant that reaches it is of the level that the kind
    names, or of a higher one. The permission is `authorize`'s question.
    """
    level = deed_kinds().get(kind, {}).get("approver", ADMINISTRATOR)  # of a kind that no rule knows any more, the highest decides
    needed = _RANK[level]
    return any((_RANK.get(g.role, -1) > needed or g.role == level) and any(path.startswith(g.path) for path in whose.paths)
               for g in actor.grants)


def _decides(actor: Actor, row: Deed) -> bool:
    return may_approve(actor, row.kind, target_of(row.member_id, row.unit_id))


def locked(deed_id: uuid.UUID, version: int | None = None) -> Deed:
    """The deed under a row lock. Raises NotFound; Conflict when it changed since `version` was read."""
    row = session().scalar(select(Deed).where(Deed.tenant_id == tenant_id(), Deed.id == deed_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Conflict(_("这件事项刚被别人改过。请刷新页面，核对后再提交。"))
    return row


def _approve(row: Deed, by: Actor) -> None:
    row.status, row.decided_by, row.approved_on, row.version = "approved", by.account_id, today(), row.version + 1
    session().flush()
    audit.record("deed.approved", "deed", row.id, {"kind": row.kind, "quantity": row.quantity})
    tell("deed_counted", deed=_fact(row))


def _close(row: Deed, status: str, reason: str, by: Actor) -> None:
    if not reason.strip():
        raise Invalid(_("请写明理由。"), {"reason": [_("请填写")]})
    row.status, row.reason, row.decided_by, row.version = status, reason.strip()[:300], by.account_id, row.version + 1


def _fact(row: Deed) -> DeedFact:
    return DeedFact(row.id, row.member_id, row.unit_id, row.kind, row.level, row.quantity, row.happened_on, row.approved_on or today())


def _unit_of(member_id: uuid.UUID | None) -> uuid.UUID | None:
    row = session().execute(select(Member.unit_id).where(Member.tenant_id == tenant_id(), Member.id == member_id,
                                                         Member.status == "active")).one_or_none()
    if row is None:
        raise NotFound
    unit_id: uuid.UUID | None = row[0]
    return unit_id


def _is_there(deed_id: uuid.UUID, member_id: uuid.UUID | None, unit_id: uuid.UUID | None) -> bool:
    row = session().execute(select(Deed.member_id, Deed.unit_id).where(Deed.tenant_id == tenant_id(), Deed.id == deed_id)).one_or_none()
    if row is not None and row != (member_id, unit_id if member_id is None else row.unit_id):
        raise Conflict(_("这张表单已经用过，请重新打开后再填写。"))
    return row is not None


def _checked(given: DeedInput, *, for_unit: bool) -> Mapping[str, Any]:
    kind = deed_kinds().get(given.kind)
    wrong: dict[str, list[str]] = {}
    if kind is None or (for_unit and not kind["for_units"]):
        raise Invalid(_("有几处需要改正，请看标红的项目。"), {"kind": [_("请从列表中选择")]})
    if kind["levels"] and given.level not in kind["levels"]:
        wrong["level"] = [_("请从列表中选择")]
    if not kind["levels"] and given.level:
        wrong["level"] = [_("这类事项没有级别")]
    if not 1 <= given.quantity <= 1_000_000:
        wrong["quantity"] = [_("请填 1 至 1000000 的整数")]
    if given.happened_on > today():
        wrong["happened_on"] = [_("日期还没有到")]
    if not 2 <= len(given.evidence.strip()) <= 300:
        wrong["evidence"] = [_("请用 2 至 300 个字写明依据")]
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)
    return kind
