"""Promise 9: whatever a program sends, the API answers as its own document says, and never with an error of the server's.

Five requests an operation in `make test`, 210 in `make walls`: as three roles, about half of them as the document allows and half as it does not,
lists, searches and creates too, with ids of things that are there as well as with invented ones. Nothing stays, so each finds the same world.
"""
from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import schemathesis
from flask import Flask, Response, request
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
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
#: Given to each request, so that one against the document is so by what it says and not by who sends it; the role's stands there when it is sent.
TOKEN = {"Authorization": "Bearer"}
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


def requests_of(world: World, operation: Any, modes: Sequence[GenerationMode]) -> Any:
    """A strategy of requests: allowed or not, about real or invented things; a real id alone leaves nothing to be wrong."""
    names = [parameter.name for parameter in operation.path_parameters]
    real = {name: str(world.ids[name][0]) for name in names if name in world.ids}
    about_real = [operation.as_strategy(mode, path_parameters=real, headers=TOKEN) for mode in modes
                  if mode.is_positive or operation.query or operation.body] if real else []
    free = [operation.as_strategy(mode, headers=TOKEN) for mode in modes]
    return st.one_of(*free, *about_real)


def faults(world: World, count: int, chosen: Callable[[Any], bool] = lambda _operation: True,
           modes: Sequence[GenerationMode] = MODES) -> tuple[Counter[str], list[str]]:
    """How many requests were sent of each kind, and a line for each operation with one that was answered against the document."""
    sent, found = Counter[str](), []
    roles = random.Random(SEED)
    for operation in filter(chosen, operations(world.app)):
        @seed(SEED)
        @settings(max_examples=count, deadline=None, database=None, report_multiple_bugs=False, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
        @given(case=requests_of(world, operation, modes))
        def ask(case: Any) -> None:
            sent[case.meta.generation.mode.value] += 1
            answer = case.call(headers={"Authorization": f"Bearer {world.tokens[roles.choice(ROLES)]}"})
            case.validate_response(answer, checks=CHECKS)
        try:
            ask()
        except Unsatisfiable:
            found.append(f"{operation.label}: no request can be made from the document")
        except (FailureGroup, Exception) as error:  # noqa: BLE001 - one that comes through is the worst of answers
            found.append(f"{operation.label}: {type(error).__name__} {error}")
    return sent, found


def told(world: World, sent: Counter[str]) -> str:
    return f"{sent.total()} requests to {len(operations(world.app))} operations, {sent['negative']} of them against the document, 0 faults"


@pytest.mark.early
def test_five_odd_requests_an_operation(world: World, record_property: Callable[[str, object], None]) -> None:
    sent, found = faults(world, SHORT)
    assert found == []
    record_property("figure", told(world, sent))
    record_property("form", "small")
    assert sent.total() >= SHORT * len(operations(world.app)) * 0.9  # some operations have fewer different requests
    assert sent["negative"] >= sent.total() / 3


@pytest.mark.long
def test_two_hundred_odd_requests_an_operation(world: World, record_property: Callable[[str, object], None]) -> None:
    sent, found = faults(world, LONG)
    assert found == []
    record_property("figure", told(world, sent))
    assert sent["negative"] >= sent.total() / 3


def test_twin_an_answer_against_the_document_is_seen(world: World) -> None:
    name = "api_organizations.index"
    world.app.view_functions[name] = _allowing(world.app.view_functions[name], Response('{"items": 3}', mimetype="application/json"))
    assert len(faults(world, 5, organizations)[1]) == 1


def test_twin_a_list_that_trusts_what_it_is_sent_is_seen(world: World) -> None:
    name = "api_organizations.index"
    sound = world.app.view_functions[name]

    def trusting(**path: Any) -> Any:
        if set(request.args) - {"limit", "cursor", "kind", "q"}:
            raise KeyError
        return sound(**path)
    trusting.access = sound.access  # type: ignore[attr-defined]
    world.app.view_functions[name] = trusting
    assert len(faults(world, 80, organizations)[1]) == 1
    assert faults(world, 20, organizations, MODES[:1]) == ({"positive": 20}, [])  # with what the document allows alone it is not


def organizations(operation: Any) -> bool:
    return bool(operation.label == "GET /api/v1/organizations")


def _allowing(view: Callable[..., Any], answer: Response) -> Callable[..., Any]:
    def changed(**_path: Any) -> Response:
        return answer
    changed.access = view.access  # type: ignore[attr-defined]
    return changed
