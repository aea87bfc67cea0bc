"""What a person does with a form: read its CSRF token and send it."""
from __future__ import annotations

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

UNSENT = "页面停留太久或已在别处退出"  # what a form without a fitting token is told


def csrf_of(page: str) -> str:
    """The CSRF token of a page."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found is not None, page[:500]
    return found[1]


def submit(client: FlaskClient, form_page: str, address: str | None = None, /, **values: Any) -> TestResponse:
    """Open `form_page`, then post its form to `address` (the same address by default) with `values`."""
    page = client.get(form_page)
    assert page.status_code == 200, (page.status_code, page.text[:300])
    return client.post(address or form_page, data={"csrf_token": csrf_of(page.text), **values})


def without_csrf(app: Flask) -> Flask:
    """The application with its CSRF check taken out, for tests that send forms without opening them first.

    Flask-WTF's own switch, WTF_CSRF_ENABLED, does not reach a check that is called by hand: every form would get 400.
    """
    app.config["WTF_CSRF_METHODS"] = ()
    return app
