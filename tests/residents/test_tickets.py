"""A form sent twice makes one row; a ticket that is forged, too fresh, too old or of another form is refused."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from core.errors import Invalid
from core.residents.tickets import issue_ticket, redeem_ticket
from core.tenancy import now, set_clock
from tests.service.conftest import at_once
from tests.service.test_records import in_scope
from tests.support.factories import TestTenant, make_tenant

FORM = "needs.form"
NOTHING = dt.timedelta(0)


def refused(tenant: TestTenant, ticket: str, purpose: str = FORM, *, after: float = 10) -> str:
    """What is said of the ticket so many seconds from now; empty when it is good."""
    with set_clock(now() + dt.timedelta(seconds=after)), tenant.scope():
        try:
            redeem_ticket(purpose, ticket)
        except Invalid as error:
            return error.message[:8]
    return ""


def test_a_ticket_is_good_for_a_while_in_its_form_only(tenant: TestTenant) -> None:
    with tenant.scope():
        ticket = issue_ticket(FORM)
    forged = ("A" if ticket[0] != "A" else "B") + ticket[1:]
    assert [refused(tenant, ticket, after=seconds) for seconds in (1, 12 * 3600 + 5)] == ["提交得太快了，没", "这个页面打开太久"]
    assert {refused(tenant, one) for one in (forged, "", "²", "x" * 400, ticket[:-3], ticket + "A")} == {"没有提交成功，请"}
    assert {refused(tenant, ticket, "needs.other"), refused(make_tenant("4228"), ticket)} == {"没有提交成功，请"}
    assert (refused(tenant, ticket), refused(tenant, ticket, after=12 * 3600 - 5)) == ("", "")


def test_sent_twice_it_names_the_same_row_and_another_form_another(tenant: TestTenant) -> None:
    ids = []
    for ticket in [ticket for ticket in in_scope(tenant, lambda: [issue_ticket(FORM), issue_ticket(FORM)])() for _time in range(2)]:
        with tenant.scope():
            ids.append(redeem_ticket(FORM, ticket, least=NOTHING))
    assert (ids[0] == ids[1], ids[2] == ids[3], len(set(ids))) == (True, True, 2)


def at_the_same_time(tenant: TestTenant) -> set[Any]:
    """What three redeem calls of one ticket are told, all together."""
    with tenant.scope():
        ticket = issue_ticket(FORM)
    redeem: Callable[[], Any] = in_scope(tenant, lambda: redeem_ticket(FORM, ticket, least=NOTHING))
    return {type(one).__name__ if isinstance(one, Exception) else one for one in at_once(redeem, redeem, redeem)}


def test_sent_at_once_it_names_the_same_row(tenant: TestTenant) -> None:
    assert len(at_the_same_time(tenant)) == 1


def test_twin_without_looking_at_the_others_it_breaks(tenant: TestTenant, without_locks: None) -> None:
    assert "IntegrityError" in at_the_same_time(tenant)


def test_none_may_live_longer_than_it_is_known(tenant: TestTenant) -> None:
    with tenant.scope(), pytest.raises(ValueError, match="week"):
        redeem_ticket(FORM, issue_ticket(FORM), most=dt.timedelta(days=8))
