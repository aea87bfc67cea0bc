"""Personal access tokens: what is kept of one, for how long it may be, whose list it stands in and who ends it."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

import pytest
from sqlalchemy import select

from core.access import tokens
from core.access.actor import FULL, HALF, PASSWORD
from core.access.models import AccessToken
from core.access.opening import token_hash
from core.access.roles import ADMINISTRATOR, COUNTY, STREET
from core.errors import Invalid, NotFound
from core.tenancy import session, set_clock
from core.tenancy.scope import tenant_id
from tests.access.reading import NOON, noted, refused
from tests.support.factories import TestTenant

pytestmark = pytest.mark.usefixtures("noon")


def stored() -> list[AccessToken]:
    """All tokens of the tenant, by name."""
    return list(session().scalars(select(AccessToken).where(AccessToken.tenant_id == tenant_id()).order_by(AccessToken.name)))


def test_what_is_kept_of_a_token_is_its_hash_its_scopes_and_its_term(tenant: TestTenant) -> None:
    with tenant.scope():
        actor = tenant.actor(COUNTY)
        token = tokens.create_token(actor, "报表", ["members.read", "coverage.read"], 30)
    prefix, number, secret = token.split("_", 2)
    assert (prefix, number, len(secret)) == ("bdt", str(tenant.id), 43)
    with tenant.scope():
        row, = stored()
        assert (row.account_id, row.name, row.token_hash, row.scopes, row.created_at, row.expires_at, row.last_used_at, row.second_factor) == (
            actor.account_id, "报表", token_hash(token), ["coverage.read", "members.read"], NOON, NOON + dt.timedelta(days=30), None, True)
        assert noted() == [("token.created", "access_token", row.id, {"scopes": ["coverage.read", "members.read"]})]


def test_a_token_has_met_a_second_factor_only_where_the_login_that_made_it_had(tenant: TestTenant) -> None:
    with tenant.scope():
        for stage in (FULL, PASSWORD, HALF):
            tokens.create_token(replace(tenant.actor(COUNTY), stage=stage), stage, ["members.read"], 1)
        assert {row.name: row.second_factor for row in stored()} == {FULL: True, PASSWORD: False, HALF: False}


def test_a_term_is_of_one_day_to_a_leap_year(tenant: TestTenant) -> None:
    with tenant.scope():
        actor = tenant.actor(COUNTY)
        for days in (1, 366):
            tokens.create_token(actor, str(days), ["members.read"], days)
        assert all(refused(lambda days=days: tokens.create_token(actor, "x", ["members.read"], days), Invalid)  # type: ignore[misc]
                   for days in (-1, 0, 367))
        assert [(row.name, row.expires_at - NOON) for row in stored()] == [("1", dt.timedelta(days=1)), ("366", dt.timedelta(days=366))]


@pytest.mark.parametrize("scopes", [[], ["settings.manage"], ["members.read", "settings.manage"], ["no.such_thing"], ["members.read", "no.such_thing"]])
def test_a_token_carries_nothing_that_its_owner_does_not_hold(tenant: TestTenant, scopes: list[str]) -> None:
    with tenant.scope():
        assert refused(lambda: tokens.create_token(tenant.actor(STREET), "x", scopes, 30), Invalid)
        assert stored() == []
    with tenant.scope():
        assert noted() == []


@pytest.mark.parametrize(("token", "found"), [
    ("bdt_5_secret", 5), ("bdt_1_secret", 1), ("bdt_5_a_secret_with_strokes", 5), ("bdt_5", 5), ("bdt_999999999_secret", 999_999_999), ("bdt_05_secret", 5),
    ("bdt_0_secret", None), ("bdt_1234567890_secret", None), ("bdt_-5_secret", None), ("bdt_five_secret", None), ("bdt_²_secret", None),
    ("bdt_５_secret", None), ("bdt__secret", None), ("bdt", None), ("BDT_5_secret", None), ("xyz_5_secret", None), ("_5_secret", None), ("", None)])
def test_a_token_names_its_tenant(token: str, found: int | None) -> None:
    assert tokens.tenant_of(token) == found


def test_the_list_is_ones_own_and_the_newest_stands_first(tenant: TestTenant) -> None:
    used = NOON + dt.timedelta(hours=3)
    with tenant.scope():
        mine, hers = tenant.actor(COUNTY), tenant.actor(ADMINISTRATOR)
        for hours, name in ((1, "b"), (2, "a"), (0, "c")):
            with set_clock(NOON + dt.timedelta(hours=hours)):
                tokens.create_token(mine, name, ["members.read"], 10)
        tokens.create_token(hers, "hers", ["members.read"], 10)
        ids = {row.name: row.id for row in stored()}
        next(row for row in stored() if row.name == "b").last_used_at = used
        session().flush()
        rows = tokens.tokens(mine.account_id)
        assert [row._asdict() for row in rows] == [
            {"id": ids[name], "name": name, "scopes": ["members.read"], "created_at": NOON + dt.timedelta(hours=hours),
             "expires_at": NOON + dt.timedelta(days=10, hours=hours), "last_used_at": used if name == "b" else None}
            for hours, name in ((2, "a"), (1, "b"), (0, "c"))]
        assert [row.name for row in tokens.tokens(hers.account_id)] == ["hers"]
        assert list(tokens.tokens(uuid.uuid4())) == []


def test_who_ends_a_token_ends_this_one_and_it_must_be_ones_own(tenant: TestTenant) -> None:
    with tenant.scope():
        mine, hers = tenant.actor(COUNTY), tenant.actor(ADMINISTRATOR)
        for actor, name in ((mine, "a"), (mine, "b"), (hers, "c")):
            tokens.create_token(actor, name, ["members.read"], 10)
        ids = {row.name: row.id for row in stored()}
    with tenant.scope():
        assert refused(lambda: tokens.revoke_token(mine.account_id, ids["c"]), NotFound)
        assert refused(lambda: tokens.revoke_token(mine.account_id, uuid.uuid4()), NotFound)
        tokens.revoke_token(mine.account_id, ids["a"])
        assert refused(lambda: tokens.revoke_token(mine.account_id, ids["a"]), NotFound)
        assert [row.name for row in stored()] == ["b", "c"]
    with tenant.scope():
        assert noted()[3:] == [("token.revoked", "access_token", ids["a"], None)]
