"""A provider that answers at once, and a clock that stands still."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from core import outgoing
from core.access.openid import discovery
from core.tenancy import set_clock
from tests.access.openid.house import House

MOMENT = dt.datetime(2027, 3, 1, 9, 30, tzinfo=dt.UTC)


@pytest.fixture
def moment(_language: None) -> Iterator[dt.datetime]:
    """When it is, from the test's beginning to its end."""
    with set_clock(MOMENT):
        yield MOMENT


@pytest.fixture
def house(moment: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The tenant's provider."""
    found = House()
    monkeypatch.setattr(outgoing.Pinned, "send", lambda _self, request, **options: found.send(request, **options))
    discovery.forget()
    yield found
    discovery.forget()


@pytest.fixture
def stopwatch(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Its `seconds` are how long this process has run, as far as what is kept of a provider goes."""
    found = SimpleNamespace(seconds=10_000.0)
    monkeypatch.setattr(discovery, "time", SimpleNamespace(monotonic=lambda: found.seconds))
    return found
