"""The sheet of units: checked, compared with the tree, and written before the members who work there."""
from __future__ import annotations

import datetime as dt
import difflib
import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from core import audit
from core.collation import sort_key
from core.db import new_id
from core.i18n import _
from core.organizations import tree
from core.organizations.models import Organization
from core.privacy.keyring import for_tenant
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

LOOKUPS = 200
PHONE = re.compile(r"[0-9+()（） -]{7,20}")


@dataclass(slots=True)
class Unit:
    """A unit as it is, or as it will be after the import."""

    id: uuid.UUID
    code: str
    name: str
    credit_code: str | None
    unit_type: str
    subordination: str | None
    parent_id: uuid.UUID | None
    path: str
    contact: str | None = None
    contact_phone: str | None = None
    community_id: uuid.UUID | None = None

    def differs(self, other: Unit) -> bool:
        """Whether the file says something else; what it leaves blank stays as it is."""
        return (self.name, self.unit_type, self.subordination, self.parent_id) != (
            other.name, other.unit_type, other.subordination, other.parent_id) or any(
            wanted and wanted != known for wanted, known in ((other.credit_code, self.credit_code), (other.contact, self.contact),
                                                             (other.contact_phone, self.contact_phone)))


@dataclass(slots=True)
class Units:
    """All units and sectors of the tenant, and what the file adds to them."""

    root: tree.OrganizationFact
    by_name: dict[str, list[Unit]] = field(default_factory=lambda: defaultdict(list))
    by_credit_code: dict[str, Unit] = field(default_factory=dict)
    sectors: dict[str, tuple[uuid.UUID, str, str]] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    closed_credit_codes: set[str] = field(default_factory=set)
    new_sectors: dict[str, tuple[uuid.UUID, str, str]] = field(default_factory=dict)
    new: list[Unit] = field(default_factory=list)
    changed: list[Unit] = field(default_factory=list)
    unchanged: int = 0
    _near: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def load(cls) -> Units:
        """Read them in two queries."""
        units = cls(tree.root())
        rows = session().execute(select(
            Organization.id, Organization.kind, Organization.code, Organization.name, Organization.path, Organization.credit_code,
            Organization.unit_type, Organization.subordination, Organization.parent_id, Organization.contact_name,
            Organization.contact_phone, Organization.community_id, Organization.active,
        ).where(Organization.tenant_id == tenant_id(), Organization.kind.in_(("unit", "sector")))).all()
        phones = for_tenant(tenant_id()).decrypt_many("organization", "contact_phone", [(r.id, r.contact_phone) for r in rows])
        for row, phone in zip(rows, phones, strict=True):
            units.codes.add(row.code)
            if not row.active:
                units.closed_credit_codes |= {row.credit_code} - {None}
            elif row.kind == "sector":
                units.sectors[row.name] = (row.id, row.code, row.path)
            else:
                units.know(Unit(row.id, row.code, row.name, row.credit_code, row.unit_type, row.subordination, row.parent_id, row.path,
                                row.contact_name, phone, row.community_id))
        return units

    def know(self, unit: Unit) -> None:
        """Let a unit be found by name and credit code."""
        self.by_name[unit.name].append(unit)
        if unit.credit_code:
            self.by_credit_code[unit.credit_code] = unit

    def sector(self, name: str) -> tuple[uuid.UUID, str]:
        """Id and path of the sector of that name, which the import makes when it is absent."""
        known = self.sectors.get(name) or self.new_sectors.get(name)
        if known is None:
            code = self.free_code("S", 2)
            known = self.new_sectors[name] = (new_id(), code, f"{self.root.path}{code}/")
        return known[0], known[2]

    def free_code(self, letter: str, digits: int) -> str:
        """The next code of our own making, for what has none by law."""
        number = sum(code.startswith(self.root.code + letter) for code in self.codes) + 1
        while (code := f"{self.root.code}{letter}{number:0{digits}}") in self.codes:
            number += 1
        self.codes.add(code)
        return code

    def taken(self, credit_code: str, known: Unit | None) -> bool:
        """Whether a credit code that would be new to `known`, or to a new unit, is used here already, by a closed unit too."""
        return (known is None or credit_code not in (known.credit_code, known.code)) and (
            credit_code in self.codes or credit_code in self.closed_credit_codes)

    def near(self, name: str) -> tuple[str, ...]:
        """The unit names most like a misspelt one; none after `LOOKUPS` different questions."""
        if name not in self._near:
            self._near[name] = (tuple(difflib.get_close_matches(name, self.by_name, 3, 0.6)) if len(self._near) < LOOKUPS else ())
        return self._near[name]

    def take(self, unit: Unit, known: Unit | None) -> None:
        """Plan one good line of the file."""
        if known is None:
            self.new.append(unit)
            self.know(unit)
        elif known.differs(unit):
            self.by_name[known.name].remove(known)
            known.name, known.unit_type, known.subordination = unit.name, unit.unit_type, unit.subordination
            known.parent_id, known.path = unit.parent_id, unit.path
            known.credit_code = unit.credit_code or known.credit_code
            known.contact, known.contact_phone = unit.contact or known.contact, unit.contact_phone or known.contact_phone
            self.know(known)
            self.changed.append(known)
        else:
            self.unchanged += 1

    def write(self) -> None:
        """Write the planned sectors and units in this transaction."""
        moment = now()
        for name, (identity, code, path) in self.new_sectors.items():
            session().add(Organization(id=identity, parent_id=self.root.id, kind="sector", code=code, name=name, sort_key=sort_key(name),
                                       path=path, created_at=moment))
            audit.record("organization.created", "organization", identity, {"kind": "sector", "code": code})
        session().flush()
        session().add_all([self._row(unit, moment) for unit in self.new])
        for unit in self.changed:
            self._overwrite(unit)
        session().flush()

    def settle_communities(self, workplaces: dict[uuid.UUID, Counter[uuid.UUID]]) -> None:
        """A unit without a community works where most of its members do."""
        missing = [unit_id for unit_id, counted in workplaces.items() if counted]
        rows = session().scalars(select(Organization).where(Organization.tenant_id == tenant_id(), Organization.id.in_(missing),
                                                            Organization.community_id.is_(None))) if missing else ()
        for row in rows:
            row.community_id = workplaces[row.id].most_common(1)[0][0]

    def _row(self, unit: Unit, moment: dt.datetime) -> Organization:
        return Organization(id=unit.id, parent_id=unit.parent_id, kind="unit", code=unit.code, name=unit.name, sort_key=sort_key(unit.name),
                            path=unit.path, unit_type=unit.unit_type, subordination=unit.subordination, credit_code=unit.credit_code,
                            contact_name=unit.contact, contact_phone=_sealed(unit), created_at=moment)

    def _overwrite(self, unit: Unit) -> None:
        row = session().scalars(select(Organization).where(Organization.tenant_id == tenant_id(), Organization.id == unit.id)).one()
        row.name, row.sort_key, row.unit_type, row.subordination = unit.name, sort_key(unit.name), unit.unit_type, unit.subordination
        row.parent_id, row.path, row.credit_code = unit.parent_id, unit.path, unit.credit_code
        row.contact_name, row.contact_phone = unit.contact, _sealed(unit)
        row.version += 1


def _sealed(unit: Unit) -> bytes | None:
    return for_tenant(tenant_id()).encrypt("organization", "contact_phone", unit.id, unit.contact_phone)


def within(path: str, paths: Sequence[str]) -> bool:
    """Whether a path lies in one of the subtrees."""
    return any(path.startswith(p) for p in paths)


def blocked_parent() -> str:
    """The sentence for a parent outside the importer's subtree."""
    return _("该单位不在您的管辖范围内，请由上级管理员导入。")
