"""Promise 5: an officer's password alone opens no page, and each code works once; the wall is taken down in the twins."""
from __future__ import annotations

import dataclasses
import datetime as dt
import math
import re
from collections.abc import Callable

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from core.access import factors, one_time_codes, operator_factors, operators, slips
from core.access.factor_models import RecoveryCode, SecondFactor
from core.access.opening import open_login
from core.access.roles import ADMINISTRATOR, COMMUNITY, COUNTY, LIAISON, MEMBER, ROLES, STREET, role_permissions
from core.audit import EntryFilter, entries
from core.config import Config
from core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from core.tenancy import now, session, set_clock, tenant_scope, unscoped
from tests.support.applications import shared_app
from tests.support.browsing import submit
from tests.support.factories import PASSWORD, TestAccount, TestTenant, make_account, make_member, make_tenant, sign_in
from web import tenant as frame
from web.routing import access_of

pytestmark = pytest.mark.promise(5)

SETUP, STEP = "/account/second-factor/setup", "/second-step/"
DURING_SETUP = {"account.password", "login.sign_out", "second_factor.setup", "second_factor.confirm", "passkeys.new", "passkeys.create"}
DURING_STEP = {"second_step.show", "second_step.check", "second_step.passkey", "login.sign_out"}


@pytest.fixture
def tenant(config: Config) -> TestTenant:
    return make_tenant()


@pytest.fixture
def app(config: Config) -> Flask:
    """As it is installed: officers must."""
    return shared_app(dataclasses.replace(config, second_factor="officers"))


def half_signed_in(app: Flask, account: TestAccount) -> FlaskClient:
    """A client that has given the password, and nothing more."""
    client = app.test_client()
    with tenant_scope(account.tenant_id):
        token = open_login(account.id)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = f"{account.tenant_id}.{token}"
    return client


def enrol(account: TestAccount) -> tuple[pyotp.TOTP, list[str]]:
    """The account's app, and its recovery codes."""
    with tenant_scope(account.tenant_id):
        app = pyotp.TOTP(factors.propose(account.id))
        return app, factors.confirm(account.id, app.at(now()))


def let_in(app: Flask, clients: dict[str, FlaskClient], to: str, meant: set[str], most: int = 10_000) -> tuple[int, list[str]]:
    """How many pages with a permission or the operators' were asked for, and those that did not send to the page `to`."""
    asked, found = 0, []
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint) if not rule.endpoint.endswith("static") else None
        if access is None or access.permission is None or rule.rule.startswith("/api/") or rule.endpoint in meant or asked >= most:
            continue
        role = next(role for role in clients if access.permission in role_permissions(role))
        values = dict.fromkeys(rule.arguments, "00000000-0000-0000-0000-000000000001" if "uuid:" in rule.rule else "registration")
        with app.test_request_context():
            address = app.url_map.bind("localhost").build(rule.endpoint, values)
        for method in sorted(set(rule.methods or ()) - {"HEAD", "OPTIONS"}):
            asked += 1
            answer = clients[role].open(address, method=method)
            if answer.status_code != 302 or not (answer.location or "").startswith(to):
                found.append(f"{method} {rule.rule} as {role}: {answer.status_code}")
    return asked, found


def officers(tenant: TestTenant) -> dict[str, TestAccount]:
    """One account for each role that must have a second factor, and a member's who is an officer too."""
    person = make_member(tenant, account=True).account
    assert person is not None
    with tenant.scope():
        from core.access.accounts import grant_role
        grant_role(person.id, COMMUNITY, tenant.communities[0])
        own = {role: tenant.accounts.get(role) or make_account(tenant, role, tenant.root) for role in ROLES if role not in (MEMBER, LIAISON)}
    return own | {LIAISON: person, MEMBER: person}


def test_no_page_opens_to_an_officers_password_alone(app: Flask, tenant: TestTenant, record_property: Callable[[str, object], None]) -> None:
    clients = {role: half_signed_in(app, account) for role, account in officers(tenant).items()}
    asked, found = let_in(app, clients, SETUP, DURING_SETUP)
    record_property("figure", f"{asked - len(found)} of {asked} routes refuse an officer's password alone")
    assert found == []
    assert asked > 300


def test_no_page_opens_while_a_code_is_still_to_be_given(app: Flask, tenant: TestTenant) -> None:
    account = tenant.accounts[ADMINISTRATOR]
    enrol(account)
    asked, found = let_in(app, {ADMINISTRATOR: half_signed_in(app, account), **{
        role: half_signed_in(app, a) for role, a in officers(tenant).items() if role != ADMINISTRATOR}}, "/", DURING_STEP | DURING_SETUP, 150)
    assert (asked, found) == (150, [])
    client = half_signed_in(app, account)
    assert {client.get(page).location for page in ("/members/", "/account/", SETUP, "/account/passkeys/new")} == {
        f"{STEP}?next=/members/", f"{STEP}?next=/account/", f"{STEP}?next={SETUP}", f"{STEP}?next=/account/passkeys/new"}


def test_twin_without_the_wall_the_password_alone_opens_pages(app: Flask, tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "check_factor", lambda _found: None)
    clients = {role: half_signed_in(app, account) for role, account in officers(tenant).items()}
    _asked, found = let_in(app, clients, SETUP, DURING_SETUP, 20)
    assert found


def test_members_and_liaisons_need_none_and_an_installation_may_leave_it_to_everybody(app: Flask, config: Config, tenant: TestTenant) -> None:
    person = make_member(tenant, account=True).account
    assert person is not None
    assert [half_signed_in(app, account).get("/account/").status_code for account in (person, tenant.accounts[LIAISON])] == [200, 200]
    free = shared_app(config)
    assert half_signed_in(free, tenant.accounts[ADMINISTRATOR]).get("/members/").status_code == 200
    enrol(tenant.accounts[ADMINISTRATOR])  # who has one is asked for it all the same
    assert half_signed_in(free, tenant.accounts[ADMINISTRATOR]).get("/members/").location.startswith(STEP)


def test_no_operators_page_opens_to_a_password_alone(app: Flask) -> None:
    with unscoped():
        operators.create_operator("root", PASSWORD)
    client = app.test_client()
    assert submit(client, "/operator/login", username="root", password=PASSWORD).status_code == 303
    pages = [rule for rule in app.url_map.iter_rules() if not rule.endpoint.endswith("static") and (a := access_of(app, rule.endpoint)) and a.operator]

    def opened(meant: str, to: str) -> list[str]:
        asked = [(rule.rule, client.open(rule.rule.replace("<code>", "4201"), method=method)) for rule in pages if rule.endpoint != meant
                 for method in sorted(set(rule.methods or ()) - {"HEAD", "OPTIONS"})]
        return [rule for rule, answer in asked if (answer.status_code, answer.location) != (302, to)]
    assert len(pages) > 8
    assert opened("operator_factor.setup", "/operator/second-factor") == []
    key = re.sub(r"\s", "", re.search(r'setup-key">([^<]+)<', client.get("/operator/second-factor").text)[1])  # type: ignore[index]
    begin, phone = now(), pyotp.TOTP(key)
    with set_clock(begin):
        done = submit(client, "/operator/second-factor", code=phone.at(begin))
        recovery = re.findall(r"<li>(\w+-\w+)</li>", done.text)
        assert (client.get("/operator/").status_code, len(recovery)) == (200, 10)
        client = app.test_client()
        submit(client, "/operator/login", username="root", password=PASSWORD)
        assert opened("operator_factor.step", "/operator/second-step") == []
        answers = [submit(client, "/operator/second-step", code=code).status_code for code in (phone.at(begin), "000000", recovery[3])]
    assert answers == [422, 422, 303]  # the code that set it up has been used
    with unscoped():
        identity = operators.named("root")
        assert operator_factors.recovery_codes_left(identity) == 9
        operator_factors.reset(identity)


def test_the_first_sign_in_of_an_officer_and_the_second(app: Flask, tenant: TestTenant) -> None:
    """By the form: password, set up, recovery codes; then password, code. Each step has another token, and the old one is dead."""
    begin, door, name = now(), f"/t/{tenant.slug}/login", app.config["SESSION_COOKIE_NAME"]
    client = app.test_client()
    with set_clock(begin):
        assert submit(client, door, username=COUNTY, password=PASSWORD, next="/members/").location == "/members/"
        assert client.get("/members/").location == f"{SETUP}?next=/members/"
        page = client.get(SETUP)
        key = re.sub(r"\s", "", re.search(r'setup-key">([^<]+)<', page.text)[1])  # type: ignore[index]
        before = client.get_cookie(name)
        done = submit(client, SETUP, code=pyotp.TOTP(key).at(begin), next="/members/")
        assert (done.status_code, len(re.findall(r"<li>\w+-\w+</li>", done.text)), 'href="/members/"' in done.text) == (200, 10, True)
        assert client.get("/members/").status_code == 200
    with set_clock(begin + dt.timedelta(minutes=1)):
        again = app.test_client()
        submit(again, door, username=COUNTY, password=PASSWORD)
        half = again.get_cookie(name)
        assert submit(again, STEP, code=pyotp.TOTP(key).at(now())).status_code == 303
        assert again.get("/members/").status_code == 200
    for old in (before, half):  # rotation: what was copied before the step is worth nothing
        thief = app.test_client()
        assert old is not None
        thief.set_cookie(name, old.value)
        assert thief.get("/account/").location.startswith("/login")


@pytest.mark.parametrize("once", [True, False])
def test_a_code_works_once(tenant: TestTenant, monkeypatch: pytest.MonkeyPatch, *, once: bool) -> None:
    """The twin forgets the last step."""
    account, real = tenant.accounts[COUNTY], one_time_codes.matching_step
    if not once:
        monkeypatch.setattr(one_time_codes, "matching_step", lambda secret, code, _last: real(secret, code, 0))
    begin = now()
    with set_clock(begin):
        phone, _codes = enrol(account)
    taken = []
    for seconds in (0, 60, 60, 89):  # the set-up's own; a new one; the same again; and again within its drift
        with set_clock(begin + dt.timedelta(seconds=seconds)), tenant.scope():
            try:
                factors.check(account.id, phone.at(begin + dt.timedelta(seconds=min(seconds, 60))))
                taken.append(True)
            except Invalid:
                taken.append(False)
    assert taken == ([False, True, False, False] if once else [True, True, True, True])


def test_recovery_codes_work_once_and_only_their_hashes_stay(tenant: TestTenant) -> None:
    account = tenant.accounts[COUNTY]
    _phone, codes = enrol(account)
    with tenant.scope():
        factors.check(account.id, codes[7].upper().replace("-", " "))
        assert factors.recovery_codes_left(account.id) == 9
        with pytest.raises(Invalid):
            factors.check(account.id, codes[7])
        stored = session().scalars(select(RecoveryCode.code_hash)).all()
        secret = session().scalars(select(SecondFactor.secret)).one()
        assert all(one.startswith("$argon2id$") for one in stored)
        assert secret is not None
        assert _phone.secret.encode() not in secret
        new = factors.renew_recovery_codes(account.id)
        with pytest.raises(Invalid):
            factors.check(account.id, codes[1])
        factors.check(account.id, new[1])


def test_wrong_codes_wait_and_nobody_is_locked_out_for_good(tenant: TestTenant) -> None:
    account, begin = tenant.accounts[COUNTY], now()
    phone, _codes = enrol(account)

    def attempt(code: str) -> str:
        with tenant.scope():
            try:
                factors.check(account.id, code)
            except (Invalid, TooMany) as error:
                return type(error).__name__
        return "in"
    with set_clock(begin + dt.timedelta(minutes=2)):
        assert [attempt("000000") for _try in range(6)] == ["Invalid"] * 5 + ["TooMany"]
        assert attempt(phone.at(now())) == "TooMany"
    with set_clock(begin + dt.timedelta(minutes=20)):
        assert attempt(phone.at(now())) == "in"


def test_an_administrator_resets_what_is_below_and_never_the_own_or_a_higher_one(app: Flask, tenant: TestTenant) -> None:
    for role in (ADMINISTRATOR, COUNTY, STREET):
        enrol(tenant.accounts[role])
    with tenant.scope():
        for by, whose, refusal in ((ADMINISTRATOR, ADMINISTRATOR, Forbidden), (COUNTY, COUNTY, Forbidden), (COUNTY, ADMINISTRATOR, NotFound),
                                   (STREET, COUNTY, NotFound)):
            with pytest.raises(refusal):
                factors.reset(tenant.accounts[whose].id, by=tenant.actor(by))
    administrator, street = app.test_client(), tenant.accounts[STREET]
    sign_in(administrator, tenant.accounts[ADMINISTRATOR])
    page = f"/accounts/{street.id}"
    assert submit(administrator, page, f"{page}/second-factor/reset").status_code == 303
    assert half_signed_in(app, street).get("/members/").location.startswith(SETUP)
    with tenant.scope():
        assert not factors.has_codes(street.id)
        assert [(e.actor_id, e.object_id) for e in entries(EntryFilter("factor.reset"))] == [(tenant.accounts[ADMINISTRATOR].id, street.id)]


def test_what_guards_the_account_asks_for_the_password_again(app: Flask, tenant: TestTenant) -> None:
    account, client = tenant.accounts[COUNTY], app.test_client()
    enrol(account)
    sign_in(client, account)
    page = "/account/second-factor/"
    assert submit(client, page, f"{page}recovery", old_password="wrong-password").status_code == 422
    assert len(re.findall(r"<li>\w+-\w+</li>", submit(client, page, f"{page}recovery", old_password=PASSWORD).text)) == 10
    assert submit(client, page, f"{page}remove", old_password=PASSWORD).status_code == 409  # an officer must have one
    assert client.get("/account/").status_code == 200


# Slips

def test_a_slip_sets_a_password_once_and_ends_what_was_before(app: Flask, tenant: TestTenant) -> None:
    account, start, begin = tenant.accounts[LIAISON], f"/t/{tenant.slug}/start", now()
    old, values = half_signed_in(app, account), {"new_password": "eleven green doors", "again": "eleven green doors"}
    with tenant.scope():
        codes = [slips.issue(account.id, by=tenant.actor(ADMINISTRATOR)) for _time in range(2)]
        late = slips.issue(tenant.accounts[STREET].id, by=tenant.actor(ADMINISTRATOR))
        with pytest.raises(Forbidden):
            slips.issue(account.id, by=tenant.actor(LIAISON))
    client = app.test_client()
    assert old.get("/account/").status_code == 302

    def use(code: str, name: str = LIAISON, days: int = 0, **changed: str) -> int:
        with set_clock(begin + dt.timedelta(days=days)):
            return submit(client, start, username=name, code=code, **(values | changed)).status_code
    assert (use(codes[0]), use(codes[1], name=COUNTY), use(late, STREET, days=15)) == (422, 422, 422)  # replaced; another's; too old
    assert use(codes[1], new_password="password2026!", again="password2026!") == 422  # and stays good
    assert (use(codes[1]), client.get("/account/").status_code, use(codes[1])) == (303, 200, 422)


def test_a_slip_does_not_stand_in_for_the_second_factor(app: Flask, tenant: TestTenant) -> None:
    account, client = tenant.accounts[COUNTY], app.test_client()
    enrol(account)
    with tenant.scope():
        code = slips.issue(account.id, by=tenant.actor(ADMINISTRATOR))
    submit(client, f"/t/{tenant.slug}/start", username=COUNTY, code=code, new_password="eleven green doors", again="eleven green doors")
    assert client.get("/members/").location.startswith(STEP)


def test_what_is_typed_from_paper_has_more_than_40_random_bits(tenant: TestTenant) -> None:
    _phone, codes = enrol(tenant.accounts[COUNTY])
    with tenant.scope():
        slip = slips.issue(tenant.accounts[LIAISON].id, by=None)
    random = [code.replace("-", "")[1:] for code in codes]  # the first character is the code's number
    assert ({len(code) * math.log2(31) > 40 for code in (*random, slip.replace("-", ""))}, len(set(random))) == ({True}, 10)
    assert len(set("".join(random))) > 20


def test_a_code_is_over_when_its_step_and_the_next_are(tenant: TestTenant) -> None:
    """A step is 30 seconds, and clocks may be off by one."""
    begin = dt.datetime(2026, 5, 1, 2, tzinfo=dt.UTC)
    with set_clock(begin):
        code = pyotp.TOTP(secret := one_time_codes.new_secret()).at(begin)
    good = []
    for seconds in (-31, -29, 0, 29, 59, 60):
        with set_clock(begin + dt.timedelta(seconds=seconds)):
            good.append(one_time_codes.matching_step(secret, code, 0) is not None)
    assert good == [False, True, True, True, True, False]


def test_a_slips_name_is_not_betrayed_and_guesses_wait(app: Flask, tenant: TestTenant) -> None:
    with tenant.scope():
        slips.issue(tenant.accounts[LIAISON].id, by=None)

    def answers(name: str) -> list[tuple[int, str]]:
        found = [submit(app.test_client(), f"/t/{tenant.slug}/start", username=name, code="wrong", new_password=PASSWORD, again=PASSWORD)
                 for _try in range(7)]
        return [(one.status_code, re.sub(r'(content|value)="[\w.-]{60,}"|等 \d+ 秒', "", one.text.replace(name, "?"))) for one in found]
    with set_clock(now()):
        assert [status for status, _page in answers(LIAISON)] == [422] * 5 + [429] * 2
        assert answers(COUNTY) == answers("nobody_here")


def test_a_temporary_password_is_over_after_two_weeks(tenant: TestTenant) -> None:
    from core.access import accounts, logins
    begin = now()
    with tenant.scope():
        temporary = accounts.reset_password(tenant.accounts[COUNTY].id, by=None)
    seen = []
    for days in (13, 15):
        with set_clock(begin + dt.timedelta(days=days)), tenant.scope():
            seen.append(bool(logins.sign_in(COUNTY, temporary).token))
    assert seen == [True, False]


def test_codes_are_confirmed_renewed_and_removed_only_where_there_are_any(tenant: TestTenant) -> None:
    account = tenant.accounts[COUNTY]
    with tenant.scope():
        with pytest.raises(Conflict):
            factors.confirm(account.id, "123456")  # nothing was proposed
        with pytest.raises(Conflict):
            factors.renew_recovery_codes(account.id)
        factors.propose(account.id)
        with pytest.raises(Invalid):
            factors.confirm(account.id, "wrong")
    enrol(account)
    with tenant.scope():
        assert (factors.has_codes(account.id), factors.recovery_codes_left(account.id)) == (True, 10)
        factors.remove_codes(account.id)
        assert (factors.has_codes(account.id), factors.recovery_codes_left(account.id)) == (False, 0)
    enrol(account)
    with tenant.scope():
        factors.reset(account.id, by=None)  # the command line
        assert (factors.has_codes(account.id), factors.recovery_codes_left(account.id)) == (False, 0)
