"""Pooled connections carry no old tenant: many requests over two connections, some of which raise or are cancelled (promise 4)."""
from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import Context

import pytest
from psycopg.errors import QueryCanceled
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

import core.db
from core.extension.models import Term
from core.tenancy import scope, session, tenant_scope, unscoped
from tests.faults.figures import FULL, figure
from tests.support.cities import configure_keys, make_city
from tests.support.databases import TestDatabase

pytestmark = [pytest.mark.fault, pytest.mark.promise(4)]
REQUESTS, THREADS = (100_000, 4) if FULL else (2000, 4)
ALL = text("select tenant_id from term")  # no predicate, and past the guard: what is seen is what the connection's tenant may see


class Oops(Exception):
    """What a view may raise."""


@pytest.fixture
def cities(database: TestDatabase) -> Iterator[tuple[int, ...]]:
    """Three tenants with rows of their own, behind a pool of two connections."""
    configure_keys()
    made = tuple(make_city(number) for number in (1, 2, 3))
    for city in made:
        with tenant_scope(city) as opened:
            opened.add_all(Term(key=f"k{n}", locale="en", text="x") for n in range(city))
    core.db.configure(database.app_url, statement_timeout=30, pool_size=1, pool_timeout=600)  # whoever waits is not served in turn
    yield made
    core.db.configure(database.app_url, statement_timeout=30)


def request(number: int, cities: tuple[int, ...]) -> str:
    """One request of a kind by lot; answers what became of it."""
    lot = random.Random(number)
    kind = lot.choices(("reads", "raises", "cancelled", "nobody"), (80, 5, 5, 10))[0]
    if kind == "nobody":
        with unscoped() as opened:
            return "wrong" if opened.execute(ALL).all() else kind
    city = lot.choice(cities)
    with suppress(Oops), tenant_scope(city):
        if Counter(session().execute(ALL).scalars()) != {city: city}:
            return "wrong"
        if kind == "raises":
            session().add(Term(key="never", locale="en", text="x"))
            raise Oops
        if kind == "cancelled":
            return _cancelled()
    return kind


def _cancelled() -> str:
    session().execute(text("set local statement_timeout = '1ms'"))
    try:
        session().execute(text("select pg_sleep(1)"))
    except OperationalError as error:
        if isinstance(error.orig, QueryCanceled):
            raise Oops from error
        raise
    return "wrong"


def run(cities: tuple[int, ...], requests: int) -> Counter[str]:
    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(lambda number: Context().run(request, number, cities), range(requests)))


def test_no_request_sees_anothers_rows(cities: tuple[int, ...]) -> None:
    seen = run(cities, REQUESTS)
    assert sum(seen.values()) == REQUESTS
    assert seen["wrong"] == 0
    assert [seen[kind] / REQUESTS for kind in ("raises", "cancelled")] == [pytest.approx(0.05, abs=0.015)] * 2
    figure(4, f"{REQUESTS} interleaved scopes on a pool of 2, 5 % raising, 5 % cancelled", "0 wrong rows", f"{seen['wrong']} wrong rows")


def test_twin_with_a_setting_of_the_session_the_next_one_sees_them(cities: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scope, "_opening", lambda tenant: "BEGIN" if tenant is None else f"BEGIN; SET app.tenant_id = '{int(tenant)}'")
    monkeypatch.setattr(core.db, "outlived", lambda _connection: False)
    assert run(cities, 200)["wrong"] > 0
