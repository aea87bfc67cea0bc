"""A browser for long walks through the plugins' pages: it asks for its CSRF token once, which halves the requests."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.service.conftest import Browser
from tests.support.factories import TestAccount, TestTenant

Open = Callable[..., "Quick"]


class Quick(Browser):
    """A client that keeps the token of the first page that it opened for it."""

    _token = ""

    def post(self, address: str, token_from: str | None = None, **fields: Any) -> Any:
        """Send a form."""
        if not self._token:
            self._token = self.get(token_from or "/no-such-page").text.partition('name="csrf-token" content="')[2].partition('"')[0]
        with self.client.session_transaction() as cookie:
            cookie.pop("_flashes", None)  # what the page between two forms would have shown
        return self.client.post(address, data={"csrf_token": self._token, **fields})


def said_after(browser: Browser, answer: Any) -> str:
    """What the page to which a form leads will say of how it ended."""
    assert answer.status_code == 303, answer.text
    with browser.client.session_transaction() as cookie:
        return "".join(text for _tone, text in cookie.pop("_flashes", []))


@pytest.fixture
def quick(app: Flask, tenant: TestTenant) -> Open:
    """`quick(account)` opens one; without an account nobody is signed in."""
    def opened(account: TestAccount | None = None) -> Quick:
        return Quick(app, account)
    return opened
