"""How a community's roster and a search by name grow from 10,000 to 1,000,000 members."""
from __future__ import annotations

from bench.installation import Installation
from bench.probe import Probe, growth
from bench.results import Result
from bench.seed import seed
from core.privacy.cipher import MasterKeys

SMALL, LARGE = 10_000, 1_000_000
QUESTIONS = {"roster": "community's roster, residents, whole page", "reported": "community's roster, reported in, whole page",
             "search name": "search by a rare surname, whole page", "search pinyin": "search by pinyin, whole page",
             "search surname": "search by a common surname, whole page"}


def measure(installation: Installation) -> list[Result]:
    """One ratio a question: the large database's median against the small one's, asked in turn."""
    probes = []
    for name, members in (("large", LARGE), ("small", SMALL)):
        site = installation.site(name)
        with site.admin() as connection:
            seeded = seed(connection, MasterKeys(site.config().master_keys), members)
        probes.append(Probe(site, seeded))
    large, small = probes
    results = []
    for what, title in QUESTIONS.items():
        ratio, one, other = growth(large, small, what)
        note = f"{title}: {one * 1000:.1f} ms against {other * 1000:.1f} ms, 17 tenants each"
        results.append(Result(f"growth {what}", ratio, 1.2, "lower", LARGE, note))
    for probe in probes:
        probe.close()
    return results
