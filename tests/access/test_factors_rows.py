"""The second factor of accounts: what each act leaves in the rows and in the log, at each limit, and that nobody else's is touched."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any, NamedTuple

import pyotp
import pytest
from sqlalchemy import func, select

from core.access import factors, logins, one_time_codes, tokens
from core.access.factor_models import Passkey, RecoveryCode, SecondFactor
from core.access.logins import factor_tries, password_tries
from core.access.models import AccessToken, Login
from core.access.opening import open_login
from core.access.roles import COMMUNITY, COUNTY, STREET
from core.audit import entries, set_actor
from core.db import new_id
from core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from core.privacy import keyring
from core.tenancy import now, session, set_clock
from tests.access.reading import LETTERS, NOON, STEP
from tests.support.databases import TestDatabase
from tests.support.factories import PASSWORD, TestAccount, TestTenant


class Held(NamedTuple):
    """How much an account has: codes and their step, recovery codes, passkeys, logins, tokens, and counted tries."""

    step: int | None
    recovery: int
    passkeys: int
    logins: int
    tokens: int
    tries: int


NOTHING = Held(None, 0, 0, 0, 0, 0)


def held(account: TestAccount) -> Held:
    def count(table: Any) -> int:
        return session().scalar(select(func.count()).select_from(table).where(table.account_id == account.id)) or 0
    step = session().scalar(select(SecondFactor.last_step).where(SecondFactor.account_id == account.id))
    tries = factor_tries(account.id).failed_logins
    return Held(step, count(RecoveryCode), count(Passkey), count(Login), count(AccessToken), tries)


def enrol(account: TestAccount) -> tuple[pyotp.TOTP, list[str]]:
    app = pyotp.TOTP(factors.propose(account.id))
    return app, factors.confirm(account.id, app.at(now()))


def add_passkey(account: TestAccount) -> None:
    session().add(Passkey(id=new_id(), account_id=account.id, credential=account.id.bytes, public_key=b"key", sign_count=0, name="x", created_at=now()))
    session().flush()


def everything(tenant: TestTenant, role: str) -> tuple[pyotp.TOTP, list[str]]:
    """An account with codes, a passkey, a login, a token and two counted tries."""
    account = tenant.accounts[role]
    made = enrol(account)
    add_passkey(account)
    open_login(account.id, second_factor=True)
    tokens.create_token(tenant.actor(role), "x", ["organizations.read"], 30)
    for _try in range(2):
        with pytest.raises(Invalid):
            factors.check(account.id, "000000 ")
    return made


def said(tenant: TestTenant, account: TestAccount) -> list[str]:
    """The words of the log about an account, in order; each names the account, and nothing beside."""
    with tenant.scope():
        rows = [row for row in entries(limit=500) if row.object_id == account.id][::-1]
    assert {(row.object_type, row.details) for row in rows} <= {("account", None)}
    return [row.action for row in rows]


def test_a_secret_is_proposed_until_a_code_confirms_it(tenant: TestTenant, noon: None) -> None:
    account, ring = tenant.accounts[COUNTY], keyring.for_tenant
    with tenant.scope():
        shown = factors.propose(account.id)
        row = session().scalars(select(SecondFactor)).one()
        assert (row.tenant_id, row.account_id, row.secret, row.confirmed_at, row.last_step) == (tenant.id, account.id, None, None, 0)
        assert ring(tenant.id).decrypt("second_factor", "pending", row.id, row.pending) == shown
        assert (factors.propose(account.id), factors.has_codes(account.id), factors.has_factor(account.id)) == (shown, False, False)
        again = factors.propose(account.id, again=True)
        assert (again != shown, factors.propose(account.id)) == (True, again)
        with pytest.raises(Invalid):
            factors.check(account.id, pyotp.TOTP(again).at(NOON))  # not in use yet
        with pytest.raises(Invalid):
            factors.confirm(account.id, pyotp.TOTP(shown).at(NOON))  # replaced
        session().flush()
        factors.confirm(account.id, pyotp.TOTP(again).at(NOON + dt.timedelta(seconds=30)))
    with tenant.scope():
        row = session().scalars(select(SecondFactor)).one()
        assert (row.pending, row.last_step, row.confirmed_at) == (None, STEP + 1, NOON)
        assert ring(tenant.id).decrypt("second_factor", "secret", row.id, row.secret) == again
        assert [factors.has_codes(one) for one in (account.id, tenant.accounts[STREET].id, uuid.uuid4())] == [True, False, False]


def test_a_second_secret_stands_beside_the_one_in_use_until_it_is_confirmed(tenant: TestTenant, noon: None) -> None:
    account = tenant.accounts[COUNTY]
    with tenant.scope():
        old, _made = enrol(account)
        new = pyotp.TOTP(factors.propose(account.id))
        assert factors.has_codes(account.id)
    with set_clock(NOON + dt.timedelta(seconds=30)), tenant.scope():
        with pytest.raises(Invalid):
            factors.check(account.id, new.at(now()))
        factors.check(account.id, old.at(now()))
        factors.confirm(account.id, new.at(now()))
    with set_clock(NOON + dt.timedelta(seconds=60)), tenant.scope():
        with pytest.raises(Invalid):
            factors.check(account.id, old.at(now()))
        factors.check(account.id, new.at(now()))
        assert held(account).step == STEP + 2


def test_confirming_ends_the_own_logins_forgets_the_own_tries_and_makes_ten_codes(tenant: TestTenant, noon: None) -> None:
    account, other = tenant.accounts[COUNTY], tenant.accounts[STREET]
    with tenant.scope():
        everything(tenant, STREET)
        app = pyotp.TOTP(factors.propose(account.id))
        open_login(account.id)
        for _try in range(3):
            with pytest.raises(Invalid):
                factors.confirm(account.id, "wrong")
        assert (held(account).tries, held(account).logins) == (3, 1)
        made = factors.confirm(account.id, app.at(NOON))
        assert (held(account), held(other)) == (Held(STEP, 10, 0, 0, 0, 0), Held(STEP, 10, 1, 1, 1, 2))
        rows = session().execute(select(RecoveryCode.slot, RecoveryCode.code_hash, RecoveryCode.tenant_id).where(
            RecoveryCode.account_id == account.id).order_by(RecoveryCode.slot)).all()
        assert [(row.slot, row.tenant_id, one_time_codes.is_recovery_code(row.code_hash, code)) for row, code in zip(rows[:2], made[:2], strict=True)] == [
            (0, tenant.id, True), (1, tenant.id, True)]
        assert [row.slot for row in rows] == list(range(10))
    assert said(tenant, account) == ["factor.refused"] * 3 + ["factor.enrolled", "factor.codes_renewed"]


def test_confirming_waits_after_five_wrong_codes_and_says_how_long(tenant: TestTenant, noon: None) -> None:
    account, other = tenant.accounts[COUNTY], tenant.accounts[STREET]
    with tenant.scope():
        apps = {one: pyotp.TOTP(factors.propose(one.id)) for one in (account, other)}
        for _try in range(5):
            with pytest.raises(Invalid):
                factors.confirm(account.id, "wrong")
        with pytest.raises(TooMany) as refusal:
            factors.confirm(account.id, apps[account].at(NOON))
        factors.confirm(other.id, apps[other].at(NOON))
        assert (refusal.value.retry_after, factors.has_codes(account.id), factors.has_codes(other.id)) == (2, False, True)
    with set_clock(NOON + dt.timedelta(seconds=1)), tenant.scope():
        factors.confirm(account.id, apps[account].at(NOON))


def test_what_another_request_took_back_meanwhile_is_not_confirmed(tenant: TestTenant, database: TestDatabase, noon: None) -> None:
    with tenant.scope():
        app = pyotp.TOTP(factors.propose(tenant.accounts[COUNTY].id))
    with tenant.scope() as opened, database.connect_admin() as other:
        before = opened.scalars(select(SecondFactor)).one()  # as it was before the other request's commit
        other.execute("update second_factor set pending = null")
        with pytest.raises(Conflict):
            factors.confirm(before.account_id, app.at(NOON))


def test_a_code_counts_once_and_the_log_says_which_kind_it_was(tenant: TestTenant, noon: None) -> None:
    account, other = tenant.accounts[COUNTY], tenant.accounts[STREET]
    with tenant.scope():
        app, made = enrol(account)
        _app, others = everything(tenant, STREET)
    later = NOON + dt.timedelta(seconds=30)
    with set_clock(later), tenant.scope():
        wrong = made[4][0] + ("z" if made[4][1] != "z" else "y") + made[4][2:]
        for refused in (app.at(NOON), others[4], wrong, "", "4"):
            with pytest.raises(Invalid):
                factors.check(account.id, refused)
        assert held(account) == Held(STEP, 10, 0, 0, 0, 5)
    with set_clock(later + dt.timedelta(seconds=1)), tenant.scope():  # five tries wait one second
        factors.check(account.id, app.at(later))
        assert held(account) == Held(STEP + 1, 10, 0, 0, 0, 0)
        with pytest.raises(Invalid):
            factors.check(account.id, app.at(later))
        factors.check(account.id, made[4])
        assert held(account) == Held(STEP + 1, 9, 0, 0, 0, 0)
        assert sorted(session().scalars(select(RecoveryCode.slot).where(RecoveryCode.account_id == account.id))) == [0, 1, 2, 3, 5, 6, 7, 8, 9]
        assert held(other) == Held(STEP, 10, 1, 1, 1, 2)
    assert said(tenant, account) == ["factor.enrolled", "factor.codes_renewed", *["factor.refused"] * 5, "factor.met", "factor.refused",
                                     "factor.recovery_code_used"]


def test_a_check_waits_after_five_wrong_codes_and_says_how_long(tenant: TestTenant, noon: None) -> None:
    account, other = tenant.accounts[COUNTY], tenant.accounts[STREET]
    with tenant.scope():
        app, made = enrol(account)
        enrol(other)
        password_tries(account.id).failed_logins = 3  # of another door
        for _try in range(5):
            with pytest.raises(Invalid):
                factors.check(account.id, "123456")
        for code in (made[0], app.at(NOON + dt.timedelta(seconds=30))):
            with pytest.raises(TooMany) as refusal:
                factors.check(account.id, code)
            assert refusal.value.retry_after == 2
        assert (held(account).tries, held(other).tries) == (5, 0)
    with set_clock(NOON + dt.timedelta(seconds=1)), tenant.scope():
        factors.check(account.id, made[0])
        assert (held(account).tries, password_tries(account.id).failed_logins) == (0, 3)


def test_who_has_a_passkey_only_has_recovery_codes_too(tenant: TestTenant, scope: None) -> None:
    account, other = tenant.accounts[COUNTY], tenant.accounts[STREET]
    with pytest.raises(Conflict):
        factors.renew_recovery_codes(account.id)
    add_passkey(account)
    made = factors.renew_recovery_codes(account.id)
    for refused in ("123456", "", made[3][:-1]):
        with pytest.raises(Invalid):
            factors.check(account.id, refused)
    factors.check(account.id, made[3])
    assert [factors.recovery_codes_left(one) for one in (account.id, other.id, uuid.uuid4())] == [9, 0, 0]


def test_new_recovery_codes_take_the_place_of_the_own_ones(tenant: TestTenant, noon: None) -> None:
    account, other = tenant.accounts[COUNTY], tenant.accounts[STREET]
    with tenant.scope():
        _app, old = enrol(account)
        _others_app, others = enrol(other)
        factors.check(account.id, old[9])
        new = factors.renew_recovery_codes(account.id)
        assert [re.fullmatch(rf"\d{LETTERS}{{4}}-{LETTERS}{{5}}", code) is not None for code in new] == [True] * 10
        assert [code[0] for code in new] == list("0123456789")
        assert [factors.recovery_codes_left(one.id) for one in (account, other)] == [10, 10]
        with pytest.raises(Invalid):
            factors.check(account.id, old[1])
        factors.check(account.id, new[1])
        factors.check(other.id, others[1])
    assert said(tenant, account) == ["factor.enrolled", "factor.codes_renewed", "factor.recovery_code_used", "factor.codes_renewed",
                                     "factor.refused", "factor.recovery_code_used"]


def test_doing_without_codes_ends_the_own_logins_and_keeps_what_a_passkey_needs(tenant: TestTenant, noon: None) -> None:
    both, codes, other = (tenant.accounts[role] for role in (COUNTY, COMMUNITY, STREET))
    with tenant.scope():
        for role in (COUNTY, STREET):
            everything(tenant, role)
        enrol(codes)
        for account in (both, codes):
            open_login(account.id, second_factor=True)
            factors.remove_codes(account.id)
        assert [held(one) for one in (both, codes, other)] == [Held(None, 10, 1, 0, 1, 2), NOTHING, Held(STEP, 10, 1, 1, 1, 2)]
    assert said(tenant, codes) == ["factor.enrolled", "factor.codes_renewed", "factor.removed"]


def test_a_reset_takes_everything_of_one_account_and_nothing_of_another(tenant: TestTenant, noon: None) -> None:
    account, other = tenant.accounts[STREET], tenant.accounts[COUNTY]
    with tenant.scope():
        for role in (STREET, COUNTY):
            everything(tenant, role)
        assert (held(account), held(other)) == (Held(STEP, 10, 1, 1, 1, 2), Held(STEP, 10, 1, 1, 1, 2))
        with pytest.raises(Forbidden):
            factors.reset(other.id, by=tenant.actor(COUNTY))
        with pytest.raises(NotFound):
            factors.reset(other.id, by=tenant.actor(STREET))
        factors.reset(account.id, by=tenant.actor(COUNTY))
        assert (held(account), held(other)) == (NOTHING, Held(STEP, 10, 1, 1, 1, 2))
        factors.reset(other.id, by=None)
        assert held(other) == NOTHING
    assert [said(tenant, one)[-1] for one in (account, other)] == ["factor.reset"] * 2


def test_the_owner_is_told_who_has_reset_the_factor_until_the_next_sign_in(tenant: TestTenant) -> None:
    account, other, by = (tenant.accounts[role] for role in (STREET, COMMUNITY, COUNTY))
    told = []

    def ask(*acts: str) -> None:
        for act in acts:
            with tenant.scope(), set_actor("account", by.id):
                if act == "reset":
                    factors.reset(account.id, by=None)
                elif act == "sign in":
                    sign_in(account)
                elif act == "other's reset":
                    factors.reset(other.id, by=None)
                elif act == "other's sign in":
                    sign_in(other)
                else:
                    enrol(account)
        with tenant.scope():
            told.append(factors.reset_since_last_login(account.id))
    for acts in ((), ("enrol", "other's reset"), ("sign in",), ("reset",), ("other's sign in", "enrol"), ("sign in",), ("reset", "reset"), ("sign in", "enrol")):
        ask(*acts)
    name = f"测试{by.username}"
    assert told == [None, None, None, name, name, None, name, None]


def sign_in(account: TestAccount) -> None:
    assert logins.sign_in(account.username, PASSWORD).token


def test_a_reset_by_the_installation_names_nobody(tenant: TestTenant) -> None:
    account, by = tenant.accounts[STREET], tenant.accounts[COUNTY]
    for kind, identity in (("system", None), ("operator", by.id), ("job", by.id), ("account", uuid.uuid4())):
        with tenant.scope(), set_actor(kind, identity):
            factors.reset(account.id, by=None)
        with tenant.scope():
            assert factors.reset_since_last_login(account.id) == ""
