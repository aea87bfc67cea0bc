"""The sector authority of the demonstration: a tenant of units without communities, whose members serve where they live (R9)."""
from __future__ import annotations

import uuid

from core import audit
from core.access import accounts
from core.access.roles import ADMINISTRATOR, COUNTY, LIAISON, MEMBER
from core.config import Config
from core.members import affiliations, names
from core.members.models import Member
from core.organizations import tree, units
from core.organizations.units import UnitInput
from core.privacy import keyring
from core.privacy.cipher import MasterKeys
from core.registration import obligations
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id
from tenants import profile, provisioning
from web.demo.cities import City, Seat
from web.demo.people import Person, Unit, people

FIRST = 8_001  # numbers of its people, beyond those of the cities

SECTOR = City(
    code="hubei-jgw", slug="hubei-jgw", title="省直机关工委", community="", unit="省水文信息中心", area="420106", newcomers=0,
    units=(Unit("省水文信息中心", "institution", "province", "hubei-jgwS02", "", 7),
           Unit("省直机关文体活动中心", "institution", "province", "hubei-jgwS01", "", 5)),
    homes=(("", 1),),
    seats=(Seat(ADMINISTRATOR, "admin", "何宁", "hubei-jgw", "系统管理员 sector administrator"),
           Seat(COUNTY, "sector", "罗文静", "hubei-jgwS02", "行业系统经办人 sector officer"),
           Seat(LIAISON, "unit", "郑岚", "unit", "单位联络员 unit liaison"),
           Seat(MEMBER, "member", "", "member", "在职党员 member")))


def provision(config: Config) -> None:
    """Make the tenant by its shipped profile; nothing where it is there already."""
    provisioning.apply(profile.load(SECTOR.profile), MasterKeys(config.master_keys))


def populate(password: str) -> list[uuid.UUID]:
    """In the open scope: units, members and accounts. Answers the members of the unit of the story, who signs in first."""
    homes = {unit.name: _unit(unit) for unit in SECTOR.units}
    made: dict[uuid.UUID, list[uuid.UUID]] = {identity: [] for identity in homes.values()}
    persons = people(SECTOR.units, SECTOR.homes, seed=len(SECTOR.code), until=today(), area=SECTOR.area, first=FIRST)
    for person in persons:
        made[homes[person.unit]].append(_member(person, homes[person.unit]))
    own = made[homes[SECTOR.unit]]
    star = next(person.name for person in persons if person.unit == SECTOR.unit)
    for seat in SECTOR.seats:
        at = homes[SECTOR.unit] if seat.role in (LIAISON, MEMBER) else tree.by_code(seat.code).id
        account = accounts.create_account(seat.username, seat.name or star, password, member_id=own[0] if seat.role == MEMBER else None)
        accounts.grant_role(account, seat.role, at)
    return own


def _unit(unit: Unit) -> uuid.UUID:
    return units.create(UnitInput(unit.name, unit.unit_type, tree.by_code(unit.parent).id, unit.subordination))


def _member(person: Person, unit_id: uuid.UUID) -> uuid.UUID:
    row = Member(name=person.name, pinyin=names.pinyin(person.name), initials=names.initials(person.name), sort_key=names.sort_key(person.name),
                 sex="male" if person.sex == "男" else "female", category="full", unit_id=unit_id, created_at=now(), updated_at=now())
    session().add(row)
    session().flush()
    ring = keyring.for_tenant(tenant_id())
    row.phone, row.phone_index = ring.encrypt("member", "phone", row.id, str(person.cells[4])), ring.blind("member.phone", str(person.cells[4]))
    obligations.open_for(affiliations.enter(row, today(), "form"))
    session().flush()
    audit.record("member.entered", "member", row.id, {"unit": unit_id, "day": today()})
    return row.id
