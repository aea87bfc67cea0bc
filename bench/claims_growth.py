"""The service loop: how the lists of claims and of records to verify grow from 10,000 to 1,000,000 of each.

A plugin's list is measured here too: it adds its rows in `PLUGIN_ROWS` and its question in `QUESTIONS`.
"""
from __future__ import annotations

import sys
import uuid
from collections.abc import Callable
from typing import Any

import psycopg

from bench.claims_seed import PER_COMMUNITY, seed_claims
from bench.installation import Installation
from bench.probe import Probe, answer, growth
from bench.results import Result
from bench.seed import Seeded
from core.privacy.cipher import MasterKeys

SMALL, LARGE = 1, 100  # communities of each of the 17 tenants: 10,000 and 1,000,000 records and claims
Question = Callable[[tuple[Any, ...]], object]
#: Rows of plugins about the matters that are there, such as pledges or wishes: called with the connection before the measuring.
PLUGIN_ROWS: list[Callable[[psycopg.Connection, Seeded], None]] = []


def _verification(grants: tuple[Any, ...]) -> object:
    from core.service.queries import of_communities
    return of_communities(grants, "submitted").rows


def _held(grants: tuple[Any, ...]) -> object:
    from core.service.claims.queries import of_communities
    return of_communities(grants, "held").rows


def _register(grants: tuple[Any, ...]) -> object:
    from core.service.claims.queries import names_under, register, served
    rows = register("community", grants).rows
    ids = [row.id for row in rows]
    assert served(ids)
    assert names_under(ids)
    return rows


#: What is asked of one community's grants within the tenant's scope; the first fifty rows of each must be there.
QUESTIONS: dict[str, tuple[str, Question]] = {
    "verification": ("community's records to verify", _verification),
    "claims": ("community's claims that go on, by deadline", _held),
    "register": ("a page of the community's work register, with what came of each and who serves under it", _register),
}


def measure(installation: Installation) -> list[Result]:
    """One ratio a question: the large database's median against the small one's, asked in turn."""
    probes = []
    for name, communities in (("claims_large", LARGE), ("claims_small", SMALL)):
        site = installation.site(name)
        with site.admin() as connection:
            seeded = seed_claims(connection, MasterKeys(site.config().master_keys), communities)
            for add in PLUGIN_ROWS:
                add(connection, seeded)
        probes.append(Probe(site, seeded, "bench.claims_growth"))
    large, small = probes
    results = []
    for what, (title, _run) in QUESTIONS.items():
        ratio, one, other = growth(large, small, what)
        results.append(Result(f"growth {what}", ratio, 1.2, "lower", LARGE * PER_COMMUNITY * 17,
                              f"{title}: {one * 1000:.2f} ms against {other * 1000:.2f} ms, 17 tenants each"))
    for probe in probes:
        probe.close()
    return results


def _questions(tenant: int, community: uuid.UUID) -> dict[str, Callable[[], object]]:
    from core.access.actor import GrantFact
    from core.access.roles import COMMUNITY
    from core.api import tenant_scope
    from core.config import Config
    from tenants.process import configure_process, settle
    configure_process(Config.from_env())
    settle()
    grants = (GrantFact(COMMUNITY, community, "", "community", ""),)

    def asked(question: Question) -> Callable[[], None]:
        def run() -> None:
            with tenant_scope(tenant):
                assert len(question(grants)) == 50  # type: ignore[arg-type]
        return run
    return {what: asked(question) for what, (_title, question) in QUESTIONS.items()}


if __name__ == "__main__":
    answer(lambda: _questions(int(sys.argv[1]), uuid.UUID(sys.argv[2])))
