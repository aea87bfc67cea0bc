"""At a doorstep without a net: what was typed waits on the phone, is sent when the net is back, and is one need."""
from __future__ import annotations

from collections.abc import Callable

import pytest

from core.access.roles import COMMUNITY
from tests.e2e.conftest import Visitor
from tests.plugins.needs.conftest import NAME, TEXT, needs
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_tenant


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """A small tenant with needs on."""
    return make_tenant(plugins=["needs"])


@pytest.mark.parametrize("visit", ["phone"], indirect=True)
def test_typed_text_survives_a_lost_net(tenant: TestTenant, visit: Callable[[], Visitor]) -> None:
    officer = visit()
    officer.sign_in(tenant, tenant.accounts[COMMUNITY])
    officer.open("/p/needs/enter")
    page = officer.page
    page.fill("[name=text]", TEXT)
    page.wait_for_function("localStorage.length > 0")  # it is ciphered first
    page.reload()
    page.locator("[data-kept-note]").wait_for()
    assert (page.input_value("[name=text]"), page.locator("[data-kept-note]").is_visible()) == (TEXT, True)
    page.locator("details.more summary").click()
    page.fill("[name=name]", NAME)
    page.context.set_offline(offline=True)
    page.click("form[data-queue] [type=submit]")
    page.locator("[data-queue-list] li").wait_for()
    assert (page.input_value("[name=text]"), needs(tenant)) == ("", [])  # ready for the next door
    page.context.set_offline(offline=False)
    officer.findings = [one for one in officer.findings if "ERR_INTERNET_DISCONNECTED" not in one]
    page.locator("[data-needs-queue]").wait_for(state="hidden")  # it was sent when the net came back
    officer.open("/p/needs/enter")
    assert [(row.channel, row.has_contact) for row in needs(tenant)] == [("visit", True)]
    page.fill("[name=text]", "想学用手机")
    officer.press("登记")
    assert (len(needs(tenant)), page.input_value("[name=text]"), page.locator("[data-needs-queue]").is_visible()) == (2, "", False)
