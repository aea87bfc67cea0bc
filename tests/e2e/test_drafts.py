"""What is typed and not yet sent outlives a closed page, is no plain text on the disk, is nobody else's, and is gone after signing out."""
from __future__ import annotations

from collections.abc import Callable

import pytest

from core.access.roles import COMMUNITY
from plugins.needs.settings import CATEGORIES
from tests.e2e.conftest import Visitor
from tests.plugins.needs.conftest import NAME, TEXT, needs
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_tenant

STORED = "JSON.stringify(localStorage)"
WRITTEN = "() => Object.keys(localStorage).some((name) => name.includes('needs-draft'))"
NO_CIPHER = "Object.defineProperty(Crypto.prototype, 'subtle', {value: undefined})"  # as the browser has none without https


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """A small tenant with needs on."""
    return make_tenant(plugins=["needs"])


@pytest.mark.parametrize("visit", ["phone"], indirect=True)
def test_a_draft_is_ciphered_comes_back_and_goes(tenant: TestTenant, visit: Callable[[], Visitor]) -> None:
    officer, address = visit(), "/p/needs/enter"

    def write() -> str:
        """Both fields filled in; what stands in the storage once the script has written."""
        officer.page.fill("[name=text]", TEXT)
        officer.page.locator("details.more summary").click()
        officer.page.fill("[name=name]", NAME)
        officer.page.wait_for_function(WRITTEN)
        officer.page.wait_for_timeout(200)
        return str(officer.page.evaluate(STORED))
    officer.sign_in(tenant, tenant.accounts[COMMUNITY])
    officer.page.goto(f"{officer.address}{address}")
    key = officer.page.get_attribute("form[data-keep]", "data-draft-key")
    stored = write()
    assert (TEXT in stored, NAME in stored, key in stored, "sealed" in stored) == (False, False, False, True)
    officer.page.evaluate("localStorage.setItem('baodao-draft-old', '{\"values\": {}}')")  # an older version's, in clear
    closed, officer.page = officer.page, officer.page.context.new_page()
    closed.close()
    officer.page.goto(f"{officer.address}{address}")
    officer.page.locator("[data-kept-note]").wait_for()
    assert (officer.page.input_value("[name=text]"), officer.page.input_value("[name=name]")) == (TEXT, NAME)
    assert officer.page.evaluate("localStorage.getItem('baodao-draft-old')") is None
    # Under another key it says nothing, as to another account.
    other = officer.page.evaluate("""async (name) => {
        const form = document.createElement("form");
        form.dataset.draftKey = btoa(String.fromCharCode(...new Uint8Array(32)));
        return (await window.baodaoDrafts(form, name)).all();
    }""", f"needs-draft-{officer.page.get_attribute('form[data-keep]', 'data-keep')}")
    assert other == []
    officer.page.evaluate("document.querySelector('form[action$=\"/logout\"]').requestSubmit()")
    officer.page.wait_for_url("**/login")
    assert "sealed" not in officer.page.evaluate(STORED)


@pytest.mark.long
@pytest.mark.parametrize("visit", ["phone"], indirect=True)
def test_without_a_cipher_nothing_is_kept(tenant: TestTenant, visit: Callable[[], Visitor]) -> None:
    officer = visit()
    officer.page.context.add_init_script(NO_CIPHER)
    officer.sign_in(tenant, tenant.accounts[COMMUNITY])
    officer.page.goto(f"{officer.address}/p/needs/enter")
    officer.page.fill("[name=text]", TEXT)
    officer.page.context.set_offline(offline=True)
    officer.page.click("form[data-queue] [type=submit]")
    officer.page.locator("[data-queue-said]").wait_for()
    said = officer.page.inner_text("[data-needs-queue]")
    assert ("没有存下来" in said, "存在这部手机上" in said) == (True, False)
    assert (officer.page.input_value("[name=text]"), officer.page.evaluate(STORED)) == (TEXT, "{}")
    officer.page.context.set_offline(offline=False)
    officer.findings = [one for one in officer.findings if "ERR_INTERNET_DISCONNECTED" not in one]


@pytest.mark.long
@pytest.mark.parametrize("cipher", [True, False])
@pytest.mark.parametrize("visit", ["phone"], indirect=True)
def test_finished_entries_of_an_older_version_are_ciphered_or_shown_and_never_dropped(
        tenant: TestTenant, visit: Callable[[], Visitor], *, cipher: bool) -> None:
    officer, entry = visit(), "01a22a75-df8b-7784-ba67-d30bfd9ff5f5"
    if not cipher:
        officer.page.context.add_init_script(NO_CIPHER)
    officer.sign_in(tenant, tenant.accounts[COMMUNITY])
    older = f"baodao-needs-queue-enter-{tenant.accounts[COMMUNITY].id}"
    waiting = [{"at": 1_790_000_000_000, "values": {"need_id": entry, "channel": "visit", "category": CATEGORIES[0], "text": TEXT, "name": NAME}}]
    officer.page.goto(f"{officer.address}/account/")
    officer.page.evaluate("([name, items]) => localStorage.setItem(name, JSON.stringify(items))", [older, waiting])
    officer.page.goto(f"{officer.address}/account/")  # a page that has no key
    assert TEXT in officer.page.evaluate(STORED)
    officer.page.goto(f"{officer.address}/p/needs/enter")
    officer.page.locator("[data-queue-list] li").wait_for()
    stored = officer.page.evaluate(STORED)
    assert (TEXT in stored, older in stored, "sealed" in stored) == (not cipher, not cipher, cipher)
    assert officer.page.locator("[data-queue-list] li").count() == 1
    officer.page.click("[data-queue-all]")
    officer.page.locator("[data-needs-queue]").wait_for(state="hidden")
    assert (len(needs(tenant)), officer.page.evaluate(STORED)) == (1, "{}")
