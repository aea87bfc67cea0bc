"""Accounts and grants: who may make, give, take and switch off what, and what is answered where there is nothing."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import replace

import pyotp
import pytest
from marshmallow import ValidationError
from sqlalchemy import select

from core.access import accounts, factors, logins, slips, tokens
from core.access.actor import load_actor
from core.access.doors import act_as, acting
from core.access.factor_models import SecondFactor
from core.access.models import Account, Grant
from core.access.place_field import PlaceField
from core.access.roles import ADMINISTRATOR, COMMUNITY, COUNTY, MEMBER, STREET, define, permission
from core.access.spraying import Source
from core.audit import entries
from core.errors import ConfigurationError, Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from core.tenancy import now, session, set_clock
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member


def refusal(work: Callable[[], object]) -> type[Exception] | None:
    """What the work raises."""
    try:
        work()
    except (Conflict, Forbidden, Invalid, NotFound, TooMany) as error:
        return type(error)
    return None


def grants(tenant: TestTenant, account_id: uuid.UUID) -> list[tuple[str, dt.datetime | None]]:
    return [tuple(row) for row in session().execute(
        select(Grant.role, Grant.expires_at).where(Grant.tenant_id == tenant.id, Grant.account_id == account_id))]


def test_a_name_is_taken_once_and_a_role_fits_its_place(tenant: TestTenant) -> None:
    with tenant.scope():
        made = accounts.create_account(" wang ", "王")
        assert (accounts.named("wang "), accounts.username(made)) == (made, "wang")
        assert refusal(lambda: accounts.create_account("wang", "另一个王")) is Conflict
        assert refusal(lambda: accounts.named("nobody")) is NotFound
        assert refusal(lambda: accounts.set_password(uuid.uuid4(), "a quiet river")) is NotFound
        for role, place, raised in ((STREET, tenant.communities[0], Invalid), ("emperor", tenant.root, Invalid), (STREET, uuid.uuid4(), NotFound)):
            assert refusal(lambda role=role, place=place: accounts.grant_role(made, role, place)) is raised  # type: ignore[misc]


def test_the_same_role_again_is_one_grant_and_its_end_may_move(tenant: TestTenant) -> None:
    with tenant.scope():
        made, until = accounts.create_account("wang", "王"), now() + dt.timedelta(days=3)
        for end in (None, None, until, until):
            accounts.grant_role(made, COMMUNITY, tenant.communities[0], expires_at=end)
            session().flush()
            assert grants(tenant, made) == [(COMMUNITY, end)]


def test_nobody_acts_on_oneself_or_on_who_is_nobodys(tenant: TestTenant) -> None:
    """An account without a role belongs to whoever administers the whole; from below it looks absent."""
    with tenant.scope():
        county, administrator = tenant.actor(COUNTY), tenant.actor(ADMINISTRATOR)
        free = accounts.create_account("free", "无岗位")
        assert refusal(lambda: accounts.set_active(administrator.account_id, active=False, by=administrator)) is Forbidden
        assert refusal(lambda: slips.issue(administrator.account_id, by=administrator)) is Forbidden
        assert refusal(lambda: accounts.reset_password(free, by=county)) is NotFound
        assert accounts.reset_password(free, by=administrator) != accounts.reset_password(free, by=None)
        assert load_actor(uuid.uuid4()) is None


def test_a_member_who_moves_or_is_renamed_takes_the_account_along(tenant: TestTenant) -> None:
    mover, stayer = (make_member(tenant, name, account=True) for name in ("赵一", "钱二"))
    with tenant.scope():
        accounts.follow_units({})
        accounts.follow_names({})
        accounts.follow_units({mover.id: tenant.units[1]})
        accounts.follow_names({mover.id: "赵一一"})
    with tenant.scope():
        assert [seen(one) for one in (mover, stayer)] == [("赵一一", MEMBER, tenant.units[1]), ("钱二", MEMBER, tenant.units[0])]


def seen(member: TestMember) -> tuple[str, str, uuid.UUID]:
    row = session().execute(select(Account.display_name, Grant.role, Grant.organization_id).join(
        Grant, (Grant.tenant_id == Account.tenant_id) & (Grant.account_id == Account.id)).where(Account.member_id == member.id)).one()
    return row[0], row[1], row[2]


def test_a_token_has_a_term_and_carries_no_more_than_its_scopes(tenant: TestTenant) -> None:
    with tenant.scope():
        actor = tenant.actor(COUNTY)
        for days in (0, 367):
            assert refusal(lambda days=days: tokens.create_token(actor, "x", ["members.read"], days)) is Invalid  # type: ignore[misc]
        tokens.create_token(actor, "x", ["members.read"], 366)
        mine = tokens.tokens(actor.account_id)[0].id
        assert refusal(lambda: tokens.revoke_token(tenant.accounts[COMMUNITY].id, mine)) is NotFound
        by_token = load_actor(actor.account_id, frozenset({"members.read"}))
        assert by_token is not None
        assert (by_token.paths("members.read"), by_token.paths("accounts.manage"), bool(actor.paths("accounts.manage"))) == (
            actor.paths("members.read"), (), True)


def test_a_slip_waits_as_sign_ins_do_where_too_many_names_failed(tenant: TestTenant) -> None:
    source = Source("203.0.113.7", 1)
    with tenant.scope():
        for name in ("a", "b"):
            source.note(name)
        assert refusal(lambda: slips.redeem("anybody", "abcd", "a quiet river", source)) is TooMany


def test_a_permission_is_defined_once_for_roles_that_exist() -> None:
    known = permission("members.read")
    assert define(known.code, known.title, known.roles) is known
    for code, roles in (("nothing.at_all", ["emperor"]), (known.code, [COUNTY])):
        with pytest.raises(ConfigurationError):
            define(code, "", roles)


def test_without_anybody_signed_in_nobody_acts_and_a_strange_login_ends_nothing(tenant: TestTenant) -> None:
    with pytest.raises(Unauthenticated):
        acting()
    with tenant.scope():
        logins.end_login("nobody's token")
        assert refusal(lambda: logins.end_one(tenant.accounts[COUNTY].id, uuid.uuid4())) is NotFound
    with tenant.scope():
        assert [row.action for row in entries() if row.action.startswith("login.")] == []


def test_a_field_for_a_place_offers_and_takes_what_is_in_reach_only(tenant: TestTenant) -> None:
    """For a plugin's form (R9): the communities below the officer's place, whatever is sent."""
    field = PlaceField("community", "members.read")
    for role, reached in ((COUNTY, tenant.communities[:4]), (COMMUNITY, tenant.communities[:1]), (MEMBER, ())):
        with tenant.scope():
            actor = tenant.actor(role) if role != MEMBER else replace(tenant.actor(COMMUNITY), grants=())
            with act_as(actor):
                assert {place for place, _name in field.choices()} == set(reached)
                taken = {place for place in (*tenant.communities, tenant.counties[0]) if accepted(field, place)}
                assert taken == set(reached)


def accepted(field: PlaceField, place: uuid.UUID) -> bool:
    try:
        return bool(field.deserialize(str(place)) == place)
    except ValidationError:
        return False


def test_what_another_request_changed_meanwhile_proves_nothing(tenant: TestTenant, database: TestDatabase) -> None:
    """A password and a one-time code are held against the rows as they are, not as this transaction has read them before."""
    moment = now()
    with set_clock(moment), tenant.scope():
        made, changed = accounts.create_account("wang", "王", "a quiet river"), accounts.create_account("li", "李", "a loud mountain")
        app = pyotp.TOTP(factors.propose(made))
        factors.confirm(made, app.at(now()))
    with set_clock(moment + dt.timedelta(seconds=30)), tenant.scope() as opened, database.connect_admin() as other:
        before = opened.scalars(select(Account).where(Account.id == made)).one(), opened.scalars(select(SecondFactor)).one()
        other.execute("update account set password_hash = (select password_hash from account where id = %s) where id = %s", [changed, made])
        other.execute("update second_factor set last_step = last_step + 1 where account_id = %s", [made])
        assert refusal(lambda: accounts.prove_password(made, "a quiet river")) is Invalid
        assert refusal(lambda: factors.check(made, app.at(now()))) is Invalid
        assert before
