"""One member entered by hand: a batch of one row through the import's check, comparison and writing."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.exc import IntegrityError

from core import audit
from core.access.actor import Actor
from core.errors import Invalid, NotFound
from core.i18n import _
from core.members.identity import parse_id_number
from core.members.models import Affiliation, Member
from core.organizations import tree
from core.privacy.keyring import for_tenant
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tenants.importing.elsewhere import Elsewhere, refuse_asking, seen, sentence
from tenants.importing.matching import Match, match
from tenants.importing.member_rows import Batch, MemberFacts, MemberRows
from tenants.importing.one_row import CATEGORY_WORDS, refuse_faults, row
from tenants.importing.places import Place, Places
from tenants.importing.problems import Problems
from tenants.importing.units import Unit, Units, within
from tenants.importing.writing import prepare, terms, write_batch

PERMISSION = "members.write"
How = Literal["new", "restored", "same", "known"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a form or a program says of one member. `day` is the day from which the member belongs to the unit.

    `category` is full or probationary; `skills` and `preferences` are lists in one text, as in a file. Without a unit or a
    residence nobody is entered: they may be None so that all that is wrong can be told at once.
    """

    name: str
    id_number: str
    category: str
    unit_id: uuid.UUID | None
    residence_id: uuid.UUID | None
    day: dt.date
    workplace_id: uuid.UUID | None = None
    phone: str | None = None
    joined: dt.date | None = None
    branch: str | None = None
    position: str | None = None
    address: str | None = None
    skills: str | None = None
    preferences: str | None = None


class Entered(NamedTuple):
    """The member, and what was done: `new` and `restored` were written; `same` is there already with just these facts, as
    after a form that was sent twice; `known` is there with other facts, and nothing was changed.
    """

    member_id: uuid.UUID
    how: How


def enter(actor: Actor, entry: Entry) -> Entered:
    """Take one member into the register, or back into it, and open the obligation that follows (三.2).

    Raises Invalid by field: for what an import would refuse, a unit out of the actor's reach and a day that cannot be;
    Elsewhere, which is one, where the answer tells of a person beyond reach; TooMany after many of these.
    """
    refuse_asking(actor)
    paths = actor.paths(PERMISSION)
    facts, batch = _checked(entry, paths)
    try:
        with session().begin_nested():
            return _entered(actor, facts, batch, paths, entry.day)
    except IntegrityError:  # the same person is entered twice at once: the other one has written by now
        return _entered(actor, facts, batch, paths, entry.day)


def check(actor: Actor, entry: Entry) -> None:
    """Judge an entry without writing or looking whether the person is there. Raises Invalid by field, as `enter`."""
    _checked(entry, actor.paths(PERMISSION))


def _checked(entry: Entry, paths: Sequence[str]) -> tuple[MemberFacts, Batch]:
    units, places = Units(tree.root()), Places()
    unit, home, work = _unit(entry.unit_id, paths), _place(entry.residence_id), _place(entry.workplace_id)
    if unit is not None:
        units.know(unit)
    places.by_code |= {place.code: place for place in (home, work) if place is not None}
    asked = row({
        "name": entry.name, "id_number": entry.id_number, "phone": entry.phone, "joined": entry.joined,
        "category": CATEGORY_WORDS.get(entry.category, entry.category), "branch": entry.branch, "position": entry.position,
        "skills": entry.skills, "preferences": entry.preferences, "address": entry.address, "unit": unit.name if unit else None,
        "residence_code": home.code if home else None, "workplace_code": work.code if work else None})
    good, batch = MemberRows(asked.mapping, units, places, Problems(), paths).check(asked.lines, asked.cells)
    refuse_faults(batch, _strange(entry, unit, home, work))
    born = parse_id_number(good[0].id_number).birth_date
    if not born <= entry.day <= today():
        raise _refused("day", _("不能晚于今天") if entry.day > today() else _("早于本人的出生日期，请核对年份。"))
    return good[0], batch


def _strange(entry: Entry, unit: Unit | None, home: Place | None, work: Place | None) -> dict[str, list[str]]:
    """What is said of ids that name nothing of the kind here: the same whether it is absent or beyond reach."""
    pairs = (("unit_id", entry.unit_id, unit), ("residence_id", entry.residence_id, home), ("workplace_id", entry.workplace_id, work))
    return {field: [_("请选择您管理的一个单位。") if field == "unit_id" else _("请从查到的社区中选择一个。")]
            for field, asked, known in pairs if asked is not None and known is None}


def _entered(actor: Actor, facts: MemberFacts, batch: Batch, paths: Sequence[str], day: dt.date) -> Entered:
    matches = match([facts], batch, paths)
    left = [one for one in matches.changed if one.known.status != "active"]
    if not matches.new and not left:
        return _already_there(actor, facts, batch, same=bool(matches.unchanged))
    for one in left:
        _check_return(one, day)
    prepared = prepare(matches, terms(day, "values", "form"))
    write_batch(prepared)
    member_id = left[0].known.id if left else prepared.new.columns["id"][0]
    audit.record("member.restored" if left else "member.entered", "member", member_id, {"unit": facts.unit.id, "day": day})
    return Entered(member_id, "restored" if left else "new")


def _already_there(actor: Actor, facts: MemberFacts, batch: Batch, *, same: bool) -> Entered:
    """Where the member stands in the actor's reach by any tie, say so; else say what an import says, and no more."""
    index = for_tenant(tenant_id()).blind("member.id_number", facts.id_number)
    known = session().execute(select(Member.id, Member.status).where(
        Member.tenant_id == tenant_id(), Member.id_number_index == index)).one_or_none()
    if known is not None and known.status == "active" and _seen(actor, known.id):
        return Entered(known.id, "same" if same else "known")
    try:
        refuse_faults(batch)
    except Invalid as error:
        if all(_seen(actor, twin) for twin in _twins(facts)):
            raise
        raise Elsewhere(error.message, error.fields) from None
    raise Elsewhere(_("有内容需要改正，请看每一项下面的提示。"), {"id_number": [sentence()]})


def _twins(facts: MemberFacts) -> Sequence[uuid.UUID]:
    """Who has the same name and phone, and the number itself, wherever they are."""
    ring = for_tenant(tenant_id())
    number, phone = ring.blind("member.id_number", facts.id_number), ring.blind("member.phone", facts.phone or "")
    return session().scalars(select(Member.id).where(
        Member.tenant_id == tenant_id(),
        or_(Member.id_number_index == number, and_(Member.phone_index == phone, Member.name == facts.name)))).all()


def _seen(actor: Actor, member_id: uuid.UUID) -> bool:
    return seen(actor, member_id, "members.read", PERMISSION)


def _check_return(one: Match, day: dt.date) -> None:
    """Whoever comes back does so on the day of leaving at the earliest, or the history would overlap."""
    left_on = session().scalar(select(func.max(Affiliation.valid_to)).where(
        Affiliation.tenant_id == tenant_id(), Affiliation.member_id == one.known.id))
    if left_on is not None and day < left_on:
        raise _refused("day", _("此人曾在名册中，{day} 离开；不能早于这一天。").format(day=left_on.isoformat()))


def _unit(unit_id: uuid.UUID | None, paths: Sequence[str]) -> Unit | None:
    fact = _organization(unit_id, "unit")
    if fact is None or not within(fact.path, paths):
        return None
    return Unit(fact.id, fact.code, fact.name, None, fact.unit_type or "", None, None, fact.path)


def _place(community_id: uuid.UUID | None) -> Place | None:
    fact = _organization(community_id, "community")
    return Place(fact.id, fact.code, fact.name, fact.path, "") if fact else None


def _organization(organization_id: uuid.UUID | None, kind: str) -> tree.OrganizationFact | None:
    try:
        fact = tree.get(organization_id) if organization_id else None
    except NotFound:
        return None
    return fact if fact is not None and fact.kind == kind and fact.active else None


def _refused(field: str, message: str) -> Invalid:
    return Invalid(_("有内容需要改正，请看每一项下面的提示。"), {field: [message]})
