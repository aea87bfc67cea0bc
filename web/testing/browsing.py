"""What a person does in the browser: open a page, read its form's CSRF token and send it."""
from __future__ import annotations

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from web.testing.factories import TestAccount, TestMember, sign_in

UNSENT = "页面停留太久或已在别处退出"  # what a form without a fitting token is told


def csrf_of(page: str) -> str:
    """The CSRF token of a page."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    if found is None:
        raise AssertionError(f"no form's token on this page: {page[:500]}")
    return found[1]


def submit(client: FlaskClient, form_page: str, address: str | None = None, /, **values: Any) -> TestResponse:
    """Open `form_page`, then post its form to `address` (the same address by default) with `values`."""
    page = client.get(form_page)
    if page.status_code != 200:
        raise AssertionError(f"{form_page} answers {page.status_code}: {page.text[:300]}")
    return client.post(address or form_page, data={"csrf_token": csrf_of(page.text), **values})


class Browser:
    """Somebody in front of the pages: opens them, and sends forms with the token that the page gave.

    `who` is an account, a member who has one, or None: nobody is signed in.
    """

    def __init__(self, app: Flask, who: TestAccount | TestMember | None = None) -> None:
        self.client: FlaskClient = app.test_client()
        account = who.account if isinstance(who, TestMember) else who
        if account is not None:
            sign_in(self.client, account)

    def get(self, address: str, **options: Any) -> TestResponse:
        """Open a page; a file that it sends is read to its end and closed."""
        return self.client.get(address, **{"buffered": True, **options})

    def post(self, address: str, **fields: Any) -> TestResponse:
        """Send a form with these fields; any page has the token, that of an error too."""
        return self.client.post(address, data={"csrf_token": csrf_of(self.client.get("/no-such-page").text), **fields}, buffered=True)


def without_csrf(app: Flask) -> Flask:
    """The application with its CSRF check taken out, for tests that send forms without opening them first.

    Flask-WTF's own switch, WTF_CSRF_ENABLED, does not reach a check that is called by hand: every form would get 400.
    """
    app.config["WTF_CSRF_METHODS"] = ()
    return app
