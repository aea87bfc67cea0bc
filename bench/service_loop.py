"""How the lists of the service loop grow from 10,000 to 1,000,000 claims, records, pledges and wishes in 17 tenants.

The large database has ten times the communities, and ten times the rows in the community that is measured. To add a list: its rows
in `bench.loop_seed`, a line in LISTS, and its question in `questions`.
"""
from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Sequence

from bench.installation import Installation
from bench.loop_seed import seed_loop
from bench.probe import Probe, answer, growth
from bench.results import Result
from bench.seed import TENANTS
from core.privacy.cipher import MasterKeys

SMALL, LARGE = (1, 588), (10, 5_883)  # communities of a tenant, and what each of them has: 10,000 and 1,000,000 in all
LISTS = {
    "verification": "community's records to verify",
    "claims": "community's claims that go on, by deadline",
    "register": "a page of the community's work register, with what came of each and who serves under it",
    "board": "a community's board of pledges, whole page",
    "wall": "a community's wish wall, whole page",
    "wall waiting": "the wishes on it that can be claimed, whole page",
}


def measure(installation: Installation) -> list[Result]:
    """One ratio a list: the large database's median against the small one's, asked in turn."""
    large, small = (_probe(installation, name, size) for name, size in (("loop_large", LARGE), ("loop_small", SMALL)))
    results = []
    for what, title in LISTS.items():
        ratio, one, other = growth(large, small, what)
        results.append(Result(f"growth {what}", ratio, 1.2, "lower", LARGE[0] * LARGE[1] * TENANTS,
                              f"{title}: {one * 1000:.2f} ms against {other * 1000:.2f} ms, {TENANTS} tenants each"))
    for probe in (large, small):
        probe.close()
    return results


def _probe(installation: Installation, name: str, size: tuple[int, int]) -> Probe:
    site = installation.site(name)
    with site.admin() as connection:
        seeded = seed_loop(connection, MasterKeys(site.config().master_keys), *size)
    return Probe(site, seeded, "bench.service_loop")


def questions(tenant: int, community: uuid.UUID) -> dict[str, Callable[[], object]]:
    """What the probe's process answers: a page of each list, as people open it or as the page reads it."""
    from core.config import Config
    from tenants.process import configure_process
    from web.app import create_app
    config = Config.from_env()
    configure_process(config)
    return {**_pages(create_app(config).test_client(), tenant, community), **_lists(tenant, community)}


def _lists(tenant: int, community: uuid.UUID) -> dict[str, Callable[[], object]]:
    from core.access.actor import GrantFact
    from core.access.roles import COMMUNITY
    from core.service.claims import queries as claims
    from core.service.queries import of_communities
    from core.tenancy import tenant_scope
    grants = (GrantFact(COMMUNITY, community, "", "community", ""),)

    def register() -> Sequence[object]:
        rows = claims.register("community", grants).rows
        ids = [row.id for row in rows]
        assert claims.served(ids)
        assert claims.names_under(ids)
        return rows

    def read(rows: Callable[[], Sequence[object]]) -> Callable[[], None]:
        def run() -> None:
            with tenant_scope(tenant):
                assert len(rows()) == 50
        return run
    return {"verification": read(lambda: of_communities(grants, "submitted").rows),
            "claims": read(lambda: claims.of_communities(grants, "held").rows), "register": read(register)}


def _pages(visitor: object, tenant: int, community: uuid.UUID) -> dict[str, Callable[[], object]]:
    from core.organizations.tree import get
    from core.tenancy import tenant_scope
    with tenant_scope(tenant):
        code = get(community).code

    def read(address: str, word: str, times: int) -> Callable[[], None]:
        def run() -> None:
            page = visitor.get(f"/t/bench{tenant}/p/{address}")  # type: ignore[attr-defined]
            assert (page.status_code, page.text.count(word)) == (200, times), (page.status, page.text.count(word))
        return run
    return {"board": read(f"pledges/{code}", "反映未兑现", 20), "wall": read(f"wishes/{code}", "老花镜", 50),
            "wall waiting": read(f"wishes/{code}?show=waiting", "老花镜", 50)}


if __name__ == "__main__":
    answer(lambda: questions(int(sys.argv[1]), uuid.UUID(sys.argv[2])))
