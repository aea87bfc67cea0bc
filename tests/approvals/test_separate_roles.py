"""System, security and audit are three accounts: in granting, in the database, and in what a city administrator still may (rule 12)."""
from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.access import accounts
from core.access.actor import load_actor
from core.access.models import Grant
from core.access.roles import ADMINISTRATOR, AUDITOR, CITY, COUNTY, MEMBER, RESERVED, ROLES, SECURITY, SEPARATE, SYSTEM, permissions
from core.errors import Forbidden, Invalid
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tenants import operating
from tenants.health import tenant as tenant_line
from tenants.settings import save
from tests.approvals.conftest import at_once
from tests.service.conftest import Browser
from tests.support.factories import TestTenant, make_account

NO_PATH = {"/settings/", "/accounts/", "/plugins/", "/audit/", "/jobs/"}


def apart(tenant: TestTenant) -> None:
    """The three are in separate hands from now on."""
    with tenant.scope():
        save("administration", {"one_administrator": False}, version=0)


def roles_of(account_id: uuid.UUID) -> set[str]:
    """What an account holds."""
    return set(session().scalars(select(Grant.role).where(Grant.tenant_id == tenant_id(), Grant.account_id == account_id)))


def made(tenant: TestTenant, name: str) -> uuid.UUID:
    """An account without any role."""
    with tenant.scope():
        return accounts.create_account(name, "新同志")


def test_no_account_holds_two_of_the_three(tenant: TestTenant) -> None:
    account = made(tenant, "one.hat")
    with tenant.scope():
        by = tenant.actor(ADMINISTRATOR)
        accounts.grant_role(account, SYSTEM, tenant.root, by=by)
        for other in (SECURITY, AUDITOR, ADMINISTRATOR):
            with pytest.raises(Invalid, match="系统管理员"):
                accounts.grant_role(account, other, tenant.root, by=by)
        accounts.grant_role(account, CITY, tenant.root, by=by)  # the city's work is no administering
        assert roles_of(account) == {SYSTEM, CITY}
        with pytest.raises(Invalid):
            accounts.grant_role(tenant.accounts[ADMINISTRATOR].id, AUDITOR, tenant.root)


def test_two_who_grant_at_once_do_not_join_what_is_apart(tenant: TestTenant) -> None:
    assert sorted(race(tenant, made(tenant, "two.hats"))) == ["Invalid", "NoneType"]


def test_without_the_question_the_index_still_refuses(tenant: TestTenant, monkeypatch: Any) -> None:
    monkeypatch.setattr(accounts, "_kept_apart", lambda *_: None)  # the twin: the first wall is gone
    outcome = race(tenant, made(tenant, "two.hats"))
    assert "IntegrityError" in outcome
    assert "Invalid" not in outcome


def test_without_either_wall_an_account_would_have_both(tenant: TestTenant, monkeypatch: Any) -> None:
    """The twin of the first test: with neither question nor index the second role is simply given."""
    monkeypatch.setattr(accounts, "_kept_apart", lambda *_: None)
    account = made(tenant, "two.hats")
    with pytest.raises(IntegrityError, match="one_hat"), tenant.scope():
        for role in (SYSTEM, AUDITOR):
            accounts.grant_role(account, role, tenant.root)
            session().flush()


def race(tenant: TestTenant, account: uuid.UUID) -> list[str]:
    """Two administrators give one account two roles together; how each fared."""
    def give(role: str) -> Callable[[], None]:
        def work() -> None:
            with tenant.scope():
                accounts.grant_role(account, role, tenant.root)
        return work
    return [type(one).__name__ for one in at_once(give(SYSTEM), give(SECURITY))]


def test_the_city_officer_has_all_but_what_is_reserved() -> None:
    held = {role: {p.code for p in permissions() if role in p.roles} for role in ROLES}
    assert held[CITY] == held[ADMINISTRATOR] - RESERVED
    assert held[SYSTEM] & held[SECURITY] == {"account.self", "approvals.read", "approvals.hierarchy", "approvals.loosen", "rules.read"}
    assert "audit.read" not in held[SYSTEM] | held[SECURITY]
    assert held[AUDITOR] == {"account.self", "audit.read", "rules.read"}
    assert not any(code.startswith(("members.", "records.", "claims.")) for code in held[SYSTEM] | held[SECURITY])
    assert {AUDITOR, SYSTEM, SECURITY} == SEPARATE


def test_where_they_are_apart_an_administrator_only_does_the_citys_work(tenant: TestTenant, browser: Callable[..., Browser]) -> None:
    city = browser(tenant.accounts[ADMINISTRATOR])
    assert {city.get(page).status_code for page in NO_PATH} == {200}
    with tenant.scope():
        own = {role: make_account(tenant, role, tenant.root) for role in (SYSTEM, SECURITY)}
    apart(tenant)
    assert {city.get(page).status_code for page in NO_PATH} == {403}
    assert city.get("/members/").status_code == 200
    opened = {role: {page for page in NO_PATH if browser(account).get(page).status_code == 200}
              for role, account in {**own, AUDITOR: tenant.accounts[AUDITOR]}.items()}
    assert opened == {SYSTEM: {"/settings/", "/plugins/", "/jobs/"}, SECURITY: {"/accounts/"}, AUDITOR: {"/audit/"}}
    with tenant.scope():
        security = load_actor(own[SECURITY].id)
        assert security is not None
        account = accounts.create_account("new.one", "新同志")
        with pytest.raises(Invalid, match="三员分立"):
            accounts.grant_role(account, ADMINISTRATOR, tenant.root, by=security)
        with pytest.raises(Forbidden):
            accounts.grant_role(own[SECURITY].id, COUNTY, tenant.counties[0], by=security)
        left = next(g for g in accounts.account_grants([tenant.accounts[ADMINISTRATOR].id]))
        accounts.revoke_grant(tenant.accounts[ADMINISTRATOR].id, left.id, by=security)  # what one administrator had is taken away
    line = tenant_line(tenant.code)
    operating.first_administrator(line, "first.one", "首任")
    with tenant.scope():
        assert roles_of(accounts.named("first.one")) == {SECURITY}


def test_where_one_does_it_all_security_makes_no_administrator(tenant: TestTenant) -> None:
    with tenant.scope():
        own = make_account(tenant, SECURITY, tenant.root)
        security = load_actor(own.id)
        assert security is not None
        account = accounts.create_account("new.one", "新同志")
        with pytest.raises(Forbidden):
            accounts.grant_role(account, ADMINISTRATOR, tenant.root, by=security)
        accounts.grant_role(account, AUDITOR, tenant.root, by=security)
        assert roles_of(account) == {AUDITOR}
        assert MEMBER in ROLES[SECURITY].grants
