"""Logins: what a sign-in writes down, how long a login lives to the second, how long a name waits, and which logins end and which stay."""
from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from core.access import logins
from core.access.actor import FULL, HALF, PASSWORD as BY_PASSWORD, Actor, load_actor
from core.access.factor_models import Passkey, RecoveryCode, SecondFactor
from core.access.logins import SignIn
from core.access.models import AccessToken, Account, Login, LoginTry
from core.access.opening import after_removal, has_factor, open_login, with_factor
from core.access.roles import COMMUNITY, COUNTY, STREET
from core.access.spraying import Source
from core.audit import EntryFilter, entries
from core.db import new_id
from core.errors import NotFound
from core.privacy import keyring
from core.tenancy import now, session, set_clock
from tests.support.databases import TestDatabase
from tests.support.factories import PASSWORD, TestTenant, make_member, make_tenant

WRONG, NOBODY = "wrong-password", "nobody_here"
SECOND = dt.timedelta(seconds=1)


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def left(tokens: dict[str, str]) -> set[str]:
    """The names of those tokens whose login still stands."""
    standing = set(session().scalars(select(Login.token_hash)))
    return {name for name, token in tokens.items() if digest(token) in standing}


def noted(action: str) -> list[tuple[str, uuid.UUID | None, object]]:
    return [(entry.object_type, entry.object_id, entry.details) for entry in reversed(entries(EntryFilter(action)))]


def actor_of(account_id: uuid.UUID) -> Actor:
    return load_actor(account_id) or pytest.fail("no actor")


def test_a_sign_in_writes_a_login_of_its_account_and_forgets_the_wrong_tries(tenant: TestTenant) -> None:
    moment, account = now(), tenant.accounts[COUNTY].id
    with set_clock(moment), tenant.scope():
        for _try in range(2):
            assert logins.sign_in(COUNTY, WRONG).token is None
        tried = session().scalars(select(Account).where(Account.id == account)).one()
        assert (tried.failed_logins, tried.locked_until) == (2, moment)
        answer = logins.sign_in(f" {COUNTY} ", PASSWORD, Source(device="windows edge"))
        assert answer == SignIn(answer.token, "", 0)
        assert [tuple(row) for row in session().execute(
            select(Login.account_id, Login.token_hash, Login.created_at, Login.seen_at, Login.stage, Login.device))] == [
            (account, digest(answer.token or ""), moment, moment, BY_PASSWORD, "windows edge")]
        assert (tried.failed_logins, tried.locked_until, len(answer.token or "")) == (0, None, 43)
    with tenant.scope():
        assert (noted("login.opened"), noted("login.failed")) == ([("account", account, None)], [("account", account, None)] * 2)


def test_all_that_is_refused_gets_the_same_answer_and_is_noted_with_its_account(tenant: TestTenant) -> None:
    moment, ids = now(), {role: tenant.accounts[role].id for role in (COUNTY, STREET, COMMUNITY)}
    with tenant.scope() as opened:
        opened.execute(update(Account).where(Account.id == ids[STREET]).values(active=False))
        opened.execute(update(Account).where(Account.id == ids[COMMUNITY]).values(password_expires_at=moment))
    with set_clock(moment - SECOND), tenant.scope():
        assert logins.sign_in(COMMUNITY, PASSWORD).token  # a temporary password is good until its time is over
    with set_clock(moment), tenant.scope():
        answers = [logins.sign_in(*tried) for tried in ((NOBODY, PASSWORD), (COUNTY, WRONG), (STREET, PASSWORD), (COMMUNITY, PASSWORD))]
        assert {(answer.token, bool(answer.message), answer.retry_after) for answer in answers} == {(None, True, 0)}
        assert len({answer.message for answer in answers}) == 1
    with tenant.scope():
        assert noted("login.failed") == [("account", account, None) for account in (None, ids[COUNTY], ids[STREET], ids[COMMUNITY])]


@pytest.mark.parametrize("name", [COUNTY, NOBODY])
def test_who_waits_is_told_how_long_and_tries_again_at_the_very_moment(tenant: TestTenant, name: str) -> None:
    moment = now()
    with set_clock(moment), tenant.scope():
        assert [logins.sign_in(name, WRONG).retry_after for _try in range(5)] == [0] * 5
        assert logins.sign_in(name, PASSWORD) == SignIn(None, logins.wait_message(2), 2)
    with set_clock(moment + dt.timedelta(seconds=0.5)), tenant.scope():
        assert logins.sign_in(name, PASSWORD) == SignIn(None, logins.wait_message(1), 1)
    with set_clock(moment + SECOND), tenant.scope():
        assert [logins.sign_in(name, WRONG).retry_after for _try in range(2)] == [0, 3]


def test_each_wrong_try_after_the_fifth_doubles_the_wait_up_to_a_quarter_of_an_hour() -> None:
    moment, tried, waits = now(), LoginTry(failed_logins=0), []
    assert logins.waiting(tried) == 0
    for _try in range(17):
        with set_clock(moment):
            logins.count_failure(tried)
        assert tried.locked_until is not None
        waits.append(int((tried.locked_until - moment).total_seconds()))
        moment = tried.locked_until
    assert (tried.failed_logins, waits) == (17, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900])


@pytest.mark.parametrize(("later", "counted"), [(logins.FORGOTTEN, 7), (logins.FORGOTTEN + SECOND, 1)])
def test_more_than_a_day_after_the_wait_the_tries_are_forgotten(later: dt.timedelta, counted: int) -> None:
    moment = now()
    tried = LoginTry(failed_logins=6, locked_until=moment)
    with set_clock(moment + later):
        logins.count_failure(tried)
    assert tried.failed_logins == counted


def test_tries_are_counted_by_purpose_and_account_under_lasting_fingerprints(tenant: TestTenant) -> None:
    """Rows of an earlier release are found again: what they are kept under is part of the promise."""
    one, other = tenant.accounts[COUNTY].id, tenant.accounts[STREET].id
    ways: dict[str, Callable[[], LoginTry]] = {
        "password": lambda: logins.password_tries(one), "password of the other": lambda: logins.password_tries(other),
        "factor": lambda: logins.factor_tries(one), "factor of the other": lambda: logins.factor_tries(other),
        "slip": lambda: logins.slip_tries(COUNTY), "slip of the other": lambda: logins.slip_tries("nöbody")}
    with tenant.scope():
        logins.sign_in("nöbody", WRONG)
        for _time in range(2):
            for way in ways.values():
                logins.count_failure(way())
    ring = keyring.for_tenant(tenant.id)
    kept = {"password": ("old password", one.bytes), "password of the other": ("old password", other.bytes), "factor": ("second factor", one.bytes),
            "factor of the other": ("second factor", other.bytes), "slip": ("slip name", COUNTY.encode()), "slip of the other": ("slip name", "nöbody".encode()),
            "stranger": ("login name", "nöbody".encode())}
    with tenant.scope():
        rows = {row.name_hash: row.failed_logins for row in session().scalars(select(LoginTry))}
        assert rows == {ring.fingerprint(*of): 1 if name == "stranger" else 2 for name, of in kept.items()}
        logins.forget_password_tries(one)
        logins.forget_factor_tries(other)
    with tenant.scope():
        standing = set(session().scalars(select(LoginTry.name_hash)))
        assert {name for name, of in kept.items() if ring.fingerprint(*of) in standing} == {*kept} - {"password", "factor of the other"}
        assert [(way().failed_logins, way().locked_until) for way in (ways["password"], ways["factor of the other"])] == [(0, None)] * 2


def test_tries_are_read_as_another_request_has_left_them(tenant: TestTenant, database: TestDatabase) -> None:
    account = tenant.accounts[COUNTY].id
    with tenant.scope():
        logins.password_tries(account)
    with tenant.scope() as opened, database.connect_admin() as other:
        held = opened.scalars(select(LoginTry)).one()
        other.execute("update login_try set failed_logins = 4")
        assert (logins.password_tries(account) is held, held.failed_logins) == (True, 4)


def test_an_officers_login_lives_half_an_hour_idle_and_half_a_day_in_all(tenant: TestTenant) -> None:
    began, account = now(), tenant.accounts[COUNTY].id
    with set_clock(began), tenant.scope():
        token = open_login(account)
    for idle, age, lives in ((logins.IDLE, logins.IDLE, True), (logins.IDLE + SECOND, logins.IDLE + SECOND, False),
                             (SECOND, logins.ABSOLUTE, True), (SECOND, logins.ABSOLUTE + SECOND, False)):
        with set_clock(began + age), tenant.scope() as opened:
            opened.execute(update(Login).where(Login.token_hash == digest(token)).values(seen_at=now() - idle))
            assert (len(logins.live_logins(actor_of(account))) == 1) is lives


def test_a_members_login_lives_until_two_weeks_idle(tenant: TestTenant) -> None:
    began, account = now(), make_member(tenant, account=True).account
    assert account is not None
    with set_clock(began), tenant.scope():
        open_login(account.id)
    for idle, count in ((dt.timedelta(minutes=31), 1), (logins.MEMBER_IDLE - SECOND, 1), (logins.MEMBER_IDLE, 0)):
        with set_clock(began + idle), tenant.scope():
            assert len(logins.live_logins(actor_of(account.id))) == count


def test_live_logins_are_the_accounts_own_the_newest_first(tenant: TestTenant) -> None:
    moment, account = now(), tenant.accounts[COUNTY].id
    opened_at = {"middle": dt.timedelta(minutes=-2), "newest": dt.timedelta(), "oldest": dt.timedelta(minutes=-3)}
    tokens = {}
    with tenant.scope():
        for name, since in opened_at.items():
            with set_clock(moment + since):
                tokens[name] = open_login(account, device=name)
        open_login(tenant.accounts[STREET].id, device="somebody else's")
    with set_clock(moment), tenant.scope():
        ids = {row.token_hash: row.id for row in session().execute(select(Login.token_hash, Login.id))}
        assert [(row.id, row.account_id, row.created_at, row.seen_at, row.device) for row in logins.live_logins(actor_of(account))] == [
            (ids[digest(tokens[name])], account, moment + opened_at[name], moment + opened_at[name], name) for name in ("newest", "middle", "oldest")]


def test_of_many_logins_of_one_moment_the_last_hundred_are_listed(tenant: TestTenant) -> None:
    account = tenant.accounts[COUNTY].id
    with set_clock(now()), tenant.scope():
        for _login in range(102):
            open_login(account, second_factor=True)
        newest = session().scalars(select(Login.id).order_by(Login.id.desc()).limit(100)).all()
        assert [row.id for row in logins.live_logins(actor_of(account))] == newest


def test_each_way_to_end_logins_ends_those_it_names_and_no_other(tenant: TestTenant) -> None:
    one, other = tenant.accounts[COUNTY].id, tenant.accounts[STREET].id
    with tenant.scope():
        tokens = {name: open_login(one) for name in ("first", "second", "third", "fourth", "fifth")} | {"theirs": open_login(other)}
        session().flush()
        ids = {row.token_hash: row.id for row in session().execute(select(Login.token_hash, Login.id))}
    with tenant.scope():
        logins.end_login("nobody's token")
        logins.end_login(tokens["first"])
        assert left(tokens) == {"second", "third", "fourth", "fifth", "theirs"}
        logins.end_one(one, ids[digest(tokens["second"])])
        assert left(tokens) == {"third", "fourth", "fifth", "theirs"}
        for account, login in ((other, ids[digest(tokens["third"])]), (one, ids[digest(tokens["second"])]), (one, new_id())):
            with pytest.raises(NotFound):
                logins.end_one(account, login)
        assert logins.end_logins(one, keep=tokens["fourth"]) == 2
        assert left(tokens) == {"fourth", "theirs"}
        assert [logins.end_logins(account) for account in (one, one)] == [1, 0]
        assert left(tokens) == {"theirs"}
    with tenant.scope():
        assert noted("login.closed") == [("account", one, None)] * 2


def test_a_step_up_ends_the_login_it_follows_of_the_same_account_only(tenant: TestTenant) -> None:
    one, other = tenant.accounts[COUNTY].id, tenant.accounts[STREET].id
    with tenant.scope():
        tokens = {"before": open_login(one), "beside": open_login(one), "theirs": open_login(other)}
        session().flush()
        ids = {row.token_hash: row.id for row in session().execute(select(Login.token_hash, Login.id))}
        tokens["after"] = open_login(one, second_factor=True, instead_of=ids[digest(tokens["before"])], device="d" * 41)
        tokens["again"] = open_login(one, instead_of=ids[digest(tokens["theirs"])])
        session().flush()
        assert left(tokens) == {"beside", "theirs", "after", "again"}
        seen = {row.token_hash: (row.stage, row.device) for row in session().execute(select(Login.token_hash, Login.stage, Login.device))}
        assert [seen[digest(tokens[name])] for name in ("beside", "after")] == [(BY_PASSWORD, ""), (FULL, "d" * 40)]


def factor(tenant: TestTenant, kind: str, account_id: uuid.UUID) -> SecondFactor | Passkey:
    """Codes in use, codes that wait to be confirmed, or a passkey."""
    if kind == "passkey":
        return Passkey(tenant_id=tenant.id, account_id=account_id, credential=account_id.bytes, public_key=b"k", sign_count=0, name="x", created_at=now())
    return SecondFactor(tenant_id=tenant.id, account_id=account_id, **{"secret" if kind == "codes" else "pending": b"sealed"})


def test_codes_in_use_or_a_passkey_make_half_a_login_and_codes_in_waiting_do_not(tenant: TestTenant) -> None:
    holders = {"codes": COUNTY, "passkey": STREET, "waiting": COMMUNITY}
    ids = {kind: tenant.accounts[role].id for kind, role in holders.items()} | {"none": tenant.others[COUNTY].id}
    with tenant.scope() as opened:
        opened.add_all(factor(tenant, kind, ids[kind]) for kind in holders)
        opened.flush()
        assert {kind: has_factor(account) for kind, account in ids.items()} == {"codes": True, "passkey": True, "waiting": False, "none": False}
        assert set(opened.scalars(select(Account.id).where(with_factor()))) == {ids["codes"], ids["passkey"]}
        for account in ids.values():
            open_login(account)
        opened.flush()
        stages = {row.account_id: row.stage for row in opened.execute(select(Login.account_id, Login.stage))}
        assert {kind: stages[account] for kind, account in ids.items()} == {
            "codes": HALF, "passkey": HALF, "waiting": BY_PASSWORD, "none": BY_PASSWORD}


def standing(account_id: uuid.UUID) -> tuple[int, list[bool], set[tuple[str, str]]]:
    """An account's recovery codes, whether its tokens have a second factor, and the stages of its logins by device."""
    return (len(session().scalars(select(RecoveryCode.id).where(RecoveryCode.account_id == account_id)).all()),
            list(session().scalars(select(AccessToken.second_factor).where(AccessToken.account_id == account_id))),
            {(row.device, row.stage) for row in session().execute(select(Login.device, Login.stage).where(Login.account_id == account_id))})


def test_when_the_last_factor_has_gone_nothing_of_that_account_counts_as_opened_with_one(tenant: TestTenant) -> None:
    one, other = tenant.accounts[COUNTY].id, tenant.accounts[STREET].id
    passkeys = {account: factor(tenant, "passkey", account) for account in (one, other)}
    before = 1, [True], {("full", FULL), ("half", HALF)}
    with tenant.scope() as opened:
        opened.add_all(passkeys.values())
        for account in (one, other):
            opened.add(RecoveryCode(account_id=account, slot=0, code_hash="x"))
            opened.add(AccessToken(account_id=account, name="x", token_hash=account.bytes, scopes=[], created_at=now(),
                                   expires_at=now() + dt.timedelta(days=1), second_factor=True))
            open_login(account, second_factor=True, device="full")
            open_login(account, device="half")
    with tenant.scope() as opened:
        after_removal(one)
        assert (standing(one), standing(other)) == (before, before)  # a factor is left
        opened.delete(opened.merge(passkeys[one], load=True))
        after_removal(one)
    with tenant.scope():
        assert (standing(one), standing(other)) == ((0, [False], {("full", BY_PASSWORD), ("half", HALF)}), before)


def test_one_tenants_tries_and_logins_are_not_anothers(tenant: TestTenant) -> None:
    other = make_tenant("4202")
    with set_clock(now()):
        for _try in range(5):
            with tenant.scope():
                logins.sign_in(NOBODY, WRONG)
        with other.scope():
            token = logins.sign_in(COUNTY, PASSWORD).token or ""
            assert logins.sign_in(NOBODY, WRONG).retry_after == 0
        with tenant.scope():
            assert logins.sign_in(NOBODY, WRONG).retry_after == 2
            logins.end_login(token)
        with other.scope():
            assert left({"theirs": token}) == {"theirs"}
