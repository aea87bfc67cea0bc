"""Compares a batch of good lines with the members who are there already: found by ID number, changed only where the file differs."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ARRAY, LargeBinary, Text, any_, cast, literal, select

from core.i18n import _
from core.members.models import Member
from core.organizations.models import Organization
from core.privacy.keyring import for_tenant
from core.tenancy import session, tenant_scope
from core.tenancy.scope import tenant_id
from tenants.importing.elsewhere import sentence
from tenants.importing.member_rows import Batch, MemberFacts
from tenants.importing.units import within

_COLUMNS = (Member.id, Member.id_number_index, Member.phone_index, Member.name, Member.ethnicity, Member.phone, Member.address,
            Member.joined_party_on, Member.category, Member.branch, Member.position, Member.skills, Member.preferences, Member.unit_id,
            Member.residence_id, Member.workplace_id, Member.status)


@dataclass(slots=True)
class Match:
    """A line to write: a new member (`known` None) or a changed one (`known` the member's row)."""

    facts: MemberFacts
    id_number_index: bytes
    phone_index: bytes | None
    known: Any = None
    phone: str | None = None
    address: str | None = None


@dataclass(slots=True)
class Matches:
    """A batch, sorted by what is to be done."""

    new: list[Match] = field(default_factory=list)
    changed: list[Match] = field(default_factory=list)
    unchanged: int = 0


def match(facts: Sequence[MemberFacts], batch: Batch, paths: Sequence[str]) -> Matches:
    """Sort the good lines into new, changed and unchanged; notes faults in `batch` for those that may not be written."""
    ring = for_tenant(tenant_id())
    numbers = ring.blind_many("member.id_number", [f.id_number for f in facts])
    phones = ring.blind_many("member.phone", [f.phone for f in facts])
    known = {bytes(r.id_number_index): r for r in _existing(Member.id_number_index, numbers)}
    twins = _twins(phones)
    reach = _units_in_reach(known.values(), paths)
    matches = Matches()
    places = {line: i for i, line in enumerate(batch.lines)}
    for one, number, phone in zip(facts, numbers, phones, strict=True):
        row = known.get(number)  # type: ignore[arg-type]
        if phone in twins and any(name == one.name and identity != (row and row.id) for identity, name in twins[phone]):
            batch.fault(places[one.line], "name", "duplicate", _("系统中已有姓名和手机号都相同、公民身份号码不同的党员，请核对。"))
        elif row is None:
            matches.new.append(Match(one, number, phone))  # type: ignore[arg-type]
        elif row.unit_id not in reach:
            batch.fault(places[one.line], "id_number", "scope", sentence())
        else:
            _compare(Match(one, number, phone, row), matches)  # type: ignore[arg-type]
    return matches


def match_aside(facts: Sequence[MemberFacts], batch: Batch, paths: Sequence[str]) -> Matches:
    """`match` in a transaction beside the open one, whose session may be at work: what this import writes, it need not see,
    since repeats inside the file are found by the check.
    """
    tenant = tenant_id()

    def work() -> Matches:
        with tenant_scope(tenant):
            return match(facts, batch, paths)
    return Context().run(work)  # an empty context: scopes do not nest


def _existing(index: Any, values: Sequence[bytes | None]) -> Sequence[Any]:
    return session().execute(select(*_COLUMNS).where(Member.tenant_id == tenant_id(), index == any_(_array(values)))).all()


def _array(values: Sequence[bytes | None]) -> Any:
    """An array of blind indexes written as one text, in a tenth of the time that the driver takes to adapt a list of thousands."""
    written = ",".join(f'"\\\\x{value.hex()}"' for value in values if value is not None)
    return cast(literal(f"{{{written}}}", Text), ARRAY(LargeBinary))


def _twins(phones: Sequence[bytes | None]) -> dict[bytes | None, list[tuple[uuid.UUID, str]]]:
    twins: dict[bytes | None, list[tuple[uuid.UUID, str]]] = {}
    for row in session().execute(select(Member.id, Member.name, Member.phone_index).where(
            Member.tenant_id == tenant_id(), Member.phone_index == any_(_array(phones)), Member.status == "active")):
        twins.setdefault(bytes(row.phone_index), []).append((row.id, row.name))
    return twins


def _units_in_reach(rows: Any, paths: Sequence[str]) -> set[uuid.UUID | None]:
    """The present units of known members, as far as they lie within `paths`; and None, for who belongs nowhere."""
    ids = {r.unit_id for r in rows} - {None}
    if not ids:
        return {None}
    found = session().execute(select(Organization.id, Organization.path).where(Organization.tenant_id == tenant_id(),
                                                                               Organization.id.in_(ids)))
    return {None, *(identity for identity, path in found if within(path, paths))}


def _compare(one: Match, matches: Matches) -> None:
    """Changed if any cell that the file fills says something else."""
    facts, row = one.facts, one.known
    pairs = ((facts.name, row.name), (facts.ethnicity, row.ethnicity), (facts.joined, row.joined_party_on), (facts.category, row.category),
             (facts.branch, row.branch), (facts.position, row.position), (facts.skills, row.skills), (facts.preferences, row.preferences),
             (facts.unit.id, row.unit_id), (facts.residence_id, row.residence_id), (facts.workplace_id, row.workplace_id),
             (one.phone_index, row.phone_index), ("active", row.status))
    ring = for_tenant(tenant_id())
    one.address = ring.decrypt("member", "address", row.id, row.address)
    if any(wanted is not None and wanted != is_now for wanted, is_now in pairs) or (facts.address and facts.address != one.address):
        one.phone = ring.decrypt("member", "phone", row.id, row.phone)
        matches.changed.append(one)
    else:
        matches.unchanged += 1
