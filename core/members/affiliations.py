"""Where a member belongs: dated rows that are closed and opened, never rewritten, so that the history stays."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import select

from core import audit
from core.errors import Conflict, Invalid, NotFound
from core.i18n import _
from core.members.models import AFFILIATIONS, Affiliation, Member
from core.organizations import tree
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id

COLUMNS = {"unit": "unit_id", "residence": "residence_id", "workplace": "workplace_id"}
ORGANIZATION_KINDS = {"unit": "unit", "residence": "community", "workplace": "community"}


@dataclass(frozen=True, slots=True)
class AffiliationChange:
    """A member began to belong somewhere else on `day`, which opens a duty to report in (三.2).

    `kind` is unit, residence or workplace. `old_organization_id` is None for a new member and for a first entry;
    `is_new_member` tells the two apart.
    """

    member_id: uuid.UUID
    kind: str
    old_organization_id: uuid.UUID | None
    new_organization_id: uuid.UUID | None
    day: dt.date
    is_new_member: bool
    joined_party_on: dt.date | None


def enter(member: Member, day: dt.date, source: str) -> list[AffiliationChange]:
    """Open the affiliations that a new, flushed member's columns name; `source` is form, import or move."""
    changes = []
    for kind in AFFILIATIONS:
        organization_id = getattr(member, COLUMNS[kind])
        if organization_id is not None:
            session().add(Affiliation(member_id=member.id, organization_id=organization_id, kind=kind, valid_from=day,
                                      source=source))
            changes.append(AffiliationChange(member.id, kind, None, organization_id, day, True, member.joined_party_on))
    return changes


def move(member_id: uuid.UUID, kind: str, organization_id: uuid.UUID, day: dt.date, *, version: int | None = None,
         source: str = "move") -> AffiliationChange | None:
    """Let a member belong to another unit or community from `day` on; None when nothing changes.

    Raises NotFound, Conflict when the member is no longer at `version`, Invalid for a day in the future or before the
    present affiliation began, and for an organization of the wrong kind.
    """
    member = locked(member_id, version)
    target = tree.get(organization_id)
    if kind not in COLUMNS or target.kind != ORGANIZATION_KINDS[kind] or not target.active:
        raise Invalid(_("请选择正确的单位或社区。"), {"organization_id": [_("请重新选择")]})
    old = getattr(member, COLUMNS[kind])
    if old == organization_id:
        return None
    _close(member_id, kind, day)
    session().add(Affiliation(member_id=member_id, organization_id=organization_id, kind=kind, valid_from=day, source=source))
    setattr(member, COLUMNS[kind], organization_id)
    touch(member)
    session().flush()
    audit.record("member.moved", "member", member_id, {"kind": kind, "organization": organization_id, "day": day})
    return AffiliationChange(member_id, kind, old, organization_id, day, False, member.joined_party_on)


def leave(member_id: uuid.UUID, day: dt.date, *, version: int | None = None) -> None:
    """A member leaves the register (transfer, retirement, death); the history stays. Raises like `move`."""
    member = locked(member_id, version)
    if member.status != "active":
        raise Conflict(_("这名党员已经离开名册，无需再次办理。"))
    for kind in AFFILIATIONS:
        _close(member_id, kind, day)
    member.status = "left"
    touch(member)
    audit.record("member.left", "member", member_id, {"day": day})


def locked(member_id: uuid.UUID, version: int | None = None) -> Member:
    """The member's row, locked until the end of the transaction. Raises NotFound, Conflict when it is at another version."""
    member = session().scalar(select(Member).where(Member.tenant_id == tenant_id(), Member.id == member_id,
                                                   Member.status != "erased").with_for_update().execution_options(populate_existing=True))
    if member is None:
        raise NotFound
    if version is not None and member.version != version:
        raise Conflict(_("这份资料刚刚被别人修改过，您的修改没有保存。请核对最新内容后重新填写。"))
    return member


def touch(member: Member) -> None:
    """Count a change, for those who hold an older version in an open form."""
    member.version += 1
    member.updated_at = now()


def _close(member_id: uuid.UUID, kind: str, day: dt.date) -> None:
    if day > today():
        raise Invalid(_("日期不能晚于今天。"), {"day": [_("不能晚于今天")]})
    current = session().scalar(select(Affiliation).where(
        Affiliation.tenant_id == tenant_id(), Affiliation.member_id == member_id, Affiliation.kind == kind,
        Affiliation.valid_to.is_(None)))
    if current is None:
        return
    if day < current.valid_from:
        raise Invalid(_("日期不能早于现有归属的起始日期。"), {"day": [_("不能早于 {day}").format(day=current.valid_from.isoformat())]})
    current.valid_to = day
    session().flush()  # closed first: only one affiliation of a kind may be open
