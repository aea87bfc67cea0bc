"""The members list over HTTP, as JSON and as a page, against the same SQL by raw psycopg and orjson on the same server."""
from __future__ import annotations

import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.installation import Installation, Site
from bench.results import Result
from bench.seed import Seeded, seed
from core.privacy.cipher import MasterKeys

MEMBERS, ROUNDS, REQUESTS = 100_000, 30, 40


def measure(installation: Installation) -> list[Result]:
    """Requests per second of each door, in turn, as a share of the bare route's."""
    site = installation.site("serving")
    with site.admin() as connection:
        seeded = seed(connection, MasterKeys(site.config().master_keys), MEMBERS)
    cookie, token = credentials(site, seeded)
    who = str(seeded.tenant_id), str(seeded.community_id)
    with running(site, "bench.serving", "product", *who) as product, running(site, "bench.serving", "bare", *who) as bare:
        doors = {"bare": (bare, "/", {}),
                 "api": (product, "/api/v1/members?limit=50&basis=residence", {"Authorization": f"Bearer {token}"}),
                 "page": (product, "/members/?basis=residence", {"Cookie": cookie})}
        for door in doors.values():
            _rate(*door, requests=30)
        rounds = [{name: _rate(*door) for name, door in doors.items()} for _ in range(ROUNDS)]
    results = []
    for name, goal, title in (("api", 0.6, "GET /api/v1/members"), ("page", 0.25, "GET /members/")):
        ratio = statistics.median(r[name] / r["bare"] for r in rounds)
        own, limit = (statistics.median(r[n] for r in rounds) for n in (name, "bare"))
        results.append(Result(f"serving {name}", ratio, goal, "higher", MEMBERS,
                              f"{title}, 50 rows: {own:.0f}/s against {limit:.0f}/s of the bare route; gunicorn gthread, 1 process"))
    return results


def _rate(port: int, path: str, headers: dict[str, str], requests: int = REQUESTS) -> float:
    """Requests per second of one connection at a time; every answer must be 200."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for _ in range(requests):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{path}: {answer.status}")
    connection.close()
    return requests / (time.perf_counter() - began)


def credentials(site: Site, seeded: Seeded) -> tuple[str, str]:
    """(Cookie header, API token) of an officer of the community that is measured; this process is bound to the site from now on."""
    from bench.accounts import cookie_and_token
    from tenants.process import configure_process
    from web.app import create_app
    configure_process(site.config())
    return cookie_and_token(create_app(site.config()), seeded.tenant_id, "community_officer", seeded.community_id)


@contextmanager
def running(site: Site, module: str, *arguments: str) -> Iterator[int]:
    """The port at which `module` serves the site, in a process of its own that gets the port and the arguments."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", module, str(port), *arguments], env={**os.environ, **site.environment()})
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def main() -> None:
    """One gunicorn with one process of four threads: the product's application or the bare one."""
    port, what, tenant, community = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    from core.config import Config
    from web.cli.processes import Website
    config = Config.from_env()
    site = Website(config, host="127.0.0.1", port=port, workers=1, threads=4)
    if what == "bare":
        from bench.bare import create_bare
        site.load = lambda: create_bare(config, tenant, community)  # type: ignore[method-assign]
    site.run()


if __name__ == "__main__":
    main()
