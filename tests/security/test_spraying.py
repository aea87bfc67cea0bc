"""One password tried on many names from one address is stopped; an office full of people behind one address is not."""
from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Iterable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core.access import login_upkeep, spraying
from core.access.models import AddressTry
from core.access.roles import COUNTY
from core.audit import EntryFilter, entries
from core.config import Config
from core.tenancy import now, session, set_clock
from tests.support.applications import shared_app
from tests.support.browsing import submit
from tests.support.databases import TestDatabase
from tests.support.factories import PASSWORD, TestTenant, make_account, make_tenant

WRONG, LIMIT, HERE, ELSEWHERE = "wrong-password", 4, "203.0.113.7", "198.51.100.9"
At = Callable[[str], FlaskClient]


@pytest.fixture
def tenant(config: Config) -> TestTenant:
    return make_tenant()


@pytest.fixture(autouse=True)
def still() -> Iterable[None]:
    """Time stands still unless a test moves it."""
    with set_clock(now()):
        yield


@pytest.fixture
def at(config: Config) -> At:
    """Make a browser at an address, on an installation whose limit is LIMIT names."""
    return browsers(dataclasses.replace(config, sign_in_names=LIMIT))


def browsers(config: Config) -> At:
    app = shared_app(config)

    def make(address: str) -> FlaskClient:
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = address
        return client
    return make


def enter(client: FlaskClient, tenant: TestTenant, name: str, password: str = WRONG, **headers: str) -> tuple[int, str]:
    """Status, and the sentence above the form."""
    client.environ_base.update({f"HTTP_{key}": value for key, value in headers.items()})
    answer = submit(client, f"/t/{tenant.slug}/login", username=name, password=password)
    said = re.search(r'role="alert".*?<strong>([^<]+)</strong>', answer.text, re.DOTALL)
    return answer.status_code, said[1] if said else ""


def spray(client: FlaskClient, tenant: TestTenant, count: int = LIMIT + 1, name: str = "name") -> list[int]:
    return [enter(client, tenant, f"{name}{number}")[0] for number in range(count)]


def test_many_names_from_one_address_are_stopped_even_with_the_right_password(at: At, tenant: TestTenant) -> None:
    assert spray(at(HERE), tenant, LIMIT + 2) == [422] * (LIMIT + 1) + [429]
    assert enter(at(HERE), tenant, COUNTY, PASSWORD) == (
        429, "从您这个网络登录失败的账号太多，请等 15 分钟后再试；急用时可换一个网络，例如手机流量。")
    assert enter(at(ELSEWHERE), tenant, COUNTY, PASSWORD)[0] == 303


def test_twin_without_the_limit_the_same_try_goes_through(at: At, tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    spray(at(HERE), tenant)
    assert enter(at(HERE), tenant, COUNTY, PASSWORD)[0] == 429
    monkeypatch.setattr(spraying.Source, "wait", lambda _source: 0)
    assert enter(at(HERE), tenant, COUNTY, PASSWORD)[0] == 303


def test_a_known_name_is_answered_like_an_unknown_one(at: At, tenant: TestTenant) -> None:
    names = [account.username for account in tenant.accounts.values()][:LIMIT + 1]
    assert [enter(at(HERE), tenant, name)[0] for name in names] == [422] * (LIMIT + 1)
    assert [enter(at(HERE), tenant, name) for name in (COUNTY, "nobody_here")] == [enter(at(HERE), tenant, "another")] * 2


def test_the_stop_ends_by_itself_and_is_not_made_longer_by_knocking(at: At, tenant: TestTenant) -> None:
    begin = now()
    spray(at(HERE), tenant)
    for minute in (5, 10, 14):
        with set_clock(begin + dt.timedelta(minutes=minute)):
            assert enter(at(HERE), tenant, COUNTY, PASSWORD) == (
                429, f"从您这个网络登录失败的账号太多，请等 {15 - minute} 分钟后再试；急用时可换一个网络，例如手机流量。")
    with set_clock(begin + dt.timedelta(minutes=15, seconds=1)):
        assert enter(at(HERE), tenant, COUNTY, PASSWORD)[0] == 303


def test_tries_on_few_names_never_stop_the_address(at: At, tenant: TestTenant) -> None:
    for _round in range(3):
        assert 429 not in spray(at(HERE), tenant, LIMIT)
    assert enter(at(HERE), tenant, COUNTY, PASSWORD)[0] == 303


@pytest.mark.long
def test_an_office_whose_people_mistype_once_is_never_stopped(config: Config, tenant: TestTenant) -> None:
    with tenant.scope():
        people = [make_account(tenant, COUNTY, tenant.counties[0]) for _person in range(50)]
    here = browsers(config)
    assert config.sign_in_names == 30
    assert {(enter(here(HERE), tenant, one.username)[0], enter(here(HERE), tenant, one.username, PASSWORD)[0]) for one in people} == {(422, 303)}


def test_twin_without_forgiving_the_office_would_be_stopped(at: At, tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spraying.Source, "forgive", lambda _source, _name: None)
    people = list(tenant.accounts.values())[:LIMIT + 1]
    for one in people[:-1]:
        assert (enter(at(HERE), tenant, one.username)[0], enter(at(HERE), tenant, one.username, PASSWORD)[0]) == (422, 303)
    assert (enter(at(HERE), tenant, people[-1].username)[0], enter(at(HERE), tenant, people[-1].username, PASSWORD)[0]) == (422, 429)


def test_another_tenant_is_not_concerned(at: At, tenant: TestTenant) -> None:
    other = make_tenant("4202")
    spray(at(HERE), tenant)
    assert enter(at(HERE), tenant, COUNTY, PASSWORD)[0] == 429
    assert enter(at(HERE), other, COUNTY, PASSWORD)[0] == 303


def test_no_limit_and_the_own_machine(config: Config, at: At, tenant: TestTenant) -> None:
    unlimited = browsers(dataclasses.replace(config, sign_in_names=0))
    for client in (unlimited(HERE), at("127.0.0.1"), at("::1")):
        assert spray(client, tenant) == [422] * (LIMIT + 1)
        assert enter(client, tenant, COUNTY, PASSWORD)[0] == 303
    with tenant.scope():
        assert session().scalar(select(func.count()).select_from(AddressTry)) == 0


def test_of_ipv6_the_network_counts(at: At, tenant: TestTenant) -> None:
    for number in range(LIMIT + 1):
        assert enter(at(f"2001:db8:1:2::{number}"), tenant, f"name{number}")[0] == 422
    assert enter(at("2001:db8:1:2:ffff::1"), tenant, COUNTY, PASSWORD)[0] == 429
    assert enter(at("2001:db8:1:3::1"), tenant, COUNTY, PASSWORD)[0] == 303


def test_a_trusted_proxy_tells_the_address_and_nobody_else_does(config: Config, tenant: TestTenant) -> None:
    few = dataclasses.replace(config, sign_in_names=LIMIT)
    behind, bare = browsers(dataclasses.replace(few, trusted_proxies=1)), browsers(few)
    for number in range(LIMIT + 1):  # what the client itself writes stands in front of what the proxy adds
        assert enter(behind("10.0.0.1"), tenant, f"name{number}", X_FORWARDED_FOR=f"192.0.2.{number}, {HERE}")[0] == 422
    assert enter(behind("10.0.0.1"), tenant, COUNTY, PASSWORD, X_FORWARDED_FOR=HERE)[0] == 429
    assert enter(behind("10.0.0.1"), tenant, COUNTY, PASSWORD, X_FORWARDED_FOR=ELSEWHERE)[0] == 303
    for number in range(LIMIT + 1):  # without a proxy that is trusted, the header moves nobody elsewhere
        assert enter(bare(ELSEWHERE), tenant, f"name{number}", X_FORWARDED_FOR=f"192.0.2.{number}")[0] == 422
    assert enter(bare(ELSEWHERE), tenant, COUNTY, PASSWORD, X_FORWARDED_FOR="192.0.2.99")[0] == 429


def test_the_log_tells_once_and_not_from_where(at: At, tenant: TestTenant) -> None:
    spray(at(HERE), tenant, LIMIT + 4)
    with tenant.scope():
        assert [e.details for e in entries(EntryFilter("login.address_stopped"))] == [{"names": LIMIT + 1}]
        assert HERE not in str(entries())


def test_the_address_is_nowhere_in_clear(at: At, tenant: TestTenant, database: TestDatabase, caplog: pytest.LogCaptureFixture,
                                         capfd: pytest.CaptureFixture[str]) -> None:
    spray(at(HERE), tenant, LIMIT + 2)
    with database.connect_admin() as admin:
        rows = admin.execute("select a::text, encode(address_hash, 'escape'), length(address_hash) from address_try a").fetchall()
    told = str(rows) + caplog.text + "".join(capfd.readouterr())
    assert (len(rows), HERE in told, "name0" in told, {row[2] for row in rows}) == (LIMIT + 1, False, False, {16})
    other = make_tenant("4202")
    enter(at(HERE), other, "name0")
    with database.connect_admin() as admin:  # the key is the tenant's: nobody can follow an address from one to another
        assert admin.execute("select count(distinct address_hash), count(distinct name_hash) from address_try"
                             " where name_hash in (select name_hash from address_try where tenant_id = %s)"
                             " or tenant_id = %s", (other.id, tenant.id)).fetchone() == (2, LIMIT + 2)


def test_old_tries_are_cleaned_away(at: At, tenant: TestTenant) -> None:
    begin = now()
    spray(at(HERE), tenant)

    def left(minutes: int) -> int:
        with set_clock(begin + dt.timedelta(minutes=minutes)), tenant.scope():
            login_upkeep.clean(None)  # type: ignore[arg-type]  # it needs no context
            return session().scalar(select(func.count()).select_from(AddressTry)) or 0
    assert [left(14), left(15)] == [LIMIT + 1, 0]
