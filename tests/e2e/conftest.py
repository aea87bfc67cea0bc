"""A live site on the test's database, and a visitor whose every page is checked by axe, for errors and for its width."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page

from core.config import Config
from core.jobs.bell import bell
from tests.support.applications import shared_app
from tests.support.axe import axe_violations
from tests.support.factories import PASSWORD, TestAccount, TestTenant
from tests.support.serving import served

WIDTHS = {"desktop": (1440, 900), "phone": (390, 844)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser."""
    for item in items:
        if item.path.parent.name == "e2e":
            item.add_marker(pytest.mark.e2e)


@dataclass
class Visitor:
    """One person at one screen. `look` checks the page that is shown; what it finds fails the test at its end."""

    page: Page
    address: str
    findings: list[str] = field(default_factory=list)

    def sign_in(self, tenant: TestTenant, account: TestAccount) -> None:
        """By the form, like people."""
        self.page.goto(f"{self.address}/t/{tenant.slug}/login")
        self.look()
        self.page.fill("[name=username]", account.username)
        self.page.fill("[name=password]", PASSWORD)
        with self.page.expect_navigation():
            self.page.click("main button[type=submit]")
        self.look()

    def open(self, path: str) -> None:
        """Go to an address."""
        self.page.goto(self.address + path)
        self.look()

    def press(self, name: str, *, role: str = "button") -> None:
        """Press the button (or link) of that name in the page's main part, and look at what it leads to."""
        self.follow(self.page.get_by_role("main").get_by_role(role, name=name).first)  # type: ignore[arg-type]

    def follow(self, link: Locator) -> None:
        """Click what leads to another page, and look at it."""
        with self.page.expect_navigation():
            link.click()
        self.look()

    def look(self) -> None:
        """No serious axe finding, and nothing that can only be reached by scrolling sideways."""
        self.page.wait_for_load_state("load")
        where = self.page.url.removeprefix(self.address) + " " + self.page.title()
        self.findings += [f"{where}: {one}" for one in axe_violations(self.page)]
        if overflow := self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"):
            self.findings.append(f"{where}: {overflow} px too wide")

    @property
    def text(self) -> str:
        """What the main part says, in one line."""
        return " ".join(self.page.inner_text("main").split())

    def note(self, message: ConsoleMessage) -> None:
        """A console error, also of a blocked script or style."""
        if message.type == "error" or "Content Security Policy" in message.text:
            self.findings.append(f"console: {message.text}")


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    """The run's Chromium."""
    return chromium


@pytest.fixture
def site(config: Config) -> Iterator[str]:
    """The address of the application, served on the test's database."""
    bell.configure(config.redis_url)
    with served(shared_app(config)) as address:
        yield address


#: Each run looks at phones, whose screen is the harder one; desks take as long again.
@pytest.fixture(params=[pytest.param("desktop", marks=pytest.mark.long), "phone"])
def visit(browser: Browser, site: str, request: pytest.FixtureRequest) -> Iterator[Callable[[], Visitor]]:
    """A new visitor at a time, each with cookies of their own; at the end none may have met a fault."""
    wide, high = WIDTHS[request.param]
    visitors: list[Visitor] = []

    def enter() -> Visitor:
        context = browser.new_context(viewport={"width": wide, "height": high}, locale="zh-CN", has_touch=request.param == "phone")
        context.set_default_timeout(15_000)
        visitor = Visitor(context.new_page(), site)
        visitor.page.on("console", visitor.note)
        visitor.page.on("pageerror", lambda error: visitor.findings.append(f"script: {error}"))
        visitors.append(visitor)
        return visitor

    yield enter
    for visitor in visitors:
        visitor.page.context.close()
    assert [finding for visitor in visitors for finding in visitor.findings] == []
