"""Slips and the limit of names by address: what is written down, what is refused to the second, and what stays as it was."""
from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
from sqlalchemy import select, update

from core.access import login_upkeep, logins, slips
from core.access.factor_models import PasswordSlip
from core.access.models import Account, AddressTry, Login, LoginTry
from core.access.one_time_codes import LETTERS
from core.access.opening import open_login
from core.access.passwords import verify_password
from core.access.roles import ADMINISTRATOR, COMMUNITY, COUNTY, STREET
from core.access.spraying import WINDOW, Source
from core.audit import EntryFilter, entries
from core.errors import Forbidden, Invalid, NotFound, TooMany
from core.privacy import keyring
from core.tenancy import now, session, set_clock
from tests.support.factories import PASSWORD, TestTenant, make_tenant

NEW, HERE, ELSEWHERE, ANYWHERE = "a quiet river", "203.0.113.7", "198.51.100.9", Source()
SECOND = dt.timedelta(seconds=1)


def noted(action: str) -> list[tuple[str, uuid.UUID | None, object]]:
    return [(entry.object_type, entry.object_id, entry.details) for entry in reversed(entries(EntryFilter(action)))]


def refused(username: str, code: str, password: str = NEW, source: Source = ANYWHERE) -> type[Exception] | int | None:
    """What is raised; of TooMany the seconds to wait."""
    try:
        slips.redeem(username, code, password, source)
    except TooMany as error:
        return error.retry_after
    except Invalid as error:
        return type(error)
    return None


def kept() -> list[tuple[uuid.UUID, dt.datetime]]:
    """The slips that stand, by account."""
    return [tuple(row) for row in session().execute(select(PasswordSlip.account_id, PasswordSlip.expires_at).order_by(PasswordSlip.account_id))]  # type: ignore[misc]


def test_a_new_slip_closes_the_password_and_takes_the_place_of_the_earlier_one(tenant: TestTenant) -> None:
    moment, one, other = now(), tenant.accounts[COMMUNITY], tenant.accounts[STREET]
    with set_clock(moment), tenant.scope():
        for account in (one, other, tenant.accounts[COUNTY]):
            open_login(account.id)
        codes = [slips.issue(account.id, by=None) for account in (one, other)]
        assert [bool(re.fullmatch(rf"[{LETTERS}]{{4}}(-[{LETTERS}]{{4}}){{2}}", code)) for code in codes] == [True, True]
    with set_clock(moment + SECOND), tenant.scope():
        again = slips.issue(one.id, by=tenant.actor(ADMINISTRATOR))
        assert kept() == sorted([(one.id, moment + SECOND + slips.VALID), (other.id, moment + slips.VALID)])
        row = session().scalars(select(PasswordSlip).where(PasswordSlip.account_id == one.id)).one()
        assert [verify_password(row.code_hash, text) for text in (again.replace("-", ""), again, codes[0].replace("-", ""))] == [True, False, False]
        assert (list(session().scalars(select(Login.account_id))), logins.sign_in(one.username, PASSWORD).token) == ([tenant.accounts[COUNTY].id], None)
        closed = session().scalars(select(Account).where(Account.id == one.id)).one()
        assert (closed.password_hash, closed.must_change_password) == (None, True)
        assert [refused(one.username, code) for code in (codes[0], again)] == [Invalid, None]
    with tenant.scope():
        assert noted("account.slip_issued") == [("account", account.id, None) for account in (one, other, one)]


def test_a_slip_is_issued_to_who_is_in_reach_and_not_to_oneself(tenant: TestTenant) -> None:
    with tenant.scope():
        county = tenant.actor(COUNTY)
        for account, raised in ((tenant.others[COMMUNITY], NotFound), (tenant.accounts[ADMINISTRATOR], NotFound), (tenant.accounts[COUNTY], Forbidden)):
            with pytest.raises(raised):
                slips.issue(account.id, by=county)
        assert (kept(), slips.issue(tenant.accounts[STREET].id, by=county).count("-")) == ([], 2)


def test_a_slip_is_used_once_however_it_is_typed_and_opens_its_own_account_only(tenant: TestTenant) -> None:
    one, other = tenant.accounts[COMMUNITY], tenant.accounts[STREET]
    with tenant.scope():
        codes = {account: slips.issue(account.id, by=None) for account in (one, other)}
        assert [refused(one.username, codes[other]), refused(other.username, codes[one]), refused(one.username, "")] == [Invalid] * 3
        assert refused(one.username, codes[one], "12345678") is Invalid  # too weak: the slip stays good
        first, second, third = codes[one].upper().split("-")
        assert slips.redeem(f" {one.username} ", f" {first}{second} {third}\t", NEW, ANYWHERE) == one.id
        assert [account for account, _until in kept()] == [other.id]
        assert refused(one.username, codes[one]) is Invalid
        assert [bool(logins.sign_in(account.username, password).token) for account, password in ((one, NEW), (one, PASSWORD), (other, NEW))] == [
            True, False, False]


def test_a_slip_is_good_until_its_time_is_over_and_for_an_active_account(tenant: TestTenant) -> None:
    moment, early, late, off = now(), tenant.accounts[COMMUNITY], tenant.accounts[STREET], tenant.accounts[COUNTY]
    with set_clock(moment), tenant.scope() as opened:
        codes = {account: slips.issue(account.id, by=None) for account in (early, late, off)}
        opened.execute(update(Account).where(Account.id == off.id).values(active=False))
    with set_clock(moment + slips.VALID - SECOND), tenant.scope():
        assert [refused(account.username, codes[account]) for account in (early, off)] == [None, Invalid]
    with set_clock(moment + slips.VALID), tenant.scope():
        assert refused(late.username, codes[late]) is Invalid


@pytest.mark.parametrize("known", [True, False])
def test_wrong_codes_are_counted_noted_and_waited_for_and_a_right_one_begins_anew(tenant: TestTenant, *, known: bool) -> None:
    moment, account = now(), tenant.accounts[COMMUNITY]
    name = account.username if known else "nobody_here"
    ring, here = keyring.for_tenant(tenant.id), Source(HERE, 9)
    with set_clock(moment), tenant.scope():
        code = slips.issue(account.id, by=None)
        here.note("somebody else")
        assert [refused(name, "abcd-efgh-jkmn", NEW, here) for _try in range(6)] == [Invalid] * 5 + [2]
    with set_clock(moment), tenant.scope():
        hashes = {ring.fingerprint("login address name", text.encode()) for text in ("somebody else", f"slip {name}")}
        assert set(session().scalars(select(AddressTry.name_hash))) == hashes
        assert noted("account.slip_refused") == [("account", account.id if known else None, None)] * 5
        tries = {row.name_hash: (row.failed_logins, row.locked_until) for row in session().scalars(select(LoginTry))}
        assert tries == {ring.fingerprint("slip name", name.encode()): (5, moment + SECOND)}
    with set_clock(moment + SECOND), tenant.scope():
        assert refused(account.username, code, NEW, here) is None
        assert len(session().scalars(select(AddressTry.id)).all()) == (1 if known else 2)
        assert logins.slip_tries(account.username).failed_logins == 0
        assert logins.slip_tries(account.username).locked_until is None
        assert logins.slip_tries(name).failed_logins == (0 if known else 5)


def test_names_that_fail_stop_their_address_and_no_other_nor_another_tenant(tenant: TestTenant) -> None:
    other, moment = make_tenant("4202"), now()
    with set_clock(moment):
        with other.scope():
            Source(HERE, 2).note("theirs")
        with tenant.scope():
            here, there = Source(HERE, 2), Source(ELSEWHERE, 2)
            waits = []
            for name in ("a", "b", "a", "b", "c", "d"):
                here.note(name)
                waits.append(here.wait())
            assert (waits, there.wait()) == ([0, 0, 0, 0, 900, 900], 0)
            there.note("a")
            assert (there.wait(), logins.sign_in(COUNTY, PASSWORD, here).retry_after, logins.sign_in(COUNTY, PASSWORD, there).retry_after) == (0, 900, 0)
            ring = keyring.for_tenant(tenant.id)
            assert sorted(tuple(row) for row in session().execute(select(AddressTry.address_hash, AddressTry.name_hash, AddressTry.at))) == sorted(
                (ring.fingerprint("login address", address.encode()), ring.fingerprint("login address name", name.encode()), moment)
                for address, name in ((HERE, "a"), (HERE, "b"), (HERE, "c"), (HERE, "d"), (ELSEWHERE, "a")))
        with other.scope():
            assert (Source(HERE, 2).wait(), noted("login.address_stopped")) == (0, [])
        with tenant.scope():
            assert noted("login.address_stopped") == [("account", None, {"names": 3})]


def test_the_oldest_of_the_newest_names_says_how_long_an_address_waits(tenant: TestTenant) -> None:
    began, here = now(), Source(HERE, 1)
    with tenant.scope():
        for minute, name in enumerate("abcd"):
            with set_clock(began + dt.timedelta(minutes=minute)):
                here.note(name)
        for minutes, wait in ((3, 14 * 60), (16.99, 1), (17, 0)):
            with set_clock(began + dt.timedelta(minutes=minutes)):
                assert here.wait() == wait
        with set_clock(began + dt.timedelta(minutes=4)):
            here.note("a")  # its time begins anew
            assert here.wait() == 14 * 60


def test_names_that_have_left_the_window_do_not_count_when_an_address_is_stopped(tenant: TestTenant) -> None:
    began, here = now(), Source(HERE, 1)
    with set_clock(began), tenant.scope():
        here.note("a")
    with set_clock(began + WINDOW), tenant.scope():
        here.note("b")
        assert here.wait() == 0
    with tenant.scope():
        assert noted("login.address_stopped") == []
    with set_clock(began + WINDOW), tenant.scope():
        here.note("c")
    with tenant.scope():
        assert noted("login.address_stopped") == [("account", None, {"names": 2})]


def test_who_gets_in_is_forgiven_that_name_at_that_address(tenant: TestTenant) -> None:
    here, there, ring = Source(HERE, 9), Source(ELSEWHERE, 9), keyring.for_tenant(tenant.id)
    with tenant.scope():
        for source in (here, there):
            for name in (COUNTY, STREET):
                assert logins.sign_in(name, "wrong-password", source).token is None
        assert logins.sign_in(COUNTY, PASSWORD, here).token
        assert {tuple(row) for row in session().execute(select(AddressTry.address_hash, AddressTry.name_hash))} == {
            (ring.fingerprint("login address", address.encode()), ring.fingerprint("login address name", name.encode()))
            for address, name in ((HERE, STREET), (ELSEWHERE, COUNTY), (ELSEWHERE, STREET))}


@pytest.mark.parametrize("source", [Source(), Source(HERE), Source(None, 1), Source("", 1), Source("127.0.0.1", 1), Source("::1", 1)])
def test_without_an_address_or_a_limit_and_on_the_own_machine_nothing_is_counted(tenant: TestTenant, source: Source) -> None:
    with tenant.scope():
        for name in "abc":
            source.note(name)
        source.forgive("a")
        assert (source.wait(), source.device, session().scalars(select(AddressTry)).all()) == (0, "", [])


def test_upkeep_removes_what_is_over_and_says_how_much(tenant: TestTenant) -> None:
    """Each at the very end of its time, and a try that has not failed yet at once; what is a second younger stays."""
    moment, member = now(), tenant.others[COUNTY].id
    ages = {"logins": logins.MEMBER_IDLE, "tries": logins.FORGOTTEN, "addresses": WINDOW, "slips": slips.VALID}
    for second, names in ((0, ("a", "b")), (1, ("c",))):
        for what, age in ages.items():
            with set_clock(moment - age + second * SECOND), tenant.scope():
                for name in names:
                    if what == "logins":
                        open_login(member, device=name)
                    elif what == "tries":
                        logins.count_failure(logins.slip_tries(name))
                    elif what == "addresses":
                        Source(HERE, 9).note(name)
                    elif name != "b":
                        slips.issue(tenant.accounts[COMMUNITY if name == "a" else STREET].id, by=None)
    with set_clock(moment), tenant.scope():
        logins.slip_tries("never tried")
        assert login_upkeep.clean(None) == {"logins": 2, "tries": 3, "addresses": 2, "slips": 1, "challenges": 0}  # type: ignore[arg-type]
        assert [len(session().scalars(select(table.id)).all()) for table in (Login, LoginTry, AddressTry, PasswordSlip)] == [1] * 4
