"""What a login opens: the rights whose time has not run out, and nobody else's."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import update

from core.access.entry import by_login
from core.access.models import Grant
from core.access.opening import open_login
from core.access.roles import COMMUNITY
from core.tenancy import now
from tests.support.factories import TestTenant, make_account, make_tenant


def test_a_grant_counts_until_it_runs_out(tenant: TestTenant) -> None:
    make_tenant("4228")
    expiries = {"none": None, "coming": now() + dt.timedelta(days=1), "over": now() - dt.timedelta(seconds=1)}
    with tenant.scope() as opened:
        accounts = {name: make_account(tenant, COMMUNITY, tenant.communities[0]) for name in expiries}
        for name, account in accounts.items():
            opened.execute(update(Grant).where(Grant.account_id == account.id).values(expires_at=expiries[name]))
        tokens = {name: open_login(account.id, second_factor=True) for name, account in accounts.items()}
    with tenant.scope():
        found = {name: by_login(token) for name, token in tokens.items()}
    assert {name: actor and (actor.account_id, [(g.role, g.organization_id) for g in actor.grants]) for name, actor in found.items()} == {
        "none": (accounts["none"].id, [(COMMUNITY, tenant.communities[0])]), "coming": (accounts["coming"].id, [(COMMUNITY, tenant.communities[0])]),
        "over": (accounts["over"].id, [])}
