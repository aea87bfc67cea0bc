"""What each act on an account leaves behind: its row, its grants, its logins and tokens, the audit log; and everybody else's untouched."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from sqlalchemy import func, select, update

from core.access import accounts
from core.access.actor import Actor, load_actor
from core.access.logins import password_tries
from core.access.models import AccessToken, Account, Grant, Login, LoginTry
from core.access.opening import open_login
from core.access.passwords import verify_password
from core.access.roles import ADMINISTRATOR, AUDITOR, CITY, COMMUNITY, COUNTY, LIAISON, MEMBER, SECURITY, STREET, SYSTEM
from core.access.tokens import create_token
from core.audit import entries
from core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from core.organizations.models import Organization
from core.tenancy import session, set_clock
from tests.access.test_accounts import refusal
from tests.support.factories import PASSWORD, TestTenant, make_account, make_member

MOMENT = dt.datetime(2026, 6, 30, 2, 0, tzinfo=dt.UTC)
NEW = "a quiet river"


def row(account_id: uuid.UUID) -> dict[str, Any]:
    """The account as it stands; the password's hash as "yes" or None."""
    found = session().execute(select(Account.__table__).where(Account.id == account_id)).mappings().one()
    return {name: value if name != "password_hash" else value and "yes" for name, value in found.items() if name not in ("tenant_id", "id")}


def fresh(username: str, display_name: str, **values: Any) -> dict[str, Any]:
    return {"username": username, "display_name": display_name, "password_hash": None, "member_id": None, "active": True, "must_change_password": False,
            "password_expires_at": None, "failed_logins": 0, "locked_until": None, "locale": "zh_Hans_CN", "version": 1, "created_at": MOMENT, **values}


def told(tenant: TestTenant, kind: str = "") -> list[tuple[str, str, uuid.UUID | None, Any]]:
    """The audit log without the making of tokens, or the entries whose action begins so, the oldest first; after the acts' scope, with which it is written."""
    with tenant.scope():
        return [(one.action, one.object_type, one.object_id, one.details) for one in reversed(entries())
                if one.action.startswith(kind) and one.action != "token.created"]


def doors(*accounts_: uuid.UUID) -> list[tuple[int, int]]:
    """How many logins and API tokens each account has."""
    return [tuple(session().scalar(select(func.count()).select_from(table).where(table.account_id == one)) or 0 for table in (Login, AccessToken))
            for one in accounts_]  # type: ignore[misc]


def opened(tenant: TestTenant, *roles: str) -> list[uuid.UUID]:
    """The accounts of the roles, each with two logins and a token."""
    for role in roles:
        actor = tenant.actor(role)
        for _time in range(2):
            open_login(actor.account_id)
        create_token(actor, "x", ["members.read"], 30)
    session().flush()
    return [tenant.accounts[role].id for role in roles]


def held(account_id: uuid.UUID) -> list[tuple[Any, ...]]:
    """Its grants: role, place, end, giver, beginning."""
    return [tuple(one) for one in session().execute(select(Grant.role, Grant.organization_id, Grant.expires_at, Grant.granted_by, Grant.created_at)
                                                    .where(Grant.account_id == account_id).order_by(Grant.role))]


def test_a_new_account(tenant: TestTenant) -> None:
    member = make_member(tenant)
    with set_clock(MOMENT), tenant.scope():
        plain = accounts.create_account(" wang ", "王")
        full = accounts.create_account("li", "李", NEW, member_id=member.id, must_change=True)
        assert row(plain) == fresh("wang", "王")
        assert row(full) == fresh("li", "李", password_hash="yes", member_id=member.id, must_change_password=True)
        assert verify_password(session().get_one(Account, (tenant.id, full)).password_hash, NEW)
        assert refusal(lambda: accounts.create_account("zhao", "赵", "12345678")) is Invalid
        assert refusal(lambda: accounts.create_account("wang ", "赵")) is Conflict
        assert (accounts.named(" wang"), accounts.named("li ")) == (plain, full)
    assert told(tenant) == [("account.created", "account", plain, None), ("account.created", "account", full, None)]


def test_a_grant_ends_the_logins_of_its_account_alone(tenant: TestTenant) -> None:
    until = MOMENT + dt.timedelta(days=3)
    with set_clock(MOMENT), tenant.scope():
        giver = tenant.actor(COUNTY)
        mine, other = opened(tenant, STREET, COMMUNITY)
        before = held(mine)
        accounts.grant_role(mine, COMMUNITY, tenant.communities[0], by=giver, expires_at=until)
        session().flush()
        assert held(mine) == [(COMMUNITY, tenant.communities[0], until, giver.account_id, MOMENT), *before]
        assert doors(mine, other) == [(0, 1), (2, 1)]
        open_login(mine)
        accounts.grant_role(mine, COMMUNITY, tenant.communities[0], by=giver, expires_at=until)  # the same again
        session().flush()
        assert doors(mine) == [(1, 1)]
        accounts.grant_role(mine, COMMUNITY, tenant.communities[0])  # for good, by the installation
        session().flush()
        assert held(mine) == [(COMMUNITY, tenant.communities[0], None, giver.account_id, MOMENT), *before]
        assert doors(mine) == [(0, 1)]
        accounts.grant_role(mine, COMMUNITY, tenant.communities[1])
        session().flush()
        assert sorted(one[3] is None for one in held(mine)) == [False, True, True]  # the street's was written by the factory, nobody gave it
    first, second = ({"role": COMMUNITY, "organization": str(place)} for place in tenant.communities[:2])
    assert told(tenant) == [("grant.given", "account", mine, details) for details in (first, first, second)]


def test_who_may_give_what(tenant: TestTenant) -> None:
    place = {COMMUNITY: tenant.communities[0], STREET: tenant.streets[0], COUNTY: tenant.counties[0], MEMBER: tenant.units[0], AUDITOR: tenant.root,
             SYSTEM: tenant.root, CITY: tenant.root, ADMINISTRATOR: tenant.root}

    def answers(by: Actor) -> dict[str, type[Exception] | None]:
        found = {}
        for role, where in place.items():
            someone = accounts.create_account(f"u{uuid.uuid4().hex[:8]}", "某")
            found[role] = refusal(lambda someone=someone, role=role, where=where: accounts.grant_role(someone, role, where, by=by))  # type: ignore[misc]
        return found

    with tenant.scope():
        absent = dict.fromkeys(place, NotFound)
        assert answers(tenant.actor(ADMINISTRATOR)) == dict.fromkeys(place)
        assert answers(tenant.actor(COUNTY)) == absent | {COMMUNITY: None, STREET: None, COUNTY: Forbidden, MEMBER: None}
        assert answers(tenant.actor(STREET)) == absent | {COMMUNITY: None, STREET: Forbidden}
        assert answers(tenant.actor(COMMUNITY)) == absent | {COMMUNITY: Forbidden}
        county = tenant.actor(COUNTY)
        assert refusal(lambda: accounts.grant_role(county.account_id, STREET, tenant.streets[0], by=county)) is Forbidden  # to oneself
        assert refusal(lambda: accounts.grant_role(tenant.accounts[STREET].id, COMMUNITY, tenant.communities[-1], by=county)) is NotFound


@pytest.mark.parametrize(("first", "second", "refused"), [
    (SYSTEM, SECURITY, True), (SECURITY, AUDITOR, True), (AUDITOR, SYSTEM, True), (ADMINISTRATOR, AUDITOR, True), (SYSTEM, ADMINISTRATOR, True),
    (SYSTEM, CITY, False), (CITY, AUDITOR, False), (ADMINISTRATOR, CITY, False), (SYSTEM, SYSTEM, False)])
def test_system_security_and_audit_are_not_joined_in_one_account(tenant: TestTenant, first: str, second: str, refused: bool) -> None:
    with tenant.scope():
        one = accounts.create_account("one", "某")
        other = accounts.create_account("other", "另")
        accounts.grant_role(one, first, tenant.root)
        session().flush()
        assert refusal(lambda: accounts.grant_role(one, second, tenant.root)) is (Invalid if refused else None)
        assert refusal(lambda: accounts.grant_role(other, second, tenant.root)) is None  # of another account it says nothing


def test_a_role_is_taken_back_by_who_may_give_it(tenant: TestTenant) -> None:
    with tenant.scope():
        mine, other = opened(tenant, COMMUNITY, STREET)
        accounts.grant_role(mine, COMMUNITY, tenant.communities[1])
        session().flush()
        open_login(mine)
        first, second = sorted(session().execute(select(Grant.id, Grant.organization_id).where(Grant.account_id == mine)).all(),
                               key=lambda one: one.organization_id != tenant.communities[0])
        county, community = tenant.actor(COUNTY), tenant.actor(COMMUNITY)
        far = tenant.others[COUNTY].id
        assert refusal(lambda: accounts.revoke_grant(other, first.id, by=county)) is NotFound  # not of this account
        assert refusal(lambda: accounts.revoke_grant(mine, uuid.uuid4(), by=county)) is NotFound
        assert refusal(lambda: accounts.revoke_grant(mine, first.id, by=community)) is Forbidden
        stranger = load_actor(far)
        assert stranger is not None
        assert refusal(lambda: accounts.revoke_grant(mine, first.id, by=stranger)) is NotFound
        assert doors(mine, other) == [(1, 1), (2, 1)]
        accounts.revoke_grant(mine, first.id, by=county)
        assert [one[1] for one in held(mine)] == [second.organization_id]
        assert doors(mine, other) == [(0, 1), (2, 1)]
    assert told(tenant, "grant.revoked") == [("grant.revoked", "account", mine, {"role": COMMUNITY})]


def spoiled(account_id: uuid.UUID) -> None:
    """As if somebody had tried at it, and a temporary password were out."""
    session().execute(update(Account).where(Account.id == account_id).values(
        must_change_password=True, password_expires_at=MOMENT + dt.timedelta(days=1), failed_logins=7, locked_until=MOMENT + dt.timedelta(hours=1)))
    password_tries(account_id).failed_logins = 3
    session().flush()
    session().expire_all()


def tries() -> list[int]:
    return sorted(session().scalars(select(LoginTry.failed_logins)))


def test_a_password_of_ones_own(tenant: TestTenant) -> None:
    with set_clock(MOMENT), tenant.scope():
        mine, other = opened(tenant, COMMUNITY, STREET)
        spoiled(mine)
        spoiled(other)
        before = row(mine)
        accounts.change_password(mine, PASSWORD, NEW)
        session().flush()
        assert row(mine) == before | {"must_change_password": False, "password_expires_at": None}  # sign-ins are counted apart
        assert (doors(mine, other), tries()) == ([(0, 1), (2, 1)], [3])
        session().expire_all()
        assert [verify_password(session().get_one(Account, (tenant.id, mine)).password_hash, word) for word in (PASSWORD, NEW)] == [False, True]
    assert told(tenant) == [("account.password_changed", "account", mine, None)]


def test_a_password_by_a_slip_ends_tokens_too(tenant: TestTenant) -> None:
    with set_clock(MOMENT), tenant.scope():
        mine, other = opened(tenant, COMMUNITY, STREET)
        spoiled(mine)
        spoiled(other)
        before = row(mine)
        accounts.set_password(mine, NEW)
        session().flush()
        assert row(mine) == before | {"must_change_password": False, "password_expires_at": None, "failed_logins": 0, "locked_until": None}
        assert (doors(mine, other), tries(), row(other)["failed_logins"]) == ([(0, 0), (2, 1)], [3], 7)
    assert told(tenant) == [("account.password_changed", "account", mine, None)]


def test_a_password_is_closed(tenant: TestTenant) -> None:
    with set_clock(MOMENT), tenant.scope():
        mine, other = opened(tenant, COMMUNITY, STREET)
        spoiled(mine)
        before = row(mine)
        accounts.close_password(mine)
        session().flush()
        assert row(mine) == before | {"password_hash": None, "must_change_password": True, "password_expires_at": None, "failed_logins": 0, "locked_until": None}
        assert (doors(mine, other), tries()) == ([(0, 0), (2, 1)], [])


@pytest.mark.parametrize("by_somebody", [True, False])
def test_a_password_is_reset_for_two_weeks(tenant: TestTenant, by_somebody: bool) -> None:
    with set_clock(MOMENT), tenant.scope():
        mine, other = opened(tenant, COMMUNITY, STREET)
        spoiled(mine)
        before = row(mine)
        password = accounts.reset_password(mine, by=tenant.actor(COUNTY) if by_somebody else None)
        session().flush()
        assert re.fullmatch(r"[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}", password)
        assert row(mine) == before | {"must_change_password": True, "password_expires_at": MOMENT + dt.timedelta(days=14), "failed_logins": 0,
                                      "locked_until": None}
        assert (doors(mine, other), tries()) == ([(0, 0), (2, 1)], [])
        session().expire_all()
        assert verify_password(session().get_one(Account, (tenant.id, mine)).password_hash, password)
    assert told(tenant) == [("account.password_reset", "account", mine, None)]


def test_a_weak_word_of_ones_own_is_no_password(tenant: TestTenant) -> None:
    """The account's name, its owner's, the tenant's in any of its forms."""
    with tenant.scope():
        made = accounts.create_account("zhangdawei1958", "张大伟七号楼长", NEW)
        for word in ("zhangdawei1958", "张大伟七号楼长", f"{tenant.slug}-2026"):
            for change in (lambda word=word: accounts.change_password(made, NEW, word), lambda word=word: accounts.set_password(made, word)):  # type: ignore[misc]
                assert refusal(change) is Invalid, word


def test_a_wrong_old_password_waits_and_changes_nothing(tenant: TestTenant) -> None:
    with tenant.scope():
        mine = tenant.accounts[COMMUNITY].id
    for time in range(7):
        with set_clock(MOMENT), tenant.scope():
            raised = refusal(lambda: accounts.prove_password(mine, "wrong"))
            assert raised is (Invalid if time < 5 else TooMany), time
    with set_clock(MOMENT), tenant.scope():
        assert refusal(lambda: accounts.prove_password(mine, PASSWORD)) is TooMany  # even the right one
    with set_clock(MOMENT + dt.timedelta(hours=1)), tenant.scope():
        assert (accounts.prove_password(mine, PASSWORD).id, tries()) == (mine, [])
    assert told(tenant) == [("account.password_refused", "account", mine, None)] * 5


def test_an_account_is_switched_off_and_on(tenant: TestTenant) -> None:
    with tenant.scope():
        mine, other = opened(tenant, COMMUNITY, STREET)
        county = tenant.actor(COUNTY)
        accounts.set_active(mine, active=False, by=county)
        session().flush()
        assert (row(mine)["active"], row(other)["active"], doors(mine, other)) == (False, True, [(0, 1), (2, 1)])
        open_login(mine)
        accounts.set_active(mine, active=True, by=county)
        session().flush()
        assert (row(mine)["active"], doors(mine)) == (True, [(1, 1)])
        assert refusal(lambda: accounts.set_active(uuid.uuid4(), active=False, by=county)) is NotFound
    assert told(tenant) == [("account.disabled", "account", mine, None), ("account.enabled", "account", mine, None)]


def test_who_manages_whose_account(tenant: TestTenant) -> None:
    """All of its roles must lie in reach and be such as one gives; an account without any is the administrators'."""
    with tenant.scope():
        security = make_account(tenant, SECURITY, tenant.root)
        auditor, free = tenant.accounts[AUDITOR].id, accounts.create_account("free", "无岗位")
        both = make_account(tenant, COMMUNITY, tenant.communities[0])
        accounts.grant_role(both.id, COMMUNITY, tenant.communities[-1])
        session().flush()
        who = {"community": tenant.accounts[COMMUNITY].id, "county": tenant.accounts[COUNTY].id, "auditor": auditor, "free": free, "both": both.id,
               "unit": tenant.accounts[LIAISON].id}
        kept = load_actor(security.id)
        assert kept is not None

        def answers(by: Actor) -> dict[str, type[Exception] | None]:
            return {name: refusal(lambda one=one: accounts.manageable(one, by)) for name, one in who.items()}  # type: ignore[misc]

        everything: dict[str, type[Exception] | None] = dict.fromkeys(who)
        assert answers(tenant.actor(ADMINISTRATOR)) == everything
        assert answers(kept) == everything
        assert answers(tenant.actor(COUNTY)) == {"community": None, "county": Forbidden, "auditor": NotFound, "free": NotFound, "both": NotFound, "unit": None}
        assert answers(tenant.actor(STREET)) == {"community": None, "county": NotFound, "auditor": NotFound, "free": NotFound, "both": NotFound,
                                                 "unit": NotFound}
        assert accounts.manageable(free, kept).username == "free"


def test_the_grants_of_several_accounts_in_the_order_of_the_tree(tenant: TestTenant) -> None:
    until = MOMENT + dt.timedelta(days=1)
    with tenant.scope():
        mine, other, third = (tenant.accounts[role].id for role in (COMMUNITY, COUNTY, STREET))
        accounts.grant_role(mine, COMMUNITY, tenant.communities[1], expires_at=until)
        accounts.grant_role(mine, MEMBER, tenant.units[0])
        session().flush()
        found = [(one.account_id, one.role, one.expires_at, one.name, one.kind, one.path) for one in accounts.account_grants([mine, other])]
        paths = tenant.paths
        assert found == sorted([
            (mine, COMMUNITY, None, one_name(tenant.communities[0]), "community", paths[tenant.communities[0]]),
            (mine, COMMUNITY, until, one_name(tenant.communities[1]), "community", paths[tenant.communities[1]]),
            (mine, MEMBER, None, one_name(tenant.units[0]), "unit", paths[tenant.units[0]]),
            (other, COUNTY, None, one_name(tenant.counties[0]), "county", paths[tenant.counties[0]])], key=lambda one: (one[5], one[1]))
        assert {one.id for one in accounts.account_grants([third])} == {session().scalar(select(Grant.id).where(Grant.account_id == third))}
        assert accounts.account_grants([]) == []


def one_name(organization: uuid.UUID) -> str:
    return str(session().scalar(select(Organization.name).where(Organization.id == organization)))


def test_only_a_members_own_role_goes_along_to_another_unit(tenant: TestTenant) -> None:
    mover = make_member(tenant, account=True)
    assert mover.account is not None
    with tenant.scope():
        accounts.grant_role(mover.account.id, LIAISON, tenant.units[0])
        accounts.follow_units({mover.id: tenant.units[1]})
        session().flush()
        assert [one[:2] for one in held(mover.account.id)] == [(MEMBER, tenant.units[1]), (LIAISON, tenant.units[0])]
