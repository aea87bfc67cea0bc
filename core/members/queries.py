"""Reads members for lists, pages and exports: columns only, keyset paging, a fixed number of queries."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Row, Select, UnaryExpression, and_, any_, bindparam, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.operators import custom_op

from core.access.actor import GrantFact
from core.access.authorization import Target
from core.errors import NotFound
from core.members.identity import tidy
from core.members.models import Affiliation, Member
from core.members.names import search_terms
from core.members.reach import BASES, COLUMNS, within_reach
from core.organizations import tree
from core.organizations.models import Organization
from core.privacy.keyring import for_tenant
from core.privacy.masking import mask_address, mask_id_number, mask_phone
from core.tenancy import hot, session
from core.tenancy.scope import tenant_id

PAGE = 50
ID_NUMBER, PHONE = 18, 11
_SEARCHED = {"name": Member.name, "pinyin": Member.pinyin, "initials": Member.initials}


@dataclass(frozen=True, slots=True)
class RosterFilter:
    """What to list. `grants` bound it (core.members.reach); the other fields narrow it, left out they do not.

    `basis` looks at one tie only, `organization_id` at one unit or community by that tie; `text` is a name, pinyin, initials,
    or a whole ID or phone number.
    """

    grants: tuple[GrantFact, ...]
    basis: str | None = None
    organization_id: uuid.UUID | None = None
    text: str = ""
    unit_type: str | None = None
    category: str | None = None
    skill: str | None = None
    status: str = "active"
    descending: bool = False


class MemberRow(NamedTuple):
    """One line of a roster; names of organizations are filled in by a second query."""

    id: uuid.UUID
    name: str
    sex: str
    category: str
    position: str | None
    skills: list[str]
    unit_id: uuid.UUID | None
    residence_id: uuid.UUID | None
    workplace_id: uuid.UUID | None
    unit: str = ""
    residence: str = ""
    workplace: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows. `previous` and `next` are the ids from which the neighbouring pages go on, None at an end."""

    rows: list[MemberRow] = field(default_factory=list)
    previous: uuid.UUID | None = None
    next: uuid.UUID | None = None


def roster(wanted: RosterFilter, *, after: uuid.UUID | None = None, before: uuid.UUID | None = None, limit: int = PAGE) -> Page:
    """A page of the roster, sorted by name: two queries, one more from the second page on. `after`/`before` are rows' ids."""
    backwards = before is not None
    start = before or after
    tie = _only_tie(wanted) if start is None else None
    found = _first_page(*tie, limit + 1) if tie is not None else _any_page(wanted, start, limit + 1, backwards=backwards)
    more, rows = len(found) > limit, found[:limit]
    if backwards:
        rows = rows[::-1]
    named = name_organizations(rows)
    if not named:
        return Page()
    has_previous, has_next = (more, True) if backwards else (start is not None, more)
    return Page(named, named[0].id if has_previous else None, named[-1].id if has_next else None)


def _any_page(wanted: RosterFilter, start: uuid.UUID | None, limit: int, *, backwards: bool) -> Sequence[Row[Any]]:
    descending = wanted.descending != backwards
    by = _order(wanted.text)
    query: Any = select(*MEMBER_ROW).where(*conditions(wanted))
    if start is not None:
        key = session().execute(select(by, Member.id).where(Member.tenant_id == tenant_id(), Member.id == start)).one_or_none()
        if key is not None:
            query = query.where(_beyond(by, *key, descending=descending))
    order = (_sorted(by, descending=descending), Member.id.desc() if descending else Member.id)
    found: Sequence[Row[Any]] = session().execute(query.order_by(*order).limit(limit)).all()
    return found


def _order(text: str) -> InstrumentedAttribute[str]:
    """The sort key; for a search the column that is searched, so that its index gives the page without sorting all matches."""
    term = search_terms(text.strip()) if text.strip() else None
    return _SEARCHED[term.kind] if term is not None and not _is_number(tidy(text)) else Member.sort_key


def _sorted(by: InstrumentedAttribute[str], *, descending: bool) -> ColumnElement[Any]:
    """The order of the column's index: a searched column's is in text_pattern_ops, which answers to operators of its own."""
    if by is Member.sort_key:
        return by.desc() if descending else by.asc()
    return UnaryExpression(by.expression, modifier=custom_op("USING ~>~" if descending else "USING ~<~"))


def _beyond(by: InstrumentedAttribute[str], key: str, start: uuid.UUID, *, descending: bool) -> ColumnElement[bool]:
    """What comes after a row in that order."""
    if by is Member.sort_key:
        place, known = tuple_(by, Member.id), tuple_(key, start)
        return place < known if descending else place > known
    sign = "<" if descending else ">"
    later = Member.id < start if descending else Member.id > start
    return and_(by.bool_op(f"~{sign}=~")(key), or_(by.bool_op(f"~{sign}~")(key), later))


def _only_tie(wanted: RosterFilter) -> tuple[str, uuid.UUID] | None:
    """(basis, organization) of a community's or unit's own list with nothing to narrow it: the page that is opened most."""
    if wanted != RosterFilter(wanted.grants, wanted.basis) or len(wanted.grants) != 1:
        return None
    grant = wanted.grants[0]
    basis = wanted.basis or ("unit" if grant.kind == "unit" else None)
    return (basis, grant.organization_id) if basis in BASES.get(grant.kind, ()) and grant.kind in ("community", "unit") else None


def _first_page(basis: str, organization_id: uuid.UUID, limit: int) -> Sequence[Row[Any]]:
    def build() -> Select[Any]:
        query: Any = select(*MEMBER_ROW).where(
            Member.tenant_id == bindparam(hot.TENANT), COLUMNS[basis] == bindparam("organization"), Member.status == bindparam("status"))
        made: Select[Any] = query.order_by(Member.sort_key, Member.id).limit(bindparam("most", type_=Integer))
        return made
    return hot.rows(("roster", basis), build, organization=organization_id, status="active", most=limit)


MEMBER_ROW = (Member.id, Member.name, Member.sex, Member.category, Member.position, Member.skills, Member.unit_id, Member.residence_id,
              Member.workplace_id)


def conditions(wanted: RosterFilter) -> list[ColumnElement[bool]]:
    """The filter as conditions on Member, the tenant's first."""
    found: list[ColumnElement[bool]] = [Member.tenant_id == tenant_id(), within_reach(wanted.grants, wanted.basis),
                                        Member.status == wanted.status]
    if wanted.organization_id is not None:
        found.append(COLUMNS[wanted.basis or "unit"] == wanted.organization_id)
    if wanted.unit_type:
        found.append(Member.unit_id.in_(select(Organization.id).where(
            Organization.tenant_id == tenant_id(), Organization.kind == "unit", Organization.unit_type == wanted.unit_type)))
    if wanted.category:
        found.append(Member.category == wanted.category)
    if wanted.skill:
        found.append(literal(wanted.skill) == any_(Member.skills))
    if text := wanted.text.strip():
        found.append(_search(text))
    return found


def _search(text: str) -> ColumnElement[bool]:
    """A whole ID or phone number by its blind index, anything else as the beginning of name, pinyin or initials."""
    number = tidy(text)
    ring = for_tenant(tenant_id())
    if _is_number(number):
        if len(number) == ID_NUMBER:
            return Member.id_number_index == ring.blind("member.id_number", number)
        return Member.phone_index == ring.blind("member.phone", number)
    return named(text)


def named(text: str) -> ColumnElement[bool]:
    """The condition: a name, its pinyin or its initials begin with what was typed; each has an index that answers it."""
    term = search_terms(text.replace("\0", "").strip())  # which no text of PostgreSQL holds
    return _SEARCHED[term.kind].bool_op("^@")(term.value)


def _is_number(number: str) -> bool:
    """Whether a text is a whole ID or phone number."""
    return (len(number) == ID_NUMBER and number[:17].isdigit()) or (len(number) == PHONE and number.isdigit())


def name_organizations(rows: Sequence[Any]) -> list[MemberRow]:
    """Rows of the columns MEMBER_ROW with the names of their organizations, by one query."""
    known = {i.int: name for i, name in tree.names(i for r in rows for i in r[6:9]).items()}  # as there: by number
    return [MemberRow(*r[:9], *["" if i is None else known.get(i.int, "") for i in r[6:9]]) for r in rows]


class Place(NamedTuple):
    """An organization to which a member belongs."""

    id: uuid.UUID
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class MemberView:
    """One member as a page shows it: personal data masked."""

    id: uuid.UUID
    name: str
    sex: str
    ethnicity: str | None
    id_number: str
    phone: str
    address: str
    joined_party_on: dt.date | None
    category: str
    branch: str | None
    position: str | None
    skills: list[str]
    preferences: list[str]
    unit: Place | None
    residence: Place | None
    workplace: Place | None
    status: str
    version: int

    @property
    def target(self) -> Target:
        """Where the member stands, for `authorize`."""
        return Target(tuple(p.path for p in (self.unit, self.residence, self.workplace) if p is not None), self.id)


def member_view(member_id: uuid.UUID) -> MemberView:
    """One member, masked, in two queries. Raises NotFound. Whether the actor may see it is the caller's question."""
    row = _member_row(member_id)
    ids = [i for i in (row.unit_id, row.residence_id, row.workplace_id) if i is not None]
    places = {p.id: Place(*p) for p in session().execute(select(Organization.id, Organization.name, Organization.path).where(
        Organization.tenant_id == tenant_id(), Organization.id.in_(ids)))}
    ring = for_tenant(tenant_id())
    clear = {c: ring.decrypt("member", c, member_id, getattr(row, c)) for c in ("id_number", "phone", "address")}
    return MemberView(
        row.id, row.name, row.sex, row.ethnicity, mask_id_number(clear["id_number"]), mask_phone(clear["phone"]),
        mask_address(clear["address"]), row.joined_party_on, row.category, row.branch, row.position, row.skills, row.preferences,
        places.get(row.unit_id), places.get(row.residence_id), places.get(row.workplace_id), row.status, row.version)


def _member_row(member_id: uuid.UUID) -> Any:
    query = select(
        Member.id, Member.name, Member.sex, Member.ethnicity, Member.id_number, Member.phone, Member.address, Member.joined_party_on,
        Member.category, Member.branch, Member.position, Member.skills, Member.preferences, Member.unit_id, Member.residence_id,
        Member.workplace_id, Member.status, Member.version,
    ).where(Member.tenant_id == tenant_id(), Member.id == member_id, Member.status != "erased")
    row = session().execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row


class AffiliationRow(NamedTuple):
    """A line of a member's history: where, from when until when (exclusive; open when None)."""

    kind: str
    organization: str
    valid_from: dt.date
    valid_to: dt.date | None
    source: str


def history(member_id: uuid.UUID) -> list[AffiliationRow]:
    """The affiliations of a member, newest first, in one query."""
    rows = session().execute(
        select(Affiliation.kind, Organization.name, Affiliation.valid_from, Affiliation.valid_to, Affiliation.source)
        .join(Organization, and_(Organization.tenant_id == Affiliation.tenant_id, Organization.id == Affiliation.organization_id))
        .where(Affiliation.tenant_id == tenant_id(), Affiliation.member_id == member_id)
        .order_by(Affiliation.valid_from.desc(), Affiliation.kind, Affiliation.id.desc()))
    return [AffiliationRow(*r) for r in rows]


def clear_values(member_id: uuid.UUID, columns: Iterable[str]) -> dict[str, str]:
    """Personal data in clear. Only for the member, and for core.members.reveal, which audits."""
    row, ring = _member_row(member_id), for_tenant(tenant_id())
    return {c: ring.decrypt("member", c, member_id, getattr(row, c)) or "" for c in columns}
