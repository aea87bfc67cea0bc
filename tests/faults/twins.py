"""The same thing done many times at the same moment, by threads of two processes."""
from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import core.db
from tests.support.databases import TestDatabase

THREADS = 8


def at_once(database: TestDatabase, times: int, work: Callable[[], Any]) -> list[Any]:
    """What `work` answered, `times` in all, half of them here and half in a fork of this process. Raises what failed here."""
    context = multiprocessing.get_context("fork")
    ready, answers = context.Barrier(2, timeout=60), context.Queue()
    child = context.Process(target=_elsewhere, args=(database, times // 2, work, ready, answers))
    child.start()
    mine = _here(times - times // 2, work, ready)
    theirs = answers.get(timeout=300)
    child.join(60)
    assert child.exitcode == 0
    return [*mine, *theirs]


def _elsewhere(database: TestDatabase, times: int, work: Callable[[], Any], ready: Any, answers: Any) -> None:
    core.db.database.engine.dispose(close=False)  # the parent's connections are not this process's to use
    core.db.configure(database.app_url, statement_timeout=30, pool_size=THREADS)
    answers.put(_here(times, work, ready))
    core.db.database.dispose()


def _here(times: int, work: Callable[[], Any], ready: Any) -> list[Any]:
    together = threading.Barrier(THREADS, timeout=60)

    def some(number: int) -> list[Any]:
        if together.wait() == 0:
            ready.wait()
        return [work() for _time in range(number, times, THREADS)]

    with ThreadPoolExecutor(THREADS) as pool:
        return [answer for found in pool.map(some, range(THREADS)) for answer in found]
