"""The key of somebody's drafts: the same at each sign-in of one account, another for every other account, tenant and visit."""
from __future__ import annotations

import base64
import re

from flask import Flask

from core.access.roles import COMMUNITY
from tests.plugins.needs.conftest import code_of
from tests.support.factories import TestAccount, make_account, make_tenant, sign_in


def key(app: Flask, page: str, account: TestAccount | None = None, visits: int = 1) -> list[str]:
    """What the form of one visitor's page holds, each time it is opened."""
    client = app.test_client()
    if account is not None:
        sign_in(client, account)
    return [found[1] for _visit in range(visits) if (found := re.search(r'data-draft-key="([^"]+)"', client.get(page).text))]


def test_each_account_and_each_visit_has_its_own(application: Flask) -> None:
    tenant, other = make_tenant(plugins=["needs"]), make_tenant("4228", plugins=["needs"])
    with tenant.scope():
        second = make_account(tenant, COMMUNITY, tenant.communities[0])
    page, public = "/p/needs/enter", f"/t/{tenant.slug}/p/needs/{code_of(tenant)}"
    own, again, colleague, elsewhere = (key(application, page, account) for account in (
        tenant.accounts[COMMUNITY], tenant.accounts[COMMUNITY], second, other.accounts[COMMUNITY]))
    visit, another = key(application, public, visits=2), key(application, public)
    assert own == again
    assert len({*own, *colleague, *elsewhere, *visit, *another}) == 5
    assert visit[0] == visit[1]
    assert {len(base64.b64decode(one)) for one in (*own, *visit)} == {32}
    assert key(application, public, tenant.accounts[COMMUNITY]) == own  # a resident's form, filled in by who is signed in here
