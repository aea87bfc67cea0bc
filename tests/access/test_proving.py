"""How the owner of an account proves to be there before its factors change: by password, without one by a fresh login."""
from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

import pytest
from sqlalchemy import update

from core.access import proving
from core.access.entry import by_login
from core.access.logins import password_tries
from core.access.models import Account
from core.access.opening import open_login
from core.access.roles import COUNTY, STREET
from core.errors import Invalid
from core.tenancy import session, set_clock
from tests.access.reading import NOON
from tests.support.factories import PASSWORD, TestAccount, TestTenant


def without_password(account: TestAccount) -> None:
    session().execute(update(Account).where(Account.id == account.id).values(password_hash=None))


def test_whether_there_is_a_password_to_ask_for(tenant: TestTenant, scope: None) -> None:
    without_password(tenant.accounts[STREET])
    assert [proving.has_password(one) for one in (tenant.accounts[COUNTY].id, tenant.accounts[STREET].id, uuid.uuid4())] == [True, False, False]


def test_the_owner_proves_by_password_whatever_the_logins_age(tenant: TestTenant, scope: None) -> None:
    own = tenant.actor(COUNTY)
    proving.prove(own, PASSWORD)
    with pytest.raises(Invalid):
        proving.prove(own, "wrong-password")
    assert password_tries(own.account_id).failed_logins == 1


def test_without_a_password_a_login_proves_for_ten_minutes(tenant: TestTenant, noon: None) -> None:
    account = tenant.accounts[COUNTY]
    with tenant.scope():
        without_password(account)
        token = open_login(account.id)
        open_login(account.id)
    with tenant.scope():
        own = by_login(token)
    assert own is not None
    seen = []
    for seconds in (0, 600, 601):
        with set_clock(NOON + dt.timedelta(seconds=seconds)), tenant.scope():
            open_login(account.id)  # a newer one is no proof for this one
            seen.append(proving.is_fresh(own))
            if seen[-1]:
                proving.prove(own, "")
                continue
            with pytest.raises(Invalid):
                proving.prove(own, "")
    assert seen == [True, True, False]
    with tenant.scope():
        assert [proving.is_fresh(dataclasses.replace(own, login_id=other)) for other in (None, uuid.uuid4())] == [False, False]
