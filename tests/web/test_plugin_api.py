"""What the operations of plugins are sent is read as strictly as core's: a misspelt filter and a body that no column can hold are refused."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_smorest import Blueprint as ApiBlueprint
from marshmallow import EXCLUDE, Schema, fields
from webargs.flaskparser import FlaskParser

from core.access.actor import load_actor
from core.access.doors import requires
from core.access.tokens import create_token
from core.config import Config
from core.extension.registry import Registry, using
from tests.support.factories import TestTenant, make_tenant
from tests.support.plugins import make_plugin
from web.api import parsing
from web.app import create_app

RIGHT = "organizations.read"
#: What Python's own reader of JSON fails at or lets through, though no answer can repeat it.
ODD = (b"[" * 100_000, b'{"word":' * 100_000, b"1" * 5_000, b'{"word": ' + b"1" * 5_000 + b"}", rb'{"\ud800": 1}', b'{"word": NaN}')

pytestmark = pytest.mark.promise(9)


class WordSchema(Schema):
    """A word."""

    word = fields.String(load_default="all")


class PatientSchema(WordSchema):
    """One that says itself that it passes over what it does not know."""

    class Meta:
        """As marshmallow asks."""

        unknown = EXCLUDE


def api_routes() -> ApiBlueprint:
    """A list by a filter, the same by a patient one, and a write."""
    api = ApiBlueprint("words_api", __name__)
    for rule, schema in (("/words", WordSchema), ("/patient", PatientSchema)):
        api.route(rule, endpoint=rule.strip("/"))(api.arguments(schema, location="query")(api.response(200, WordSchema)(requires(RIGHT)(_given))))
    api.route("/words", methods=["POST"], endpoint="write")(api.arguments(WordSchema)(api.response(201, WordSchema)(requires(RIGHT)(_given))))
    return api


def _given(given: dict[str, Any]) -> dict[str, Any]:
    return given


def application(config: Config) -> Flask:
    """The application with that plugin alone; errors are answered, as they are in service."""
    app = create_app(config)
    app.config.update(PROPAGATE_EXCEPTIONS=False)
    return app


@pytest.fixture
def registry() -> Iterator[Registry]:
    """With the plugin."""
    with using(Registry()) as fresh:
        fresh.register(make_plugin("words", api_routes=api_routes), known_permissions=[RIGHT])
        yield fresh


@pytest.fixture
def tenant() -> TestTenant:
    """A city that has it on."""
    return make_tenant(plugins=["words"])


def program(app: Flask, tenant: TestTenant) -> FlaskClient:
    """The administrator's, with a token."""
    with tenant.scope():
        actor = load_actor(tenant.accounts["city_administrator"].id)
        assert actor is not None
        token = create_token(actor, "words", [RIGHT], 1)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def asked(client: FlaskClient) -> list[int]:
    return [client.get(f"/api/v1/p/words/{address}").status_code for address in ("words?word=one", "words?wrod=one", "patient?wrod=one")]


def written(client: FlaskClient) -> list[int]:
    return [client.post("/api/v1/p/words/words", data=body, content_type="application/json").status_code for body in ODD]


@pytest.mark.usefixtures("registry")
def test_a_misspelt_filter_is_refused(config: Config, tenant: TestTenant) -> None:
    client = program(application(config), tenant)
    assert asked(client) == [200, 422, 200]
    assert client.get("/api/v1/p/words/words?wrod=one").get_json()["errors"] == {"wrod": ["Unknown field."]}


@pytest.mark.usefixtures("registry")
def test_a_body_that_is_no_json_is_refused(config: Config, tenant: TestTenant) -> None:
    client = program(application(config), tenant)
    answer = client.post("/api/v1/p/words/words", json={"word": "one"})
    assert (answer.status_code, answer.get_json()) == (201, {"word": "one"})
    assert client.post("/api/v1/p/words/words").get_json() == {"word": "all"}  # nothing at all is no odd body
    assert written(client) == [400] * len(ODD)


@pytest.mark.usefixtures("registry")
def test_twin_webargs_own_reader_passes_over_it_and_fails(config: Config, tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ApiBlueprint, "ARGUMENTS_PARSER", ApiBlueprint.ARGUMENTS_PARSER)  # put back afterwards
    monkeypatch.setattr(parsing, "StrictParser", FlaskParser)
    client = program(application(config), tenant)
    assert asked(client) == [200, 200, 200]
    assert written(client) == [500, 500, 500, 500, 500, 422]
