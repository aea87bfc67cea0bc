"""How the lists of the service loop grow from 10,000 to 1,000,000 rows in 17 tenants: each must read its page from an index in order.

To add a list: a function that fills its tables from `bench_loop` (one row a matter with a claim on it: tenant_id, n, matter_id, claim_id,
community_id, unit_id, member_id), a question below in `questions`, and a line in LISTS.
"""
from __future__ import annotations

import sys
import uuid
from collections.abc import Callable

import psycopg

from bench.installation import Installation
from bench.probe import Probe, answer, growth
from bench.results import Result
from bench.seed import TENANTS, seed
from core.privacy.cipher import MasterKeys

SMALL, LARGE = 10_000, 1_000_000
MEMBERS = 3_000 * TENANTS  # ten communities a tenant, in both databases
PLUGINS = ("posts", "pledges")


def measure(installation: Installation) -> list[Result]:
    """One ratio a list: the large database's median against the small one's, asked in turn."""
    large, small = (_probe(installation, name, rows) for name, rows in (("large", LARGE), ("small", SMALL)))
    results = []
    for what, (title, _fill) in LISTS.items():
        ratio, one, other = growth(large, small, what)
        note = f"{title}: {one * 1000:.1f} ms against {other * 1000:.1f} ms, {TENANTS} tenants each"
        results.append(Result(f"growth {what}", ratio, 1.2, "lower", LARGE, note))
    for probe in (large, small):
        probe.close()
    return results


def _probe(installation: Installation, name: str, rows: int) -> Probe:
    site = installation.site(f"loop_{name}")
    with site.admin() as connection:
        seeded = seed(connection, MasterKeys(site.config().master_keys), MEMBERS)
        _switch_on(connection)
        _claims(connection, rows)
        for _title, fill in LISTS.values():
            fill(connection)
        connection.execute("set session_replication_role = origin")
        connection.execute("VACUUM ANALYZE")
    return Probe(site, seeded, "bench.service_loop")


def _switch_on(connection: psycopg.Connection) -> None:
    """Keys hold by construction, so from here on they are not checked."""
    connection.execute("set session_replication_role = replica")
    connection.execute("insert into plugin_activation (tenant_id, id, plugin, enabled, changed_at) select t.id, gen_random_uuid(), p, true, now()"
                       " from tenant t, unnest(%s::text[]) p", (list(PLUGINS),))


def _claims(connection: psycopg.Connection, rows: int) -> None:
    """So many matters with a claim on each, spread over the communities of all tenants."""
    connection.execute(
        "create temp table bench_loop as with places as (select tenant_id, array_agg(id) filter (where kind = 'community') communities,"
        " array_agg(id) filter (where kind = 'unit') units from organization group by tenant_id), people as (select tenant_id,"
        f" array_agg(id) members from member group by tenant_id) select n / {TENANTS} n, tenant_id, gen_random_uuid() matter_id,"
        f" gen_random_uuid() claim_id, communities[1 + n / {TENANTS} %% cardinality(communities)] community_id,"
        f" units[1 + n / {TENANTS} %% cardinality(units)] unit_id, members[1 + n / {TENANTS} %% cardinality(members)] member_id"
        f" from generate_series(1, %s) n join places on places.tenant_id = 1 + n %% {TENANTS} join people using (tenant_id)", (rows,))
    connection.execute(
        "insert into matter (tenant_id, id, source, community_id, kind, title, recipient_kind, places, taken, waits, collective, state, opened_on,"
        " version, created_at) select tenant_id, matter_id, 'posts', community_id, '环境卫生', '清扫楼道', 'public', 1, 1, false, false, 'open',"
        " current_date, 1, now() from bench_loop")
    connection.execute(
        "insert into claim (tenant_id, id, matter_id, source, community_id, member_id, unit_id, state, claimed_on, version, created_at)"
        " select tenant_id, claim_id, matter_id, 'posts', community_id, member_id, unit_id, 'held', current_date, 1, now() from bench_loop")


def _pledges(connection: psycopg.Connection) -> None:
    """A public pledge on each claim: six of ten open, some of them late, three kept, one not."""
    connection.execute(
        "insert into pledges_pledge (tenant_id, id, claim_id, matter_id, member_id, unit_id, community_id, text, deadline, state, board, board_on,"
        " published_on, ended_on, made_on, version, created_at) select tenant_id, gen_random_uuid(), claim_id, matter_id, member_id, unit_id,"
        " community_id, '按时清扫楼道，请群众监督', day, state, state, day, current_date, case when state <> 'open' then day end, current_date, 1,"
        " now() from (select *, case when k < 6 then 'open' when k < 9 then 'kept' else 'not_kept' end state,"
        " current_date + case when k between 1 and 5 then 1 + n % 300 else -(n % 700) end day from (select *, n / 10 % 10 k from bench_loop) a) b")


LISTS: dict[str, tuple[str, Callable[[psycopg.Connection], None]]] = {
    "board": ("a community's board of pledges, whole page", _pledges),
}


def questions(tenant: int, community: uuid.UUID, _root: uuid.UUID) -> dict[str, Callable[[], object]]:
    """What the probe's process answers: one page of each list, as people open it."""
    from core.config import Config
    from core.organizations.tree import get
    from core.tenancy import tenant_scope
    from tenants.process import configure_process
    from web.app import create_app
    config = Config.from_env()
    configure_process(config)
    app = create_app(config)
    with tenant_scope(tenant):
        code = get(community).code
    visitor = app.test_client()

    def board() -> None:
        page = visitor.get(f"/t/bench{tenant}/p/pledges/{code}")
        assert (page.status_code, page.text.count("反映未兑现")) == (200, 20), page.status
    return {"board": board}


if __name__ == "__main__":
    answer(lambda: questions(int(sys.argv[1]), uuid.UUID(sys.argv[2]), uuid.UUID(sys.argv[3])))
