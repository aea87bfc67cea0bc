"""Promise 13: the database is stopped at once, again and again; whatever was acknowledged is there, and nothing is half there."""
from __future__ import annotations

import contextlib
import itertools
import random
import subprocess
import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from tests.support.databases import connect
from web.embedded import DataFolder
from web.embedded.postgres import Postgres

pytestmark = pytest.mark.promise(13)

STOPS = 50
Write = Callable[[psycopg.Connection, int], None]


@pytest.fixture(scope="module")
def server(data_folder: DataFolder) -> Iterator[Postgres]:
    """A durable server of its own."""
    folder = DataFolder(data_folder.path / "stopped")
    server = Postgres(folder, folder.prepare())
    server.start()
    yield server
    server.stop()


def in_one_transaction(connection: psycopg.Connection, number: int) -> None:
    """Two rows that belong together, committed before it returns."""
    with connection.transaction():
        for half in (1, 2):
            connection.execute("insert into written values (%s, %s)", (number, half))


def half_by_half(connection: psycopg.Connection, number: int) -> None:
    """The same without a transaction."""
    for half in (1, 2):
        connection.execute("insert into written values (%s, %s)", (number, half))
        time.sleep(0.002)


def outcome(server: Postgres, write: Write, stops: int) -> tuple[int, int, int]:
    """How many writes were acknowledged, how many of those are lost, and how many are half there."""
    chance, numbers = random.Random(13), itertools.count()
    acknowledged: list[int] = []
    with connect(server.start()) as connection:
        connection.execute("drop table if exists written")
        connection.execute("create table written (number int, half int)")
    for _ in range(stops):
        url = server.start()

        def go_on(url: str = url) -> None:
            with contextlib.suppress(psycopg.Error), connect(url) as connection:
                for number in numbers:
                    write(connection, number)
                    acknowledged.append(number)

        writer = threading.Thread(target=go_on)
        writer.start()
        time.sleep(chance.uniform(0.02, 0.2))
        subprocess.run([str(server.bin / "pg_ctl"), "-D", str(server.cluster), "-w", "-m", "immediate", "stop"], check=True, cwd="/",
                       stdout=subprocess.DEVNULL, **server.account.popen_args)
        writer.join()
    with connect(server.start()) as connection:
        halves = dict(connection.execute("select number, count(*) from written group by number").fetchall())
    return len(acknowledged), sum(number not in halves for number in acknowledged), sum(count != 2 for count in halves.values())


@pytest.mark.long
def test_what_was_acknowledged_is_kept_whole(server: Postgres, record_property: Callable[[str, object], None]) -> None:
    acknowledged, lost, half = outcome(server, in_one_transaction, STOPS)
    record_property("figure", f"stopped at once {STOPS} times: {acknowledged} acknowledged, {lost} lost, {half} half there")
    assert acknowledged > STOPS
    assert (lost, half) == (0, 0)


@pytest.mark.long
def test_twin_without_a_transaction_writes_are_left_half_done(server: Postgres) -> None:
    assert outcome(server, half_by_half, 10)[2] > 0
