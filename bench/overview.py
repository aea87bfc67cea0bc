"""How the overview of a city grows from 10,000 to 1,000,000 records in 17 tenants, and what it spares against counting at once.

Both databases have the same places, so that only the records differ: a community has a hundred times as many in the large one.
"""
from __future__ import annotations

import datetime as dt
import sys
import uuid
from collections.abc import Callable

from bench.installation import Installation
from bench.loop_seed import seed_loop
from bench.probe import Probe, answer, growth
from bench.results import Result
from bench.seed import TENANTS
from core.privacy.cipher import MasterKeys

SMALL, LARGE = (10, 59), (10, 5_883)  # communities of a tenant, and the records of each: 10,000 and 1,000,000 in all
PERIOD = "2026"  # the year of the seeded records
TIMES = 5


def measure(installation: Installation) -> list[Result]:
    """The city's page at both sizes, and at the large one what is counted ahead against the same figures counted at once."""
    large, small = (_probe(installation, name, size) for name, size in (("overview_large", LARGE), ("overview_small", SMALL)))
    ratio, one, other = growth(large, small, "page")
    ahead, at_once = large.ask("board"), large.ask("at once", TIMES)
    for probe in (large, small):
        probe.close()
    rows = LARGE[0] * LARGE[1] * TENANTS
    return [Result("growth overview", ratio, 1.2, "lower", rows, f"a city's page: {one * 1000:.1f} ms against {other * 1000:.1f} ms, {TENANTS} tenants each"),
            Result("overview ahead", at_once / ahead, 8, "higher", rows,
                   f"a city's figures read in {ahead * 1000:.1f} ms, counted at once in {at_once * 1000:.0f} ms")]


def _probe(installation: Installation, name: str, size: tuple[int, int]) -> Probe:
    site = installation.site(name)
    with site.admin() as connection:
        seeded = seed_loop(connection, MasterKeys(site.config().master_keys), *size)
    return Probe(site, seeded, "bench.overview")


def questions(tenant: int, root: uuid.UUID) -> dict[str, Callable[[], object]]:
    """What the probe's process answers; the figures of its tenant are counted first."""
    from bench.accounts import signed_in
    from core.config import Config
    from core.organizations import tree
    from core.overview import periods, reading
    from core.overview.counting import count
    from core.overview.keeping import recount
    from core.tenancy import tenant_scope
    from tenants.process import configure_process
    from web.app import create_app
    config = Config.from_env()
    configure_process(config, statement_timeout=600)
    visitor = signed_in(create_app(config), tenant, "city_administrator", root)
    period = periods.parse(PERIOD, dt.date(2026, 12, 31))
    with tenant_scope(tenant):
        assert recount(years=0)["changed"] > 0
        places = [(row.id, row.path) for row in tree.children(root, kinds=("community",))]

    def page() -> None:
        found = visitor.get(f"/overview/?period={PERIOD}")
        assert (found.status_code, "第0社区" in found.text) == (200, True), found.status

    def board() -> None:
        with tenant_scope(tenant):
            assert reading.board(tree.get(root), "place", period).present["records"] > 0

    def at_once() -> None:
        with tenant_scope(tenant):
            assert count("place", places, dt.date(2025, 1, 1), dt.date(2026, 12, 31))
    return {"page": page, "board": board, "at once": at_once}


if __name__ == "__main__":
    answer(lambda: questions(int(sys.argv[1]), uuid.UUID(sys.argv[3])))
