"""Who may act at a place for acts of two people: over that very place, active, in time, by the role's permission."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import update

from core.access.holders import Holder, holders_at
from core.access.models import Account, Grant
from core.access.roles import COMMUNITY
from core.tenancy import now
from tests.support.factories import TestTenant, make_account, make_member, make_tenant

PERMISSION = "records.verify"


def test_of_the_place_itself_and_nobody_who_has_it_no_longer(tenant: TestTenant) -> None:
    theirs = make_tenant("4228")
    here, there = tenant.communities[0], tenant.communities[-1]
    member = make_member(tenant)
    with tenant.scope():
        volunteer = make_account(tenant, COMMUNITY, here, member_id=member.id)
        disabled, expired, coming = (make_account(tenant, COMMUNITY, here) for _each in range(3))
    with tenant.scope() as opened:
        opened.execute(update(Account).where(Account.id == disabled.id).values(active=False))
        opened.execute(update(Grant).where(Grant.account_id == expired.id).values(expires_at=now() - dt.timedelta(seconds=1)))
        opened.execute(update(Grant).where(Grant.account_id == coming.id).values(expires_at=now() + dt.timedelta(days=1)))
    places = (here, there, tenant.streets[0], theirs.communities[0])
    with tenant.scope():
        assert holders_at(places, PERMISSION) == {
            here: sorted([Holder(tenant.accounts[COMMUNITY].id, None), Holder(volunteer.id, member.id), Holder(coming.id, None)]),
            there: [Holder(tenant.others[COMMUNITY].id, None)]}
        assert holders_at((here,), "nobody.has.this") == {}
