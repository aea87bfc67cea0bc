"""Promise 9: whatever a program sends, the API answers as its own document says, and never with an error of the server's.

Five requests an operation in `make test`, 210 in `make walls`: as three roles, half of them as the document allows, half as it does not,
with ids of things that are there as well as with invented ones. Nothing stays, so each finds the same world.
"""
from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask, Response
from hypothesis import HealthCheck, Phase, given, seed, settings, strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance
from sqlalchemy.orm import Session

from core.config import Config
from tests.security import matrix
from tests.security.matrix import World
from tests.support.applications import shared_app

pytestmark = pytest.mark.promise(9)
ROLES = ("city", "community", "member")
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
SEED = 20260705
SHORT, LONG = 5, 210


@pytest.fixture
def world(config: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    app = shared_app(config)
    app.config.update(PROPAGATE_EXCEPTIONS=False)
    made = matrix.make_world(app)
    monkeypatch.setattr(Session, "commit", matrix.take_back)
    return made


def operations(app: Flask) -> Any:
    """The operations of the document as the application serves it."""
    return [found.ok() for found in schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app).get_all_operations()]


def requests_of(world: World, operation: Any) -> Any:
    """A strategy of requests: allowed or not, about real or invented things."""
    names = [parameter.name for parameter in operation.path_parameters]
    real = {name: str(world.ids[name][0]) for name in names if name in world.ids}
    about_real = [operation.as_strategy(mode, path_parameters=real) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)] if real else []
    free = [operation.as_strategy(GenerationMode.POSITIVE)]
    return st.one_of(*about_real, *free)


def faults(world: World, count: int, chosen: Callable[[Any], bool] = lambda _operation: True) -> tuple[int, list[str]]:
    """How many requests were sent, and a line for each operation with one that was answered against the document."""
    sent, found = 0, []
    roles = random.Random(SEED)
    for operation in filter(chosen, operations(world.app)):
        @seed(SEED)
        @settings(max_examples=count, deadline=None, database=None, report_multiple_bugs=False, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
        @given(case=requests_of(world, operation))
        def ask(case: Any) -> None:
            nonlocal sent
            sent += 1
            answer = case.call(headers={"Authorization": f"Bearer {world.tokens[roles.choice(ROLES)]}"})
            case.validate_response(answer, checks=CHECKS)
        try:
            ask()
        except Unsatisfiable:
            found.append(f"{operation.label}: no request can be made from the document")
        except (FailureGroup, Exception) as error:  # noqa: BLE001 - one that comes through is the worst of answers
            found.append(f"{operation.label}: {type(error).__name__} {error}")
    return sent, found


@pytest.mark.early
def test_five_odd_requests_an_operation(world: World, record_property: Callable[[str, object], None]) -> None:
    sent, found = faults(world, SHORT)
    assert found == []
    record_property("figure", f"{sent} requests to {len(operations(world.app))} operations, 0 faults")
    assert sent >= SHORT * len(operations(world.app)) * 0.9  # some operations have fewer different requests


@pytest.mark.long
def test_two_hundred_odd_requests_an_operation(world: World, record_property: Callable[[str, object], None]) -> None:
    sent, found = faults(world, LONG)
    assert found == []
    record_property("figure", f"{sent} requests to {len(operations(world.app))} operations, 0 faults")


def test_twin_an_answer_against_the_document_is_seen(world: World) -> None:
    name = "api_organizations.index"
    world.app.view_functions[name] = _allowing(world.app.view_functions[name], Response('{"items": 3}', mimetype="application/json"))
    assert len(faults(world, 5, lambda operation: operation.label == "GET /api/v1/organizations")[1]) == 1


def _allowing(view: Callable[..., Any], answer: Response) -> Callable[..., Any]:
    def changed(**_path: Any) -> Response:
        return answer
    changed.access = view.access  # type: ignore[attr-defined]
    return changed
