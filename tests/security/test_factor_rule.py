"""A tenant may ask a second factor of unit liaisons and members too: who comes under the rule enrols at the next page and is locked out of nothing."""
from __future__ import annotations

import dataclasses
import re

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.access import accounts, factors, tokens
from core.access.actor import load_actor
from core.access.roles import ADMINISTRATOR, COMMUNITY, LIAISON
from core.audit import EntryFilter, entries
from core.config import Config
from core.errors import Conflict, Invalid, NotFound
from core.members import phone_accounts
from core.tenancy import now, set_clock, tenant_scope, unscoped
from tenants import settings
from tests.security.test_second_factor import SETUP, STEP, enrol, half_signed_in
from tests.support.applications import shared_app
from tests.support.browsing import submit
from tests.support.factories import PASSWORD, TestAccount, TestTenant, make_member, make_tenant, sign_in
from web import tenant as frame

pytestmark = pytest.mark.promise(5)

RULE = "/settings/second_factor"


@pytest.fixture
def tenant(config: Config) -> TestTenant:
    return make_tenant()


@pytest.fixture
def app(config: Config) -> Flask:
    """As it is installed: officers must."""
    return shared_app(dataclasses.replace(config, second_factor="officers"))


@pytest.fixture
def person(tenant: TestTenant) -> TestAccount:
    """A member with an account."""
    found = make_member(tenant, account=True).account
    assert found is not None
    return found


def lay_down(app: Flask, tenant: TestTenant, **rule: str) -> int:
    """The administrator's form, past the page that says what follows."""
    client, values = app.test_client(), {"unit_liaisons": "free", "members": "free"} | rule
    sign_in(client, tenant.accounts[ADMINISTRATOR])
    with tenant.scope():
        version = settings.get("second_factor").version
    looked = submit(client, RULE, version=str(version), **values)
    if looked.status_code != 200:
        return looked.status_code
    assert "程序令牌须重新建立" in looked.text
    return submit(client, RULE, version=str(version), step="sure", **values).status_code


def by_token(app: Flask, account: TestAccount, stage: str) -> tuple[FlaskClient, dict[str, str]]:
    """A program of the account, its token made by a login of that stage."""
    with tenant_scope(account.tenant_id):
        own = load_actor(account.id)
        assert own is not None
        made = tokens.create_token(dataclasses.replace(own, stage=stage), "x", ["organizations.read"], 30)
    return app.test_client(), {"Authorization": f"Bearer {made}"}


def test_who_comes_under_the_rule_enrols_at_the_next_page_and_goes_on(app: Flask, tenant: TestTenant, person: TestAccount) -> None:
    liaison = tenant.accounts[LIAISON]
    working, member = half_signed_in(app, liaison), half_signed_in(app, person)
    assert [working.get("/account/").status_code, lay_down(app, tenant, unit_liaisons="required")] == [200, 303]
    assert (working.get("/members/").location, member.get("/account/").status_code) == (f"{SETUP}?next=/members/", 200)
    begin = now()
    with set_clock(begin):
        page = working.get(SETUP).text
        key = re.sub(r"\s", "", re.search(r'setup-key">([^<]+)<', page)[1])  # type: ignore[index]
        done = submit(working, SETUP, code=pyotp.TOTP(key).at(begin), next="/members/")
        recovery = re.findall(r"<li>(\w+-\w+)</li>", done.text)
        assert ("恢复码" in page, len(recovery), working.get("/members/").status_code) == (True, 10, 200)
        refused = submit(working, "/account/second-factor/", "/account/second-factor/remove", old_password=PASSWORD)
        assert (refused.status_code, "武汉市要求使用两步登录。换手机" in refused.text, "您的岗位" in refused.text) == (409, True, False)
        again = app.test_client()  # the phone lies at home: a code from paper opens too
        submit(again, f"/t/{tenant.slug}/login", username=LIAISON, password=PASSWORD)
        assert again.get("/members/").location.startswith(STEP)
        assert (submit(again, STEP, code=recovery[0]).status_code, again.get("/members/").status_code) == (303, 200)
    with tenant.scope():
        changed = [e for e in entries(EntryFilter("settings.changed")) if e.actor_id == tenant.accounts[ADMINISTRATOR].id]
    assert len(changed) == 1
    assert lay_down(app, tenant, members="sometimes") == 422


def under_the_rule(app: Flask, tenant: TestTenant) -> list[int]:
    """What a page, a program with a password's token and one with a second factor's are answered before and after the rule."""
    liaison = tenant.accounts[LIAISON]
    programs = [by_token(app, liaison, stage) for stage in ("password", "full")]

    def answers() -> list[int]:
        return [half_signed_in(app, liaison).get("/members/").status_code,
                *(client.get("/api/v1/organizations", headers=headers).status_code for client, headers in programs)]
    before = answers()
    lay_down(app, tenant, unit_liaisons="required")
    client, headers = programs[0]
    refused = client.get("/api/v1/organizations", headers=headers)
    assert ("重新建立令牌" in refused.text) == (refused.status_code == 403) == (refused.mimetype == "application/problem+json")
    return [*before, *answers()]


def test_the_rule_holds_for_pages_and_programs(app: Flask, tenant: TestTenant) -> None:
    assert under_the_rule(app, tenant) == [200, 200, 200, 302, 403, 200]


def test_twin_without_the_question_a_password_goes_on(app: Flask, tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "must_enrol", lambda *_: False)
    assert under_the_rule(app, tenant) == [200] * 6


def test_members_are_reminded_once_a_sign_in_where_it_is_offered(app: Flask, tenant: TestTenant, person: TestAccount) -> None:
    lay_down(app, tenant, unit_liaisons="offered", members="offered")
    client, words = app.test_client(), "建议您设置两步登录"
    with tenant.scope():
        name = accounts.username(person.id)
    assert submit(client, f"/t/{tenant.slug}/login", username=name, password=PASSWORD).status_code == 303
    assert [words in client.get("/account/").text for _time in range(2)] == [True, False]


def test_what_the_operator_lays_down_and_locks_holds_for_the_tenant(app: Flask, tenant: TestTenant, person: TestAccount) -> None:
    client = half_signed_in(app, person)
    try:
        with unscoped():
            settings.save_for_all("second_factor", {"members": "required"}, locked=["members"])
        with tenant.scope():
            settings.save("second_factor", {"unit_liaisons": "free"}, version=0)
        assert client.get("/account/").location.startswith(SETUP)
        # Of liaisons no less is asked than of members, whatever the tenant says.
        assert half_signed_in(app, tenant.accounts[LIAISON]).get("/account/").location.startswith(SETUP)
    finally:
        with unscoped():
            settings.save_for_all("second_factor", {}, locked=[])
    assert client.get("/account/").status_code == 200


def test_a_lost_phone_is_put_right_at_the_unit(app: Flask, tenant: TestTenant, person: TestAccount) -> None:
    enrol(person)
    elsewhere = make_member(tenant, unit=1, account=True)
    assert elsewhere.account is not None
    enrol(elsewhere.account)
    with tenant.scope():
        member = next(row for row in phone_accounts.of_unit(tenant.units[0]) if row.account_id == person.id)
        assert member.factor
        with pytest.raises(NotFound):
            phone_accounts.reset_factor(tenant.actor(LIAISON), elsewhere.id, PASSWORD)
        assert factors.has_codes(elsewhere.account.id)
    client = app.test_client()
    sign_in(client, tenant.accounts[LIAISON])
    page, door = f"/member-accounts/{tenant.units[0]}", f"/member-accounts/members/{member.member_id}/second-factor/reset"
    assert submit(client, page, door).status_code == 200  # asks for the password
    with tenant.scope():
        assert factors.has_codes(person.id)
    assert submit(client, page, door, step="sure", old_password=PASSWORD).status_code == 303
    with tenant.scope():
        assert not factors.has_codes(person.id)
        assert [(e.actor_id, e.object_id) for e in entries(EntryFilter("factor.reset"))] == [(tenant.accounts[LIAISON].id, person.id)]
        accounts.grant_role(person.id, COMMUNITY, tenant.communities[0])  # more than a member: not the unit's any more
        with pytest.raises(Conflict):
            phone_accounts.reset_factor(tenant.actor(LIAISON), member.member_id, PASSWORD)


@pytest.mark.parametrize(("liaisons", "members", "taken"), [
    ("free", "required", False), ("free", "offered", False), ("offered", "required", False), ("offered", "offered", True), ("required", "free", True)])
def test_of_liaisons_no_less_is_asked_than_of_members(tenant: TestTenant, liaisons: str, members: str, *, taken: bool) -> None:
    with tenant.scope():
        try:
            settings.save("second_factor", {"unit_liaisons": liaisons, "members": members}, version=0)
            said: list[str] = []
        except Invalid as error:
            said = error.fields["unit_liaisons"]
    assert said == ([] if taken else ["单位联络员的要求不能低于在职党员：联络员可以重设党员的密码和两步登录。请先提高这一项。"])
