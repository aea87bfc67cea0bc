"""What is changed about an account's second factor is changed by its owner: an open login alone, or a login of long ago, is no proof."""
from __future__ import annotations

import datetime as dt
import re

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from core.access import factors, passkeys
from core.access.models import AccessToken, Account, Login
from core.access.opening import open_login
from core.access.roles import COUNTY, LIAISON
from core.audit import EntryFilter, entries, set_actor
from core.members import phone_accounts
from core.tenancy import now, session, set_clock
from tenants import settings
from tests.security.test_factor_rule import app, by_token, person, tenant
from tests.security.test_passkeys import register
from tests.security.test_second_factor import SETUP, enrol as enrolled, half_signed_in
from tests.support.browsing import submit
from tests.support.factories import PASSWORD, TestAccount, TestTenant, make_member, sign_in
from web.pages import second_factor

__all__ = ["app", "person", "tenant"]
pytestmark = pytest.mark.promise(5)


def enrol(client: FlaskClient, **values: str) -> tuple[bool, int]:
    """Whether the page asks for the password, and what the right code of a new app is answered."""
    page = client.get(SETUP).text
    key = re.sub(r"\s", "", re.search(r'setup-key">([^<]+)<', page)[1])  # type: ignore[index]
    return "old_password" in page, submit(client, SETUP, code=pyotp.TOTP(key).at(now()), **values).status_code


def under_a_new_rule(app: Flask, tenant: TestTenant, person: TestAccount, **values: str) -> tuple[bool, int]:
    """The same, at a login that was opened two hours before the city's rule made it unfinished."""
    begin = now()
    with set_clock(begin - dt.timedelta(hours=2)):
        client = half_signed_in(app, person)
    with set_clock(begin):
        with tenant.scope():
            settings.save("second_factor", {"members": "required", "unit_liaisons": "required"}, version=0)
        assert client.get("/account/").location.startswith(SETUP)
        if not values:
            assert "原密码不对" in submit(client, "/account/passkeys/new", name="x").text
        return enrol(client, **values)


def test_an_old_login_enrols_nobody_without_the_password(app: Flask, tenant: TestTenant, person: TestAccount) -> None:
    assert under_a_new_rule(app, tenant, person) == (True, 422)
    with tenant.scope():
        assert not factors.has_factor(person.id)


def test_the_password_lets_the_owner_of_an_old_login_enrol(app: Flask, tenant: TestTenant, person: TestAccount) -> None:
    assert under_a_new_rule(app, tenant, person, old_password=PASSWORD) == (True, 200)


def test_twin_without_the_look_at_the_logins_age_anybody_enrols(
        app: Flask, tenant: TestTenant, person: TestAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_factor, "is_fresh", lambda _own: True)
    assert under_a_new_rule(app, tenant, person, next="/") == (False, 200)


def test_who_has_no_password_signs_in_anew(app: Flask, tenant: TestTenant, person: TestAccount) -> None:
    with tenant.scope():
        session().execute(update(Account).where(Account.tenant_id == tenant.id, Account.id == person.id).values(password_hash=None))
    assert under_a_new_rule(app, tenant, person, next="/") == (False, 422)
    client = half_signed_in(app, person)
    assert enrol(client) == (False, 200)


def marks(tenant: TestTenant, person: TestAccount) -> tuple[list[str], list[bool]]:
    """How far the account's logins count, and whether its tokens count as made with a second factor."""
    with tenant.scope():
        return (sorted(session().scalars(select(Login.stage).where(Login.account_id == person.id))),
                list(session().scalars(select(AccessToken.second_factor).where(AccessToken.account_id == person.id))))


@pytest.mark.parametrize("last", ["codes", "passkey"])
def test_when_the_last_factor_goes_logins_and_tokens_count_as_opened_without(app: Flask, tenant: TestTenant, last: str) -> None:
    person, other = tenant.accounts[LIAISON], tenant.accounts[COUNTY]  # another's stay as they are
    for account in (person, other):
        enrolled(account)
        register(account)
        by_token(app, account, "full")
    client = app.test_client()
    sign_in(client, person)
    sign_in(app.test_client(), other)
    with tenant.scope():
        key = passkeys.listed(person.id)[0].id
    forms = [("/account/second-factor/", "/account/second-factor/remove"), (f"/account/passkeys/{key}", f"/account/passkeys/{key}/remove")]
    for number, (page, action) in enumerate(forms if last == "passkey" else forms[::-1]):
        assert submit(client, page, action, old_password=PASSWORD).status_code == 303
        if number == 0:
            assert marks(tenant, person) == (["full"], [True])  # the other factor stays
            with tenant.scope():
                open_login(person.id, second_factor=True)
    assert marks(tenant, person) == (["password"] if last == "codes" else ["password", "password"], [False])
    assert marks(tenant, other) == (["full"], [True])
    assert client.get("/account/").status_code == 200


def taken_away(app: Flask, tenant: TestTenant, client: FlaskClient, **values: str) -> list[int]:
    """What the unit's two presses are answered that take a member's second factor away."""
    member = make_member(tenant, account=True)
    assert member.account is not None
    enrolled(member.account)
    door = f"/member-accounts/members/{member.id}/second-factor/reset"
    answers = [submit(client, f"/member-accounts/{tenant.units[0]}", door, **step).status_code for step in ({}, {"step": "sure"} | values)]
    with tenant.scope():
        assert factors.has_factor(member.account.id) is (answers[1] != 303)
    return answers


def test_a_liaisons_password_or_open_login_alone_takes_no_members_factor_away(app: Flask, tenant: TestTenant) -> None:
    phished, working = half_signed_in(app, tenant.accounts[LIAISON]), app.test_client()
    sign_in(working, tenant.accounts[LIAISON])
    assert taken_away(app, tenant, phished, old_password=PASSWORD) == [403, 403]
    assert taken_away(app, tenant, working) == taken_away(app, tenant, working, old_password="wrong-password") == [200, 422]
    with tenant.scope():
        assert len(entries(EntryFilter("account.password_refused"))) == 2  # counted
    assert taken_away(app, tenant, working, old_password=PASSWORD) == [200, 303]


def test_twin_without_the_two_walls_a_password_is_enough(app: Flask, tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_accounts, "FULL", "password")
    monkeypatch.setattr(phone_accounts, "prove", lambda *_: None)
    assert taken_away(app, tenant, half_signed_in(app, tenant.accounts[LIAISON])) == [200, 303]


def test_who_was_reset_is_told_by_whom_once_and_its_programs_are_shut_out(app: Flask, tenant: TestTenant) -> None:
    account, words = tenant.accounts[LIAISON], "您的两步登录已由"

    def greeting() -> bool:
        client = app.test_client()
        assert submit(client, f"/t/{tenant.slug}/login", username=LIAISON, password=PASSWORD).status_code == 303
        return words in client.get("/account/").text
    program, headers = by_token(app, account, "full")
    assert (greeting(), program.get("/api/v1/organizations", headers=headers).status_code) == (False, 200)
    enrolled(account)
    with tenant.scope(), set_actor("account", tenant.accounts[COUNTY].id):
        factors.reset(account.id, by=None)
    with tenant.scope():
        assert factors.reset_since_last_login(account.id) == session().scalar(
            select(Account.display_name).where(Account.tenant_id == tenant.id, Account.id == tenant.accounts[COUNTY].id))
    assert (greeting(), greeting(), program.get("/api/v1/organizations", headers=headers).status_code) == (True, False, 401)
