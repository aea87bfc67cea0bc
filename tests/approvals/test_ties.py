"""Who has reset somebody's account could sign in as its owner: neither is the other's second person; and the twin, where one would do it all."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable

import pytest

from core import audit
from core.access import slips
from core.access.roles import ADMINISTRATOR
from core.approvals import deciding
from core.db import new_id
from core.errors import Forbidden
from core.tenancy import now, set_clock
from tests.approvals.test_approvals import REASON, ask, confirm, state
from tests.service.conftest import Browser
from tests.support.factories import TestAccount, TestTenant

Browsers = Callable[..., Browser]
RESETS = pytest.mark.parametrize("reset", ["reset", "second-factor/reset"])
BEFORE, AFTER = "4201/420102/420102001/420102001001/", "4201/420103/420102001/420102001001/"


def asked(tenant: TestTenant, asker: Browser) -> str:
    """Somebody asks on the page to move a street; the request's address."""
    address = f"/organizations/{tenant.streets[0]}/change"
    return str(asker.post(address, act="move", to=str(tenant.counties[1]), reason=REASON, confirmed="yes").location)


def taken(tenant: TestTenant, account: TestAccount, by: Browser, browser: Browsers, reset: str) -> Browser:
    """Somebody resets another's account on the page and goes in with what that gives: the slip's code, or the way past the second factor."""
    page = by.post(f"/accounts/{account.id}/{reset}")
    if reset != "reset":
        assert page.status_code == 303
        return browser(account)
    code = re.search(r'#[^:"]+:([a-z0-9-]+)"', page.text)
    assert code is not None
    found, start = browser(), f"/t/{tenant.slug}/start"
    assert found.post(start, token_from=start, username=account.username, code=code[1], new_password="a quiet river",
                      again="a quiet river").status_code == 303
    return found


def where(tenant: TestTenant, request: str) -> tuple[str, str]:
    """The request's state, and where the street's community stands."""
    return state(tenant, uuid.UUID(request.rsplit("/", 1)[1]))


@RESETS
def test_whose_account_the_asker_has_reset_is_no_second_person(tenant: TestTenant, second: TestAccount, browser: Browsers, reset: str) -> None:
    first = browser(tenant.accounts[ADMINISTRATOR])
    other = taken(tenant, second, first, browser, reset)
    request = asked(tenant, first)
    answer = other.post(f"{request}/confirm", read="yes")
    assert (answer.status_code, "经手过另一方的账号" in answer.text) == (403, True)
    assert where(tenant, request) == ("waiting", BEFORE)


@RESETS
def test_without_the_tie_one_administrator_is_both(tenant: TestTenant, second: TestAccount, browser: Browsers, reset: str,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: as long as the page's two resets were not asked about."""
    monkeypatch.setattr(deciding, "TIES", tuple(action for action in deciding.TIES if action not in ("account.slip_issued", "factor.reset")))
    first = browser(tenant.accounts[ADMINISTRATOR])
    other = taken(tenant, second, first, browser, reset)
    request = asked(tenant, first)
    assert other.post(f"{request}/confirm", read="yes").status_code == 303
    assert where(tenant, request) == ("done", AFTER)


@RESETS
def test_nor_is_who_has_reset_the_askers_account(tenant: TestTenant, second: TestAccount, browser: Browsers, reset: str,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    first = browser(tenant.accounts[ADMINISTRATOR])
    request = asked(tenant, taken(tenant, second, first, browser, reset))  # in the second's name, but by the first
    assert first.post(f"{request}/confirm", read="yes").status_code == 403
    assert where(tenant, request) == ("waiting", BEFORE)
    monkeypatch.setattr(deciding, "HELD", ())  # the twin
    assert first.post(f"{request}/confirm", read="yes").status_code == 303
    assert where(tenant, request) == ("done", AFTER)


def test_who_gave_the_asker_a_right_may_confirm(tenant: TestTenant, second: TestAccount) -> None:
    with tenant.scope(), audit.set_actor("account", second.id):  # to have chosen the asker is not to be the asker
        audit.record("grant.given", "account", tenant.accounts[ADMINISTRATOR].id, {"role": ADMINISTRATOR})
    approval = ask(tenant)
    confirm(tenant, approval, second)
    assert state(tenant, approval) == ("done", AFTER)


@pytest.mark.parametrize(("days", "outcome"), [(6, ("waiting", BEFORE)), (8, ("done", AFTER))])
def test_a_slip_ties_for_seven_days(tenant: TestTenant, second: TestAccount, days: int, outcome: tuple[str, str]) -> None:
    first = tenant.accounts[ADMINISTRATOR]
    with set_clock(now() - dt.timedelta(days=days)), tenant.scope(), audit.set_actor("account", first.id):
        slips.issue(second.id, by=tenant.actor(ADMINISTRATOR))
    approval = ask(tenant)
    try:
        confirm(tenant, approval, second)
    except Forbidden:
        assert days < deciding.TIED.days
    assert state(tenant, approval) == outcome


@pytest.mark.parametrize("kind", ["operator", "system"])
def test_a_slip_of_the_installation_ties_nobody(tenant: TestTenant, second: TestAccount, kind: str) -> None:
    with tenant.scope(), audit.set_actor(kind, new_id() if kind == "operator" else None):
        slips.issue(second.id, by=None)
    approval = ask(tenant)
    confirm(tenant, approval, second)
    assert state(tenant, approval) == ("done", AFTER)
