"""The door betrays nobody: a name that exists and one that does not get the same answers, however often they are tried."""
from __future__ import annotations

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core.access import login_upkeep, logins, operators
from core.access.models import Login, LoginTry
from core.access.roles import COUNTY
from core.config import Config
from core.tenancy import now, session, set_clock, unscoped
from tests.support.applications import shared_app
from tests.support.browsing import submit
from tests.support.factories import PASSWORD, TestTenant, make_tenant

WRONG, NOBODY = "wrong-password", "nobody_here"


@pytest.fixture
def tenant(config: Config) -> TestTenant:
    return make_tenant()


@pytest.fixture
def browser(config: Config) -> FlaskClient:
    return shared_app(config).test_client()


def tries(browser: FlaskClient, door: str, name: str, count: int, password: str = WRONG) -> list[tuple[int, str]]:
    """Status and page of each try, with the name and what differs from page to page taken out."""
    answers = [submit(browser, door, username=name, password=password) for _try in range(count)]
    noise = re.compile(r'(content|value)="[\w.-]{60,}"|等 \d+ 秒')
    return [(answer.status_code, noise.sub("", answer.text.replace(name, "?"))) for answer in answers]


def test_a_name_is_not_betrayed_by_trying_it_often(browser: FlaskClient, tenant: TestTenant) -> None:
    door = f"/t/{tenant.slug}/login"
    with set_clock(now()):
        known, unknown = tries(browser, door, COUNTY, 7), tries(browser, door, NOBODY, 7)
    assert [status for status, _page in known] == [422] * 5 + [429] * 2
    assert known == unknown


def test_twin_without_the_strangers_count_a_name_is_betrayed(browser: FlaskClient, tenant: TestTenant,
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins, "_stranger", lambda _name: LoginTry(failed_logins=0))
    door = f"/t/{tenant.slug}/login"
    with set_clock(now()):
        assert tries(browser, door, COUNTY, 7) != tries(browser, door, NOBODY, 7)


def test_a_stranger_in_one_tenant_is_none_in_another(browser: FlaskClient, tenant: TestTenant) -> None:
    other = make_tenant("4202")
    with set_clock(now()):
        tries(browser, f"/t/{tenant.slug}/login", NOBODY, 6)
        assert [status for status, _page in tries(browser, f"/t/{other.slug}/login", NOBODY, 1)] == [422]


def test_failures_are_forgotten_after_a_day_for_a_known_name_as_for_an_unknown_one(tenant: TestTenant) -> None:
    begin = now()
    for name in (COUNTY, NOBODY):
        for hours, expected in ((0, [0] * 4), (23, [0, 1]), (48, [0] * 5)):
            with set_clock(begin + dt.timedelta(hours=hours)), tenant.scope():
                assert [min(logins.sign_in(name, WRONG).retry_after, 1) for _try in expected] == expected


def test_what_is_over_is_cleaned_away(tenant: TestTenant) -> None:
    begin = now()
    with tenant.scope():
        logins.sign_in(NOBODY, WRONG)
        logins.open_login(tenant.accounts[COUNTY].id)

    def left(days: int) -> tuple[int | None, int | None]:
        with set_clock(begin + dt.timedelta(days=days)), tenant.scope():
            login_upkeep.clean(None)  # type: ignore[arg-type]  # it needs no context
            return tuple(session().scalar(select(func.count()).select_from(table)) for table in (LoginTry, Login))  # type: ignore[return-value]
    assert [left(days) for days in (0, 2, 15)] == [(1, 1), (0, 1), (0, 0)]


def test_an_operators_name_is_not_betrayed_either(browser: FlaskClient) -> None:
    with unscoped():
        operators.create_operator("root", PASSWORD)
    with set_clock(now()):
        known, unknown = tries(browser, "/operator/login", "root", 7), tries(browser, "/operator/login", NOBODY, 7)
        locked = submit(browser, "/operator/login", username="root", password=PASSWORD)
    assert known == unknown
    assert locked.status_code == 422  # the right password is of no use while the name waits
