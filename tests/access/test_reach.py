"""Whom a grant reaches, with which rights, and what a login or a token tells of its holder."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

import pytest
from sqlalchemy import insert, select, text, update

from core.access import entry
from core.access.accounts import grant_role
from core.access.actor import FULL, HALF, PASSWORD, Actor, GrantFact, load_actor
from core.access.authorization import Target, allowed, authorize
from core.access.factor_models import SecondFactor
from core.access.logins import end_login
from core.access.models import AccessToken, Account, Login
from core.access.opening import open_login
from core.access.roles import ADMINISTRATOR, AUDITOR, CITY, COMMUNITY, COUNTY, LIAISON, MEMBER, STREET
from core.access.tokens import create_token
from core.errors import ConfigurationError, Forbidden, NotFound
from core.organizations.models import Organization
from core.tenancy import Tenant, session, set_clock, tenant_scope, unscoped
from core.tenancy.scope import current_tenant
from tenants.settings import save
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_account, make_member, make_tenant

MOMENT = dt.datetime(2026, 6, 30, 2, 0, tzinfo=dt.UTC)
SECOND, MINUTE = dt.timedelta(seconds=1), dt.timedelta(minutes=1)


def someone(*grants: tuple[str, str], **values: object) -> Actor:
    """An actor with these roles over these paths."""
    facts = tuple(GrantFact(role, uuid.UUID(int=1), path, "", "") for role, path in grants)
    return replace(Actor(uuid.UUID(int=9), "某", None, facts), **values)  # type: ignore[arg-type]


def answer(actor: Actor, action: str, target: Target | None = None) -> type[Exception] | None:
    try:
        authorize(actor, action, target)
    except (NotFound, Forbidden) as error:
        assert not allowed(actor, action, target)
        return type(error)
    assert allowed(actor, action, target)
    return None


def test_without_a_target_a_right_must_be_held_somewhere() -> None:
    street = someone((STREET, "a/b/"))
    assert [answer(street, action) for action in ("members.read", "members.import", "members.self")] == [None, Forbidden, Forbidden]
    assert answer(someone(), "members.read") is Forbidden
    assert answer(replace(street, scopes=frozenset({"records.read"})), "members.read") is Forbidden
    assert answer(replace(street, scopes=frozenset({"members.read"})), "members.read") is None
    with pytest.raises(ConfigurationError):
        authorize(street, "no.such_right")


def test_with_a_target_it_must_be_held_where_that_stands() -> None:
    both = someone((STREET, "a/b/"), (COUNTY, "a/c/"))
    for paths, read, imported in ((("a/b/",), None, Forbidden), (("a/b/x/",), None, Forbidden), (("a/c/y/",), None, None), (("a/d/", "a/c/"), None, None),
                                  (("a/",), NotFound, NotFound), (("a/d/",), NotFound, NotFound), ((), NotFound, NotFound)):
        target = Target(paths)
        assert (answer(both, "members.read", target), answer(both, "members.import", target)) == (read, imported), paths
    assert answer(replace(both, scopes=frozenset({"records.read"})), "members.read", Target(("a/b/",))) is Forbidden


def test_a_members_own_role_reaches_the_member_alone() -> None:
    mine, other = uuid.UUID(int=5), uuid.UUID(int=6)
    member = someone((MEMBER, "a/"), member_id=mine)
    for target, expected in ((Target((), mine), None), (Target(("a/x/",), mine), None), (Target(("a/",), other), NotFound), (Target(("a/",)), NotFound)):
        assert answer(member, "members.self", target) is expected, target
    assert answer(member, "members.read", Target((), mine)) is Forbidden
    assert answer(replace(member, member_id=None), "members.self", Target(())) is NotFound
    liaison = someone((MEMBER, "a/"), (LIAISON, "a/u/"), member_id=mine)
    assert [answer(liaison, "members.read", Target((path,), other)) for path in ("a/u/", "a/")] == [None, NotFound]


def test_the_paths_of_a_right_are_the_shortest_and_no_members() -> None:
    actor = someone((STREET, "b/c/"), (COUNTY, "a/"), (STREET, "a/x/"), (STREET, "a/"), (MEMBER, "c/"), (STREET, "b/"), (AUDITOR, "d/"))
    assert actor.paths("members.read") == ("a/", "b/")
    assert actor.paths("members.import") == ("a/",)
    assert (actor.paths("members.self"), actor.can("members.self")) == ((), True)
    assert (actor.roles(), [g.path for g in actor.organizations(STREET)], actor.organizations(LIAISON)) == (
        {STREET, COUNTY, MEMBER, AUDITOR}, ["b/c/", "a/x/", "a/", "b/"], ())
    by_token = replace(actor, scopes=frozenset({"members.import"}))
    assert (by_token.paths("members.read"), by_token.paths("members.import"), by_token.can("members.read"), by_token.can("members.import")) == (
        (), ("a/",), False, True)


def test_where_the_three_are_apart_a_city_administrator_has_none_of_theirs() -> None:
    one, apart = someone((ADMINISTRATOR, "a/")), someone((ADMINISTRATOR, "a/"), apart=True)
    for right, of_one, of_apart in (("accounts.manage", True, False), ("audit.read", True, False), ("settings.manage", True, False),
                                    ("members.read", True, True), ("members.self", False, False)):
        assert (one.can(right), bool(one.paths(right)), answer(one, right, Target(("a/b/",))) is None) == (of_one,) * 3, right
        assert (apart.can(right), bool(apart.paths(right)), answer(apart, right, Target(("a/b/",))) is None) == (of_apart,) * 3, right
    county = someone((COUNTY, "a/"), apart=True)
    assert (county.can("accounts.manage"), county.paths("settings.manage")) == (True, ("a/",))


def facts(tenant: TestTenant, *grants: tuple[str, uuid.UUID]) -> tuple[GrantFact, ...]:
    """The grants as an actor holds them, in the order of the tree."""
    rows = {one.id: one for one in session().execute(select(Organization.id, Organization.path, Organization.kind, Organization.name))}
    found = [GrantFact(role, place, rows[place].path, rows[place].kind, rows[place].name) for role, place in grants]
    return tuple(sorted(found, key=lambda one: (one.path, one.role)))


def test_an_actor_is_all_that_the_account_says(tenant: TestTenant) -> None:
    member = make_member(tenant, "王小明", account=True)
    assert member.account is not None
    mine = member.account.id
    with set_clock(MOMENT), tenant.scope() as opened:
        grant_role(mine, LIAISON, tenant.units[1], expires_at=MOMENT + SECOND)
        grant_role(mine, CITY, tenant.root, expires_at=MOMENT)  # has just run out
        opened.execute(update(Account).where(Account.id == mine).values(must_change_password=True, locale="en"))
        expected = Actor(mine, "王小明", member.id, facts(tenant, (MEMBER, tenant.units[0]), (LIAISON, tenant.units[1])), None, True, "en")
        assert load_actor(mine) == expected
        assert load_actor(mine, frozenset({"members.self"})) == replace(expected, scopes=frozenset({"members.self"}))
        token = open_login(mine)
        session().flush()
        login = opened.scalars(select(Login.id)).one()
        assert entry.by_login(token) == replace(expected, stage=PASSWORD, login_id=login)
        with set_clock(MOMENT + SECOND):
            assert load_actor(mine) == replace(expected, grants=facts(tenant, (MEMBER, tenant.units[0])))
        save("administration", {"one_administrator": False}, version=0)
    with set_clock(MOMENT), tenant.scope() as opened:
        assert load_actor(mine) == replace(expected, apart=True)
        found = entry.by_login(token)
        assert (found, found and found.factor_rules) == (replace(expected, apart=True, stage=PASSWORD, login_id=login), {LIAISON: "free", MEMBER: "free"})
        assert current_tenant().name == "武汉市"
        opened.execute(update(Account).where(Account.id == mine).values(active=False))
        assert (load_actor(mine), entry.by_login(token)) == (None, None)


@pytest.mark.parametrize(("role", "allowed_idle"), [(COMMUNITY, dt.timedelta(minutes=30)), (MEMBER, dt.timedelta(days=14))])
def test_how_long_a_login_may_lie_idle(tenant: TestTenant, role: str, allowed_idle: dt.timedelta) -> None:
    with set_clock(MOMENT), tenant.scope():
        account = make_account(tenant, role, tenant.communities[0] if role == COMMUNITY else tenant.units[0])
        token = open_login(account.id)
    for after, lives in ((allowed_idle - SECOND, True), (allowed_idle + SECOND, False)):
        with set_clock(MOMENT + after), tenant.scope() as opened:
            found = entry.by_login(token)
            assert (found and found.account_id) == (account.id if lives else None), after
            opened.rollback()


def test_an_officers_login_ends_after_twelve_hours_however_busy(tenant: TestTenant) -> None:
    with set_clock(MOMENT), tenant.scope():
        officer, member = (make_account(tenant, role, place) for role, place in ((COMMUNITY, tenant.communities[0]), (MEMBER, tenant.units[0])))
        tokens = [open_login(one.id) for one in (officer, member)]
    end = MOMENT + dt.timedelta(hours=12)
    with tenant.scope() as opened:
        opened.execute(update(Login).values(seen_at=end))
    for after, living in ((-SECOND, [True, True]), (SECOND, [False, True])):
        with set_clock(end + after), tenant.scope():
            assert [entry.by_login(token) is not None for token in tokens] == living


def test_a_login_is_noted_as_seen_once_a_minute_and_a_token_every_five(tenant: TestTenant) -> None:
    with set_clock(MOMENT), tenant.scope():
        actor = tenant.actor(COUNTY)
        login, _other = open_login(actor.account_id), open_login(actor.account_id)
        token, _unused = (create_token(actor, name, ["members.read"], 1) for name in ("x", "y"))
    for after, seen, used in ((dt.timedelta(), dt.timedelta(), dt.timedelta()), (MINUTE, dt.timedelta(), dt.timedelta()),
                              (MINUTE + SECOND, MINUTE + SECOND, dt.timedelta()), (2 * MINUTE, MINUTE + SECOND, dt.timedelta()),
                              (5 * MINUTE, 5 * MINUTE, dt.timedelta()), (5 * MINUTE + SECOND, 5 * MINUTE, 5 * MINUTE + SECOND)):
        with set_clock(MOMENT + after), tenant.scope():
            assert entry.by_login(login) is not None
            assert entry.by_token(token) is not None
        with tenant.scope() as opened:
            assert sorted(opened.scalars(select(Login.seen_at))) == sorted([MOMENT, MOMENT + seen]), after
            assert sorted(opened.scalars(select(AccessToken.last_used_at)), key=str) == sorted([None, MOMENT + used], key=str), after


def test_a_token_carries_its_scopes_until_it_runs_out(tenant: TestTenant) -> None:
    with set_clock(MOMENT), tenant.scope():
        plain, full = replace(tenant.actor(COUNTY), stage=PASSWORD), replace(tenant.actor(COUNTY), stage=FULL)
        tokens = [create_token(actor, "x", ["records.read", "members.read"], 1) for actor in (plain, full)]
    with set_clock(MOMENT + dt.timedelta(days=1) - SECOND), tenant.scope():
        scopes = frozenset({"members.read", "records.read"})
        assert [entry.by_token(token) for token in tokens] == [replace(plain, scopes=scopes), replace(full, scopes=scopes)]
        assert entry.by_token("bdt_1_nobody") is None
    with set_clock(MOMENT + dt.timedelta(days=1)), tenant.scope():
        assert [entry.by_token(token) for token in tokens] == [None, None]


def test_how_far_a_login_has_come(tenant: TestTenant) -> None:
    with set_clock(MOMENT), tenant.scope() as opened:
        one, other = (make_account(tenant, COMMUNITY, tenant.communities[0]).id for _time in range(2))
        opened.execute(insert(SecondFactor.__table__).values(tenant_id=tenant.id, id=uuid.uuid4(), account_id=one, secret=b"x"))
        tokens = [open_login(account, second_factor=met) for account in (one, other) for met in (False, True)]
        session().flush()
        assert [found and found.stage for found in map(entry.by_login, tokens)] == [HALF, FULL, PASSWORD, FULL]
        end_login(tokens[0])
        assert [entry.by_login(token) is None for token in tokens] == [True, False, False, False]


def test_a_suspended_tenant_lets_nobody_in_and_no_login_opens_another_tenant(tenant: TestTenant) -> None:
    elsewhere = make_tenant("4228", name="恩施州")
    with tenant.scope():
        token = open_login(tenant.accounts[COUNTY].id)
        key = create_token(tenant.actor(COUNTY), "x", ["members.read"], 1)
    with elsewhere.scope():
        assert (entry.by_login(token), entry.by_token(key)) == (None, None)
    with unscoped() as opened:
        opened.execute(update(Tenant).where(Tenant.id == tenant.id).values(status="suspended"))
    with tenant_scope(tenant.id):
        assert (entry.by_login(token), entry.by_token(key)) == (None, None)


@pytest.mark.parametrize("locked", [True, False])
def test_a_page_does_not_wait_for_another_one_that_notes_the_same(tenant: TestTenant, database: TestDatabase, locked: bool) -> None:
    with set_clock(MOMENT), tenant.scope():
        actor = tenant.actor(COUNTY)
        login, token = open_login(actor.account_id), create_token(actor, "x", ["members.read"], 1)
    later = MOMENT + dt.timedelta(minutes=20)
    with database.connect_admin() as other, other.transaction():
        if locked:
            other.execute("select 1 from login, access_token for update")
        with set_clock(later), tenant.scope() as opened:
            opened.execute(text("set local lock_timeout = '1ms'"))
            assert (entry.by_login(login) is not None, entry.by_token(token) is not None) == (True, True)
    with tenant.scope() as opened:
        assert [*opened.scalars(select(Login.seen_at)), *opened.scalars(select(AccessToken.last_used_at))] == (
            [MOMENT, None] if locked else [later, later])
