"""The year-end run: packs of a city's communities, against one raw statement for the same rows and against scanning the tables.

Database time is what passes between sending a statement and its end, as the driver's side sees it, so the way there and back is in it.

`BAODAO_YEAR_END` is the number of members (100,000 unless it is set); communities and units follow as 4,500 and 10,000 to a million.
"""
from __future__ import annotations

import os
import secrets
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import Engine, event, func, select, text

from bench.installation import Installation
from bench.results import Result
from bench.seed import seed_city
from core.privacy.cipher import MasterKeys

MEMBERS = int(os.environ.get("BAODAO_YEAR_END", "100000"))
COMMUNITIES, UNITS = max(20, MEMBERS * 4_500 // 1_000_000), max(40, MEMBERS * 10_000 // 1_000_000)
TENANT, YEAR, ROUNDS = 1, "2026", 7
BATCH = 50  # communities, as in the run
MOST_MS, FASTER, LIMIT = 2.0, 8.0, 3.0
_PLUGINS = ("feedback", "pledges")
_FILLED = ("organization", "member", "report_in", "service_record", "matter", "claim", "pledges_pledge", "plugin_activation")

#: Written member by member, the members of a community together: in any other order a million members' indexes are turned over on the disk.
#: Each member reports in at one community, serves four times a year for two years, and claims three matters a year, half of them public pledges.
_SEED = """
create table bench_unit as select id, row_number() over (order by id) - 1 as n from organization where kind = 'unit';
create table bench_place as select id, row_number() over (order by id) - 1 as n from organization where kind = 'community';
create table bench_member as select gen_random_uuid() as id, j, u.id as unit_id, p.id as community_id from generate_series(0, {members} - 1) j
  join bench_unit u on u.n = (j / {per_pair}) % {units} join bench_place p on p.n = (j / {per_pair} * 7) % {communities} order by p.n, j;
insert into member (tenant_id, id, name, pinyin, initials, sort_key, sex, id_number_index, category, unit_id, residence_id, status, version,
  created_at, updated_at) select 1, id, '王' || j, 'wang', 'w', to_char(j, 'fm0000000'), 'male', int8send(j), 'full', unit_id, community_id, 'active', 1,
  now(), now() from bench_member;
insert into report_in (tenant_id, id, member_id, community_id, unit_id, sort_key, basis, channel, status, reported_on, version, created_at)
  select 1, gen_random_uuid(), id, community_id, unit_id, to_char(j, 'fm0000000'), 'residence', 'officer', 'confirmed', date '2025-03-01', 1, now()
  from bench_member;
insert into service_record (tenant_id, id, member_id, community_id, unit_id, kind, title, happened_on, minutes, hours_source, recipient_kind, status,
  counted_on, rating, version, created_at) select 1, gen_random_uuid(), id, community_id, unit_id, '环境卫生', '清扫楼道',
  date '2025-01-01' + ((j * 13 + k * 91) % 730)::int, 30 + k * 10, 'reported', 'public', 'counted', date '2026-12-01',
  (array['satisfied', 'fair', 'dissatisfied'])[1 + (k % 9) / 4], 1, now() from bench_member, lateral generate_series(0, 7 + 0 * j) k;
insert into matter (tenant_id, id, source, community_id, kind, title, recipient_kind, places, taken, waits, collective, opened_on, state, version,
  created_at) select 1, id, 'posts', id, '环境卫生', '清扫楼道', 'public', 9, 0, false, false, date '2025-01-01', 'open', 1, now() from bench_place;
insert into claim (tenant_id, id, matter_id, source, community_id, member_id, unit_id, state, claimed_on, ended_on, version, created_at)
  select 1, gen_random_uuid(), community_id, 'posts', community_id, id, unit_id, case when k % 3 = 0 then 'released' else 'done' end,
  date '2025-01-01' + ((j * 11 + k * 121) % 730)::int, date '2026-12-01', 1, now() from bench_member, lateral generate_series(0, 5 + 0 * j) k;
insert into pledges_pledge (tenant_id, id, claim_id, matter_id, member_id, unit_id, community_id, text, deadline, state, published_on, made_on, version,
  created_at) select 1, id, id, matter_id, member_id, unit_id, community_id, '按时清扫', claimed_on, case state when 'done' then 'kept' else 'released' end,
  claimed_on, claimed_on, 1, now() from claim where state = 'done' and claimed_on > date '2025-09-01';
drop table bench_unit, bench_place, bench_member;
insert into plugin_activation (tenant_id, id, plugin, enabled, changed_at) select 1, gen_random_uuid(), p, true, now() from unnest(array{plugins}) p"""
#: The same figures of one community, written by one statement and nothing around it.
_RAW = """
with tall as (
  select community_id, member_id, 0 as records, 0 as minutes, 0 as s, 0 as f, 0 as d, 0 as claims, 0 as done, reported_on from report_in
    where tenant_id = 1 and community_id = any(%(c)s) and status = 'confirmed'
  union all select community_id, member_id, count(*), sum(minutes), count(*) filter (where rating = 'satisfied'), count(*) filter (where rating = 'fair'),
    count(*) filter (where rating = 'dissatisfied'), 0, 0, null from service_record where tenant_id = 1 and community_id = any(%(c)s)
    and status = 'counted' and happened_on between '2026-01-01' and '2026-12-31' group by 1, 2
  union all select community_id, member_id, 0, 0, 0, 0, 0, count(*), count(*) filter (where state = 'done'), null from claim where tenant_id = 1
    and community_id = any(%(c)s) and member_id is not null and claimed_on between '2026-01-01' and '2026-12-31' group by 1, 2),
one as materialized (select md5(%(salt)s || t.community_id || m.unit_id)::uuid as pack_id, t.community_id, m.unit_id, m.name,
  m.sort_key, t.member_id, sum(records) r, sum(minutes) n, sum(s) s, sum(f) f, sum(d) d, sum(claims) c,
  sum(done) e, min(t.reported_on) o from tall t join member m on m.tenant_id = 1 and m.id = t.member_id group by 1, 2, 3, 4, 5, 6),
packs as (insert into feedback_pack (tenant_id, id, community_id, unit_id, sort_key, period, begins_on, ends_on, revision, members, reported, records,
  activities, minutes, satisfied, fair, dissatisfied, claims, claims_done, norm, parts, state, made_on, version, created_at)
  select 1, pack_id, community_id, unit_id, '', '2026', '2026-01-01', '2026-12-31', 1, count(*), count(*), sum(r), sum(r), sum(n), sum(s), sum(f),
  sum(d), sum(c), sum(e), 2, '[]', 'draft', '2026-12-31', 1, now() from one group by pack_id, community_id, unit_id returning id)
insert into feedback_line (tenant_id, id, pack_id, member_id, name, sort_key, report_state, reported_on, records, activities, minutes, satisfied, fair,
  dissatisfied, claims, claims_done, parts) select 1, gen_random_uuid(), pack_id, member_id, name, sort_key, 'confirmed', o, r, r, n, s, f, d, c, e, '{}'
  from one where case when pack_id in (select id from packs) then true end"""
_SCAN = ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan")


def measure(installation: Installation) -> list[Result]:
    """Milliseconds a pack of the whole run, and both ratios on communities taken by turns."""
    site = installation.site("year_end")
    with site.admin() as connection:
        seed_city(connection, MasterKeys(site.config().master_keys), TENANT, COMMUNITIES, UNITS)
        _fill(connection)
    from core.config import Config
    from tenants.process import configure_process, settle
    config: Config = site.config()
    configure_process(config, statement_timeout=600, pool_size=2)
    settle()
    places = _places()
    return [_against_scanning(places), _against_raw(places), _gathering(places), _whole_run(places)]


def _fill(connection: psycopg.Connection) -> None:
    connection.execute("set session_replication_role = replica")  # keys hold by construction
    values = {"members": MEMBERS, "communities": COMMUNITIES, "units": UNITS, "per_pair": 11, "plugins": list(_PLUGINS)}
    for statement in _SEED.strip().split(";\n"):
        connection.execute(statement.format(**values))
    connection.execute("set session_replication_role = origin")
    connection.commit()
    connection.autocommit = True
    # Not what is still empty: PostgreSQL would take it for empty for good, and look keys up in it by reading it until somebody analyses it.
    connection.execute(f"VACUUM ANALYZE {', '.join(_FILLED)}")


def _places() -> list[Any]:
    from core.api import place_rows, session, tenant_scope
    with tenant_scope(TENANT):
        rows = place_rows("community")
        return list(session().scalars(select(rows.c.id).order_by(rows.c.path)))


def _timed(work: Callable[[], object], *before: str) -> float:
    """Seconds of something in a transaction that is undone; opening one and what is set before it are no part of it."""
    from core.api import session, tenant_scope
    with tenant_scope(TENANT):
        for statement in before:
            session().execute(text(statement))
        began = time.perf_counter()
        work()
        took = time.perf_counter() - began
        session().rollback()
    return took


@contextmanager
def _database_time() -> Iterator[list[float]]:
    """Collects how long each statement in it took, in seconds."""
    took: list[float] = []
    began: dict[int, float] = {}

    def before(connection: Any, *_rest: Any) -> None:
        began[id(connection)] = time.perf_counter()

    def after(connection: Any, *_rest: Any) -> None:
        took.append(time.perf_counter() - began[id(connection)])

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)
    try:
        yield took
    finally:
        event.remove(Engine, "before_cursor_execute", before)
        event.remove(Engine, "after_cursor_execute", after)


def _gather(places: list[Any]) -> list[Any]:
    from core.api import session
    from plugins.feedback import gathering, periods
    period = periods.parse(YEAR)
    return list(session().execute(gathering.lines(places, period, gathering.counting(places[0], period), {})).all())


def _make(places: list[Any]) -> int:
    from plugins.feedback import making, periods
    return making.make(places, periods.parse(YEAR))


def _raw(places: list[Any]) -> None:
    from core.api import session
    session().connection().exec_driver_sql(_RAW, {"c": places, "salt": secrets.token_hex(16)})


def _pairs(ours: Callable[[Any], object], other: Callable[[Any], object], places: list[Any], before: tuple[str, ...] = (),
           size: int = BATCH) -> tuple[float, float, float]:
    """Medians of both for a batch as the run has it, taken by turns after a warm-up, and the median of their ratios."""
    starts = range(0, max(1, len(places) - size + 1), max(1, (len(places) - size) // ROUNDS))
    some = [places[start:start + size] for start in starts][:ROUNDS]
    _timed(lambda: ours(some[0])), _timed(lambda: other(some[0]), *before)
    pairs = [(_timed(partial(ours, one)), _timed(partial(other, one), *before)) for one in some]
    return statistics.median(a for a, _b in pairs), statistics.median(b for _a, b in pairs), statistics.median(b / a for a, b in pairs)


def _against_scanning(places: list[Any]) -> Result:
    ours, scan, ratio = _pairs(_gather, _gather, places, tuple(f"set local {name} = off" for name in _SCAN), size=1)
    return Result("year-end gathering against scanning", ratio, FASTER, "higher", MEMBERS,
                  f"one community {ours * 1000:.1f} ms against {scan * 1000:.1f} ms without indexes")


def _against_raw(places: list[Any]) -> Result:
    ours, raw, ratio = _pairs(_make, _raw, places)
    return Result("year-end making against raw SQL", 1 / ratio, LIMIT, "lower", MEMBERS,
                  f"a batch of communities {ours * 1000:.1f} ms, with pledges by their hook, against {raw * 1000:.1f} ms for one statement"
                  " that writes the rows alone")


def _gathering(places: list[Any]) -> Result:
    """What one pack's figures cost to read, in batches as the run has them."""
    from core.api import tenant_scope
    took, packs = 0.0, 0
    for start in range(0, len(places), max(BATCH, len(places) // ROUNDS)):
        with tenant_scope(TENANT), _database_time() as times:
            rows = _gather(places[start:start + BATCH])
        took, packs = took + sum(times), packs + len({(row.community_id, row.unit_id) for row in rows})
    return Result("year-end gathering, ms of database time a pack", took * 1000 / packs, MOST_MS, "lower", MEMBERS, f"{packs:,} packs read")


def _whole_run(places: list[Any]) -> Result:
    """The job as a worker runs it, in batches of communities with their checkpoints."""
    from core.api import enqueue, root_organization, session, tenant_scope
    from core.jobs.running import run_job
    from plugins.feedback.models import FeedbackLine, FeedbackPack
    from plugins.feedback.running import KIND
    with tenant_scope(TENANT):
        job = enqueue(KIND, {"run": str(places[0]), "organization": str(root_organization().id), "period": YEAR, "again": False})
    began = time.perf_counter()
    with _database_time() as times:
        assert run_job(TENANT, job) == "done"
    took = time.perf_counter() - began
    with tenant_scope(TENANT):
        packs, lines = (session().scalar(select(func.count()).select_from(table)) or 0 for table in (FeedbackPack, FeedbackLine))
    assert lines == MEMBERS
    return Result("year-end run, ms of database time a pack", sum(times) * 1000 / packs, MOST_MS, "lower", MEMBERS,
                  f"{packs:,} packs of {lines:,} members in {len(places):,} communities and {UNITS:,} units, written in {took:.1f} s")
