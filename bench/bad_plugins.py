"""How long pages take beside plugins that raise, exit, sleep, deadlock and eat memory, against the same pages beside harmless ones (promise 24)."""
from __future__ import annotations

import dataclasses
import http.client
import itertools
import os
import random
import statistics
import sys
import threading
import time
import types
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import select

from bench.installation import Installation, Site
from bench.results import Result
from bench.seed import seed
from bench.serving import credentials, running
from core.extension.facts import Panel
from core.extension.hookspecs import hookimpl
from core.extension.manifest import Plugin
from core.extension.models import Term
from core.memory import MIB
from core.privacy.cipher import MasterKeys
from core.tenancy import session, tenant_scope

#: BAODAO_BENCH_SECONDS makes it shorter, to see that it runs; then the first seconds, in which they are suspended, weigh more.
SECONDS = int(os.environ.get("BAODAO_BENCH_SECONDS", "60"))
MEMBERS, CLIENTS, PACE = 1_700, 8, 0.2  # seconds from one request of a client to its next: 40 requests a second in all
_kept: list[bytes] = []


def measure(installation: Installation) -> list[Result]:
    """The 95th percentile of all answers within a minute from the moment the bad plugins are there; every answer must be a good one."""
    with _site(installation, "harmless") as other, _site(installation, "bad") as bad:
        before = _load(other, SECONDS // 2)
        beside = _load(bad, SECONDS)
        limit = before + _load(other, SECONDS // 2)
        off = bad.suspended()
    ours, theirs = (statistics.quantiles(times, n=20)[18] for times in (beside, limit))
    assert off == sorted(BAD), off
    told = f"p95 {ours * 1000:.1f} ms against {theirs * 1000:.1f} ms of {len(beside)} pages, longest {max(beside):.1f} s, none failed; all {len(off)} suspended"
    return [Result("bad plugins", ours / theirs, 1.5, "lower", len(beside), told, promise=24)]


def raises(member_id: uuid.UUID) -> list[Panel]:  # noqa: ARG001
    """Raises."""
    raise ValueError


def exits(member_id: uuid.UUID) -> list[Panel]:  # noqa: ARG001
    """Ends the process, as it thinks."""
    sys.exit(1)


def sleeps(member_id: uuid.UUID) -> list[Panel]:  # noqa: ARG001
    """Takes two seconds."""
    time.sleep(2)
    return []


def deadlocks(member_id: uuid.UUID) -> list[Panel]:  # noqa: ARG001
    """Locks two rows, in this order or in that."""
    for key in random.sample(("one", "two"), 2):
        session().scalars(select(Term.id).where(Term.key == key).with_for_update()).all()
        time.sleep(0.05)
    return []


def eats(member_id: uuid.UUID) -> list[Panel]:  # noqa: ARG001
    """Keeps 64 MiB for ever."""
    _kept.append(b"x" * (64 * MIB))
    return []


def gorges(member_id: uuid.UUID) -> list[Panel]:  # noqa: ARG001
    """Wants 8 GiB at once."""
    _kept.append(b"x" * (8192 * MIB))
    return []


BAD: dict[str, Callable[[uuid.UUID], list[Panel]]] = {f.__name__: f for f in (raises, exits, sleeps, deadlocks, eats, gorges)}


class _Served:
    """One of the two websites: its port, and the pages that are asked of it."""

    def __init__(self, site: Site, port: int, cookie: str, members: list[uuid.UUID]) -> None:
        self.site, self.port, self.headers = site, port, {"Cookie": cookie}
        self.pages = [f"/members/{member}" for member in members] + ["/members/?basis=residence"] * len(members)

    def suspended(self) -> list[str]:
        """The plugins that are suspended in it."""
        with self.site.admin() as connection:
            return [name for (name,) in connection.execute("select plugin from plugin_activation where suspended_at is not null order by plugin")]


@contextmanager
def _site(installation: Installation, name: str) -> Iterator[_Served]:
    site = installation.site(name)
    with site.admin() as connection:
        seeded = seed(connection, MasterKeys(site.config().master_keys), MEMBERS)
        members = [number for (number,) in connection.execute(
            "select id from member where tenant_id = %s and residence_id = %s limit 50", [seeded.tenant_id, seeded.community_id])]
    cookie, _token = credentials(site, seeded)
    with running(site, "bench.bad_plugins", name, str(seeded.tenant_id)) as port:
        yield _Served(site, port, cookie, members)


def _load(served: _Served, seconds: float) -> list[float]:
    """Seconds of each answer from some clients that ask at a steady pace; raises when one is not 200."""
    found: list[list[float]] = [[] for _ in range(CLIENTS)]
    wrong: list[str] = []
    until = time.monotonic() + seconds
    clients = [threading.Thread(target=_client, args=(served, number, until, times, wrong)) for number, times in enumerate(found)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    if wrong:
        raise RuntimeError(f"{len(wrong)} not answered: {sorted(set(wrong))}")
    return list(itertools.chain(*found))


def _client(served: _Served, number: int, until: float, times: list[float], wrong: list[str]) -> None:
    """A connection for each request, as the proxy makes them: one kept open would stay with the process that was not replaced."""
    chance = random.Random(number)
    due = time.monotonic() + number * PACE / CLIENTS
    while due < until:
        time.sleep(max(0, due - time.monotonic()))
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
        try:
            connection.request("GET", chance.choice(served.pages), headers=served.headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != http.HTTPStatus.OK:
                wrong.append(str(answer.status))
        except (OSError, http.client.HTTPException) as error:
            wrong.append(type(error).__name__)
        finally:
            connection.close()
        times.append(time.perf_counter() - began)
        due = max(due + PACE, time.monotonic())


def main() -> None:
    """A website of two processes with six plugins, bad ones or harmless ones, switched on in the tenant that is measured."""
    port, name, tenant = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    from core.config import Config
    from core.db import database
    from core.extension.registry import current
    from tenants.activation import enable
    from tenants.process import configure_process
    from web.cli.processes import Website
    config = dataclasses.replace(Config.from_env(), log_level="CRITICAL")  # each failure is an error with its trace
    configure_process(config)
    for plugin, hook in BAD.items():
        module = types.ModuleType(plugin)
        module.member_panels = hookimpl(hook if name == "bad" else lambda member_id: [])  # type: ignore[attr-defined]  # noqa: ARG005
        assert current().register(Plugin(name=plugin, title=plugin, description="", version="1", hooks=module))
        with tenant_scope(tenant):
            enable(plugin)
    with tenant_scope(tenant):
        session().add_all([Term(key=key, locale="en", text=key) for key in ("one", "two")])
    database.dispose()
    Website(config, host="127.0.0.1", port=port, workers=2, threads=8).run()


if __name__ == "__main__":
    main()
