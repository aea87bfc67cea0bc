"""A form's field for a place: what it says of itself, and in which order it offers what."""
from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from marshmallow import ValidationError
from sqlalchemy import update

from core.access.doors import act_as
from core.access.place_field import PlaceField
from core.access.roles import COMMUNITY, COUNTY, STREET
from core.organizations.models import Organization
from core.tenancy import session
from tests.support.factories import TestTenant, make_tenant


def test_what_a_field_tells_its_form() -> None:
    plain = PlaceField("community", "members.read")
    assert {name: str(value) for name, value in plain.metadata.items()} == {
        "title": "地点", "help": "", "choices": str(plain.choices), "widget": "select"}
    assert (plain.required, plain.allow_none, plain.metadata["choices"]) == (True, False, plain.choices)
    told = PlaceField("unit", "members.read", title="单位", help="您负责的单位", required=False, data_key="unit")
    assert told.metadata == {"title": "单位", "help": "您负责的单位", "choices": told.choices, "widget": "select"}
    assert (told.required, told.allow_none, told.data_key, told.deserialize(None)) == (False, True, "unit", None)


def name(tenant: TestTenant, place: uuid.UUID, text: str, key: str, *, active: bool = True) -> None:
    """Give a place a name, and a place in the list."""
    session().execute(update(Organization).where(Organization.tenant_id == tenant.id, Organization.id == place)
                      .values(name=text, sort_key=key, active=active))


def test_it_offers_active_places_of_its_kind_within_reach_by_name(tenant: TestTenant) -> None:
    make_tenant("4228", name="恩施州")
    with tenant.scope():
        for place, text, key in zip(tenant.communities, "丙甲丁乙", "cadb", strict=False):
            name(tenant, place, text, key)
        name(tenant, tenant.communities[2], "丁", "d", active=False)
        a, b, closed, c = (tenant.communities[number] for number in (1, 3, 2, 0))
        with act_as(tenant.actor(COUNTY)):
            field = PlaceField("community", "members.read")
            assert field.choices() == [(a, "甲"), (b, "乙"), (c, "丙")]
            assert field.deserialize(str(a)) == a
            for refused in (str(closed), str(tenant.streets[0]), str(tenant.communities[4]), str(uuid.uuid4()), "no id"):
                with pytest.raises(ValidationError):
                    field.deserialize(refused)
            assert [place for place, _text in PlaceField("street", "members.read").choices()] == list(tenant.streets[:2])
        with act_as(tenant.actor(STREET)):
            assert PlaceField("community", "members.read").choices() == [(a, "甲"), (c, "丙")]
        for place in reversed(tenant.communities[:4]):  # of one name: always in the same order
            name(tenant, place, "同名", "s")
        with act_as(tenant.actor(COUNTY)):
            assert [place for place, _text in PlaceField("community", "members.read").choices()] == sorted(tenant.communities[:4])
        with act_as(tenant.actor(COMMUNITY)):
            assert PlaceField("community", "accounts.manage").choices() == []


def test_who_holds_the_permission_in_two_places_is_offered_both(tenant: TestTenant) -> None:
    with tenant.scope():
        mine = tenant.actor(COMMUNITY)
        more = replace(mine.grants[0], organization_id=tenant.communities[7], path=tenant.paths[tenant.communities[7]])
        with act_as(replace(mine, grants=(*mine.grants, more))):
            field = PlaceField("community", "members.read")
            assert {place for place, _text in field.choices()} == {tenant.communities[0], tenant.communities[7]}
            assert field.deserialize(str(tenant.communities[7])) == tenant.communities[7]
