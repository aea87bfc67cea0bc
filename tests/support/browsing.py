"""What a person does with a form: read its CSRF token and send it."""
from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


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
