"""Of whom a second factor is asked, and of whom it is only offered: by role, by the installation's policy, by the tenant's rule."""
from __future__ import annotations

import uuid

import pytest

from core.access import factors
from core.access.actor import FULL, HALF, PASSWORD as BY_PASSWORD, Actor, GrantFact
from core.access.entry import by_login
from core.access.factor_rule import CHOICES, FIELDS, FREE, OFFERED, REQUIRED, SecondFactorSettings
from core.access.opening import open_login
from core.access.roles import ADMINISTRATOR, AUDITOR, COMMUNITY, COUNTY, LIAISON, MEMBER, STREET
from core.tenancy import unscoped
from tenants import settings
from tests.support.factories import TestTenant


def acting(*roles: str, stage: str = FULL, **rules: str) -> Actor:
    grants = tuple(GrantFact(role, uuid.uuid4(), "4201/", "committee", "x") for role in roles)
    return Actor(uuid.uuid4(), "x", None, grants, stage=stage, factor_rules=rules)


def test_officers_are_all_but_members_and_liaisons() -> None:
    holders = {(): False, (MEMBER,): False, (LIAISON,): False, (MEMBER, LIAISON): False, (COMMUNITY,): True, (AUDITOR,): True,
               (MEMBER, STREET): True, (LIAISON, MEMBER, ADMINISTRATOR): True}
    assert {roles: factors.is_officer(acting(*roles)) for roles in holders} == holders


@pytest.mark.parametrize(("roles", "policy", "rules", "required", "offered"), [
    ((COUNTY,), "officers", {}, True, False),
    ((COUNTY,), "optional", {}, False, False),
    ((MEMBER,), "officers", {}, False, False),
    ((MEMBER,), "officers", {MEMBER: FREE, LIAISON: REQUIRED}, False, False),
    ((MEMBER,), "officers", {MEMBER: OFFERED, LIAISON: REQUIRED}, False, True),
    ((MEMBER,), "optional", {MEMBER: REQUIRED}, True, False),
    ((LIAISON,), "optional", {MEMBER: FREE, LIAISON: REQUIRED}, True, False),
    ((MEMBER, LIAISON), "optional", {MEMBER: OFFERED, LIAISON: REQUIRED}, True, True),
    ((COUNTY,), "optional", {MEMBER: REQUIRED, LIAISON: OFFERED}, False, False),
    ((), "officers", {MEMBER: REQUIRED}, False, False)])
def test_policy_and_rule_ask_a_login_by_password_and_no_other(
        roles: tuple[str, ...], policy: str, rules: dict[str, str], *, required: bool, offered: bool) -> None:
    assert factors.is_required(acting(*roles, **rules), policy) is required
    seen = {stage: (factors.must_enrol(acting(*roles, stage=stage, **rules), policy), factors.is_offered(acting(*roles, stage=stage, **rules)))
            for stage in (HALF, BY_PASSWORD, FULL)}
    assert seen == {HALF: (False, False), BY_PASSWORD: (required, offered), FULL: (False, False)}


@pytest.mark.parametrize(("said_by_city", "asked"), [
    ({}, {LIAISON: FREE, MEMBER: FREE}),
    ({"unit_liaisons": "offered"}, {LIAISON: OFFERED, MEMBER: FREE}),
    ({"unit_liaisons": "required"}, {LIAISON: REQUIRED, MEMBER: FREE}),
    ({"unit_liaisons": "required", "members": "offered"}, {LIAISON: REQUIRED, MEMBER: OFFERED}),
    ({"unit_liaisons": "offered", "members": "offered"}, {LIAISON: OFFERED, MEMBER: OFFERED})])
def test_a_login_comes_with_what_the_tenant_asks_of_each_role(tenant: TestTenant, said_by_city: dict[str, str], asked: dict[str, str]) -> None:
    with tenant.scope():
        if said_by_city:
            settings.save("second_factor", said_by_city, version=0)
        token = open_login(tenant.accounts[COUNTY].id)
    with tenant.scope():
        assert (by_login(token) or pytest.fail("no login")).factor_rules == asked


@pytest.mark.parametrize(("locked", "asked"), [("offered", (OFFERED, OFFERED)), ("required", (REQUIRED, REQUIRED))])
def test_of_liaisons_is_asked_what_a_lock_asks_of_members_or_more(tenant: TestTenant, locked: str, asked: tuple[str, str]) -> None:
    try:
        with unscoped():
            settings.save_for_all("second_factor", {"members": locked}, locked=["members"])
        with tenant.scope():
            token = open_login(tenant.accounts[COUNTY].id)
        with tenant.scope():
            found = (by_login(token) or pytest.fail("no login")).factor_rules
    finally:
        with unscoped():
            settings.save_for_all("second_factor", {}, locked=[])
    assert found == dict(zip((LIAISON, MEMBER), asked, strict=True))


def test_the_form_offers_three_choices_for_each_role_and_begins_free() -> None:
    schema = SecondFactorSettings()
    assert schema.load({}) == {"unit_liaisons": FREE, "members": FREE}
    assert list(schema.fields) == list(FIELDS.values()) == ["unit_liaisons", "members"]
    for field in schema.fields.values():
        assert (field.metadata.keys(), field.metadata["choices"]) == ({"title", "choices", "help", "follows"}, CHOICES)
        assert all(str(field.metadata[name]) for name in ("title", "help", "follows"))
    for name in ("unit_liaisons", "members"):
        assert schema.validate({name: "sometimes", "members" if name == "unit_liaisons" else "unit_liaisons": REQUIRED}).keys() == {name}
    assert schema.validate({"members": REQUIRED}).keys() == {"unit_liaisons"}
    assert schema.load({"members": OFFERED}, partial=True) == {"members": OFFERED}
    assert schema.load({"unit_liaisons": FREE}, partial=True) == {"unit_liaisons": FREE}
