"""Whose account an identity is: linked once, used, undone, and what each of these leaves behind for the auditor."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from core.access import accounts
from core.access.models import Account, Grant
from core.access.openid import links
from core.access.openid.identity import Identity
from core.access.openid.links import Entered
from core.access.openid.models import SignInLink
from core.access.roles import ADMINISTRATOR, COUNTY, STREET
from core.errors import Conflict, Forbidden, Invalid
from core.privacy import keyring
from core.tenancy import session, set_clock
from core.tenancy.scope import tenant_id
from tests.access.openid.house import ISSUER, PROVIDER
from tests.access.reading import noted_in, refused
from tests.support.factories import TestTenant, make_tenant

ZHOU, LI = Identity("zhou.lixin", second_factor=True, name="周立新"), Identity("li.si", second_factor=False, name="")
MAKING = replace(PROVIDER, create_accounts=True)


def stored() -> list[tuple[Any, ...]]:
    """Account, linked by whom and when, and last used, oldest first."""
    return [tuple(row) for row in session().execute(
        select(SignInLink.account_id, SignInLink.linked_by, SignInLink.linked_at, SignInLink.used_at)
        .where(SignInLink.tenant_id == tenant_id()).order_by(SignInLink.id))]


def two(tenant: TestTenant, moment: dt.datetime) -> tuple[uuid.UUID, uuid.UUID]:
    """Two officers' accounts, linked: the first by the administrator."""
    first, second, city = (tenant.accounts[role].id for role in (COUNTY, STREET, ADMINISTRATOR))
    with set_clock(moment), tenant.scope():
        links.link(PROVIDER, ZHOU, first, by=city)
        links.link(PROVIDER, LI, second, by=None)
    return first, second


def test_what_is_kept_of_a_link(tenant: TestTenant, moment: dt.datetime) -> None:
    first, second = two(tenant, moment)
    city = tenant.accounts[ADMINISTRATOR].id
    with tenant.scope():
        assert stored() == [(first, city, moment, None), (second, None, moment, None)]
        hashes = session().scalars(select(SignInLink.subject_hash).where(SignInLink.tenant_id == tenant_id()).order_by(SignInLink.id)).all()
        # The hash stays as it is from version to version, or nobody would get in after an update.
        ring = keyring.for_tenant(tenant.id)
        assert hashes == [ring.fingerprint("openid subject", f"{ISSUER}\0sub\0{name}".encode()) for name in ("zhou.lixin", "li.si")]
        assert [tuple(links.linked(one) or ()) for one in (first, city)] == [(moment, None), ()]
        assert links.linked(uuid.uuid4()) is None
    assert noted_in(tenant) == [("sign_in.linked", "account", first, {"by": str(city)}), ("sign_in.linked", "account", second, {"by": None})]


def test_who_is_linked_is_let_in_and_the_time_is_noted(tenant: TestTenant, moment: dt.datetime) -> None:
    first, second = two(tenant, moment)
    for provider in (PROVIDER, MAKING):  # nobody gets a second account
        with set_clock(moment + dt.timedelta(hours=1)), tenant.scope():
            assert links.enter(provider, ZHOU) == Entered(first, second_factor=True)
    with tenant.scope():
        assert tuple(links.linked(first) or ()) == (moment, moment + dt.timedelta(hours=1))
        assert tuple(links.linked(second) or ()) == (moment, None)
        assert links.enter(PROVIDER, LI) == Entered(second, second_factor=False)
    assert noted_in(tenant)[2:] == [("login.opened", "account", first, {"by": "openid", "second_factor": True})] * 2 + [
        ("login.opened", "account", second, {"by": "openid", "second_factor": False})]


@pytest.mark.parametrize("provider", [PROVIDER, MAKING])
def test_an_account_that_is_switched_off_stays_so(tenant: TestTenant, moment: dt.datetime, provider: Any) -> None:
    first, second = two(tenant, moment)
    with tenant.scope():
        session().execute(update(Account).where(Account.tenant_id == tenant_id(), Account.id == first).values(active=False))
        before = count()
        assert refused(lambda: links.enter(provider, ZHOU), Invalid)
        assert (count(), [row[3] for row in stored()]) == (before, [None, None])
        assert links.enter(provider, LI).account_id == second
    assert noted_in(tenant)[2:] == [("sign_in.refused", "account", first, None),
                                 ("login.opened", "account", second, {"by": "openid", "second_factor": False})]


def count() -> int:
    """How many accounts there are."""
    return len(session().scalars(select(Account.id).where(Account.tenant_id == tenant_id())).all())


def test_an_identity_is_known_at_its_own_provider_by_its_own_claim_and_in_its_own_tenant(tenant: TestTenant, moment: dt.datetime) -> None:
    two(tenant, moment)
    other = make_tenant("4228", name="恩施州")
    for one, provider, who in ((tenant, replace(PROVIDER, issuer="https://id.example/"), ZHOU), (tenant, replace(PROVIDER, claim="employee"), ZHOU),
                               (tenant, PROVIDER, replace(ZHOU, subject="zhou.lixi")), (other, PROVIDER, ZHOU)):
        with one.scope():
            assert refused(lambda provider=provider, who=who: links.enter(provider, who), Invalid)  # type: ignore[misc]
    assert (noted_in(tenant)[2:], noted_in(other)) == ([("sign_in.refused", "account", None, None)] * 3, [("sign_in.refused", "account", None, None)])


def test_where_the_tenant_says_so_a_stranger_gets_an_account_without_any_right(tenant: TestTenant, moment: dt.datetime) -> None:
    made = []
    for who in (ZHOU, LI, ZHOU):
        with tenant.scope():
            entered = links.enter(MAKING, who)
            assert entered.second_factor is who.second_factor
            made.append(entered.account_id)
    assert (made[0] == made[2], len(set(made))) == (True, 2)
    with tenant.scope():
        rows = [session().get_one(Account, (tenant.id, one)) for one in made[:2]]
        assert [(row.display_name, row.password_hash, row.member_id, row.active) for row in rows] == [
            ("周立新", None, None, True), ("统一身份用户", None, None, True)]
        assert all(re.fullmatch("sso-[0-9a-f]{10}", row.username) for row in rows)
        assert session().scalars(select(Grant.id).where(Grant.tenant_id == tenant_id(), Grant.account_id.in_(made))).all() == []
        assert stored() == [(made[0], None, moment, moment), (made[1], None, moment, None)]
    assert noted_in(tenant)[:3] == [("account.created", "account", made[0], None), ("sign_in.linked", "account", made[0], {"by": None}),
                                 ("login.opened", "account", made[0], {"by": "openid", "second_factor": True})]


def test_a_new_identity_takes_the_place_of_the_accounts_former_one(tenant: TestTenant, moment: dt.datetime) -> None:
    first, second = two(tenant, moment)
    with set_clock(moment + dt.timedelta(hours=1)), tenant.scope():
        links.link(PROVIDER, replace(ZHOU, subject="zhou.2"), first, by=first)
        assert stored() == [(second, None, moment, None), (first, first, moment + dt.timedelta(hours=1), None)]
        assert refused(lambda: links.enter(PROVIDER, ZHOU), Invalid)
        links.link(PROVIDER, replace(ZHOU, subject="zhou.2"), first, by=first)  # the same again
        assert len(stored()) == 2


def test_an_identity_that_is_another_accounts_is_not_taken_from_it(tenant: TestTenant, moment: dt.datetime) -> None:
    first, second = two(tenant, moment)
    with pytest.raises(Conflict), tenant.scope():
        links.link(PROVIDER, LI, first, by=first)
    with tenant.scope():
        assert [row[0] for row in stored()] == [first, second]
    assert len(noted_in(tenant)) == 2


def test_a_link_that_is_undone_is_this_accounts_only(tenant: TestTenant, moment: dt.datetime) -> None:
    first, second = two(tenant, moment)
    with tenant.scope():
        links.unlink(first, own=True)
        assert [row[0] for row in stored()] == [second]
        for own in (True, False):
            links.unlink(first, own=own)  # nothing to undo, nothing noted
    assert noted_in(tenant)[2:] == [("sign_in.unlinked", "account", first, None)]


def test_who_would_not_get_in_any_more_keeps_the_link_unless_somebody_else_undoes_it(tenant: TestTenant, moment: dt.datetime) -> None:
    first, second = two(tenant, moment)
    with tenant.scope():
        without = accounts.create_account("no.password", "无密码")
        links.link(PROVIDER, replace(ZHOU, subject="none"), without, by=None)
        assert refused(lambda: links.unlink(without, own=True), Forbidden)
        assert [row[0] for row in stored()] == [first, second, without]
        links.unlink(without, own=False)
        links.unlink(second, own=False)  # with a password too
        assert [row[0] for row in stored()] == [first]
    assert noted_in(tenant)[4:] == [("sign_in.unlinked", "account", without, None), ("sign_in.unlinked", "account", second, None)]
