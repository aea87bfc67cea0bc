"""A wrong name, ID number, category, joining day or branch put right by hand, under the rules by which the import judges them."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core import audit
from core.access import accounts
from core.access.actor import Actor
from core.errors import Conflict, Invalid
from core.i18n import _
from core.members.affiliations import locked, touch
from core.members.models import Member
from core.members.names import spellings
from core.organizations import tree
from core.privacy.keyring import for_tenant
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tenants.importing.elsewhere import Elsewhere, refuse_asking, seen
from tenants.importing.member_rows import MemberRows
from tenants.importing.one_row import CATEGORY_WORDS, refuse_faults, row
from tenants.importing.places import Places
from tenants.importing.problems import Problems
from tenants.importing.units import Units

# An import overwrites these facts, so whoever may import may correct them; a liaison may do neither.
PERMISSION = "members.import"
FIELDS = ("name", "id_number", "sex", "category", "joined_party_on", "branch")


@dataclass(frozen=True, slots=True)
class Correction:
    """The facts as they shall be. `id_number` None leaves the number; `joined` and `branch` None mean not known."""

    name: str
    category: str
    id_number: str | None = None
    joined: dt.date | None = None
    branch: str | None = None


def correct(actor: Actor, member_id: uuid.UUID, version: int, given: Correction) -> list[str]:
    """Put a member's basic facts right; answers which of FIELDS changed. The caller has authorized it.

    Raises NotFound, Conflict when another version was opened, Invalid by field, also for another member's ID number: Elsewhere
    where that member is beyond the actor's reach, TooMany after many of these.
    """
    if given.id_number:
        refuse_asking(actor)
    member = locked(member_id, version)
    ring = for_tenant(tenant_id())
    present = ring.decrypt("member", "id_number", member_id, member.id_number)
    number, wanted = _checked(given, present or "")
    changed = [field for field in FIELDS if (number != present if field == "id_number" else getattr(member, field) != wanted[field])]
    if not changed:
        return []
    wanted["pinyin"], wanted["initials"], wanted["sort_key"] = spellings([wanted["name"]])[0]
    if "id_number" in changed:
        wanted["id_number"] = ring.encrypt("member", "id_number", member_id, number)
        wanted["id_number_index"] = ring.blind("member.id_number", number)
    _write(actor, member, wanted)
    if "name" in changed:
        accounts.follow_names({member_id: wanted["name"]})
    audit.record("member.corrected", "member", member_id, {"fields": changed})
    return changed


def _checked(given: Correction, present: str) -> tuple[str, dict[str, Any]]:
    """The ID number that shall hold, and the other facts by column."""
    asked = row({"name": given.name, "id_number": given.id_number or present, "joined": given.joined,
                 "category": CATEGORY_WORDS.get(given.category, given.category), "branch": given.branch})
    who = MemberRows(asked.mapping, Units(tree.root()), Places(), Problems(), ()).people(asked)
    refuse_faults(asked)
    number = who.identities[0].number if who.identities[0] else present
    return number, {"name": who.names[0], "sex": who.sexes[0], "category": who.categories[0], "joined_party_on": who.joined[0],
                             "branch": who.branches[0]}


def _write(actor: Actor, member: Member, wanted: dict[str, Any]) -> None:
    member_id = member.id
    _refuse_taken(actor, member_id, wanted.get("id_number_index"))
    try:
        with session().begin_nested():
            for column, value in wanted.items():
                setattr(member, column, value)
            touch(member)
    except IntegrityError as error:  # somebody gives the number to another member at this very moment
        _refuse_taken(actor, member_id, wanted.get("id_number_index"))
        raise Conflict(_("这名党员刚被别人修改，请刷新页面后再办。")) from error


def _refuse_taken(actor: Actor, member_id: uuid.UUID, index: bytes | None) -> None:
    other = session().scalar(select(Member.id).where(
        Member.tenant_id == tenant_id(), Member.id_number_index == index, Member.id != member_id)) if index is not None else None
    if other is None:
        return
    said = _("另一名党员已登记了这个公民身份号码，请对照证件核对；确系同一人重复登记的，请由市（州）管理员处理。")
    kind = Invalid if seen(actor, other, "members.read", PERMISSION) else Elsewhere
    raise kind(_("有内容需要改正，请看每一项下面的提示。"), {"id_number": [said]})
