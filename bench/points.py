"""Points: scoring against inserting its ledger rows alone, balance and leaders against an indexed read, a rehearsal against one aggregate."""
from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import bindparam, func, insert, select, text

from bench.installation import Installation, Site
from bench.results import Result
from bench.seed import Seeded, seed
from core.privacy.cipher import MasterKeys

MEMBERS, RECORDS, BATCH, BATCHES, SINGLES, ROUNDS = 10_000, 1_000_000, 1_000, 10, 200, 3
SINCE, UNTIL = dt.date(2025, 1, 1), dt.date(2025, 12, 31)
CAPPED = {"title": "封顶", "rules": [{"key": "a", "title": "服务", "caps": [{"period": "day", "points": 4}, {"period": "month", "points": 20}]}],
          "period": {"ceiling": 100}}


def measure(installation: Installation) -> list[Result]:
    """Each figure as a median of several rounds, the limit measured between them in the same process."""
    site = installation.site("points")
    with site.admin() as connection:
        seeded = seed(connection, MasterKeys(site.config().master_keys), MEMBERS * 17)
        _records(connection, seeded)
    from tenants.process import configure_process, settle
    configure_process(site.config(), statement_timeout=120, pool_size=2)
    settle()
    return [*_rehearsals(seeded), *_scoring(site, seeded, "plain"), *_scoring(site, seeded, "capped"), *_reading(seeded)]


def _records(connection: psycopg.Connection, seeded: Seeded) -> None:
    """A million counted records of one year, spread over the tenant's members."""
    connection.execute("set session_replication_role = replica")
    connection.execute("insert into plugin_activation (tenant_id, id, plugin, enabled, changed_at) values (%s, gen_random_uuid(), 'points', true, now())",
                       (seeded.tenant_id,))
    connection.execute(
        "insert into service_record (tenant_id, id, member_id, community_id, unit_id, kind, title, happened_on, minutes, hours_source,"
        " recipient_kind, status, counted_on, rating, version, created_at)"
        " select %s, gen_random_uuid(), m.ids[1 + n %% %s], %s, null, '环境卫生', '清扫', date '2025-01-01' + (n / 7 %% 365), 30 + n %% 180, 'reported',"
        " 'public', 'counted', date '2025-06-01', (array['satisfied', 'fair', 'dissatisfied'])[1 + (n %% 9) / 4], 1, now()"
        " from generate_series(1, %s) n, (select array_agg(id) ids from member where tenant_id = %s) m",
        (seeded.tenant_id, MEMBERS, seeded.community_id, RECORDS, seeded.tenant_id))
    connection.execute("set session_replication_role = origin")
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _pair(ours: Callable[[], object], alone: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """Medians of both, taken by turns after a warm-up."""
    ours(), alone()
    pairs = [(_timed(ours), _timed(alone)) for _ in range(rounds)]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)


def _rehearsals(seeded: Seeded) -> list[Result]:
    from core.api import record_facts, session, tenant_scope
    from plugins.points.plain import plain_document
    from plugins.points.rehearsal import rehearse
    from plugins.points.schema import PointsPackSchema
    schema = PointsPackSchema()
    packs = {"plain": plain_document({"points_per_hour": 1, "hours_cap": 2, "dissatisfied_earns": False}), "capped": schema.dump(schema.load(CAPPED))}

    def once(statement: Callable[[], Any]) -> None:
        with tenant_scope(seeded.tenant_id):
            rows = statement().subquery()
            session().execute(select(func.count(), func.sum(rows.c[1]))).all()

    def aggregate() -> Any:
        facts = record_facts()
        return select(facts.c.member_id, func.sum(facts.c.minutes)).where(facts.c.happened_on.between(SINCE, UNTIL)).group_by(facts.c.member_id)

    def monthly() -> Any:
        facts = record_facts()
        day = facts.c.happened_on
        return select(facts.c.member_id, func.sum(facts.c.minutes)).where(day.between(SINCE, UNTIL)).group_by(facts.c.member_id, day)

    results = []
    for name, limit, what in (("plain", aggregate, "by member"), ("capped", monthly, "by member and day")):
        ours, alone = _pair(partial(once, partial(rehearse, packs[name], SINCE, UNTIL, "default")), partial(once, limit))
        results.append(Result(f"points rehearsal, {name}", ours / alone, 2.0, "lower", RECORDS, f"{ours:.2f} s against {alone:.2f} s for one sum {what}"))
    return results


def _scoring(site: Site, seeded: Seeded, name: str) -> list[Result]:
    """Scoring, and then the very rows that it wrote inserted alone into an empty ledger."""
    from core.api import record_facts, session, tenant_scope
    from core.rules import packs
    from plugins.points import backfill, ledger
    from plugins.points.models import PointsEntry
    _clear(site)
    with tenant_scope(seeded.tenant_id):
        session().execute(text("update points_account set balance = 0"))
        if name == "capped":
            packs.publish(packs.draft("points", "default", CAPPED), dt.date(2025, 1, 1))
            session().execute(text("delete from job"))
    with tenant_scope(seeded.tenant_id):
        facts = record_facts()
        rows = session().execute(select(facts).limit((BATCH + SINGLES) * BATCHES)).all()
    batches = [rows[n * BATCH:(n + 1) * BATCH] for n in range(BATCHES)]
    singles = [[_fact(row) for row in rows[BATCH * BATCHES + n * SINGLES:][:SINGLES]] for n in range(BATCHES)]
    with tenant_scope(seeded.tenant_id):  # accounts are there in real life
        ledger.hold([row.member_id for row in rows])

    def in_scope(work: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            with tenant_scope(seeded.tenant_id):
                work()
        return run

    ours = [_timed(in_scope(partial(backfill.score, batch))) for batch in batches]
    alone_rows = _written(site, seeded)
    by_batch = [alone_rows[n * BATCH:(n + 1) * BATCH] for n in range(BATCHES)]

    def insert_each(mine: list[dict[str, Any]], size: int) -> None:
        for start in range(0, len(mine), size):
            session().execute(insert(PointsEntry), mine[start:start + size])

    def earn_each(facts: list[Any]) -> None:
        for fact in facts:
            ledger.earn(fact)

    alone = [_timed(in_scope(partial(insert_each, mine, BATCH))) for mine in by_batch if mine]
    # A record is scored in the transaction in which it begins to count, so opening one is not part of it.
    one = [_timed(in_scope(partial(earn_each, facts))) for facts in singles]
    rows_alone = _written(site, seeded)
    one_alone = [_timed(in_scope(partial(insert_each, mine, 1))) for mine in (rows_alone[n * SINGLES:(n + 1) * SINGLES] for n in range(BATCHES)) if mine]
    return [_rate(f"points scoring by batches, {name}", ours[2:], alone[2:], BATCH, "at once"),
            _rate(f"points scoring one by one, {name}", one[2:], one_alone[2:], SINGLES, "one by one")]


def _fact(row: Any) -> Any:
    import dataclasses

    from core.api import RecordFact
    return RecordFact(**{f.name: getattr(row, f.name) for f in dataclasses.fields(RecordFact) if f.name in row._fields})  # others have a default


def _written(site: Site, seeded: Seeded) -> list[dict[str, Any]]:
    """The ledger's rows as they stand, taken out of it."""
    from core.api import session, tenant_scope
    with tenant_scope(seeded.tenant_id):
        rows = [dict(row._mapping) for row in session().execute(text("select * from points_entry order by at, id"))]
    _clear(site)
    return rows


def _clear(site: Site) -> None:
    """Empty the ledger, which the application has no right to do."""
    with site.admin() as connection:
        connection.execute("delete from points_entry")


def _rate(name: str, ours: list[float], alone: list[float], rows: int, how: str) -> Result:
    a, b = statistics.median(ours), statistics.median(alone)
    return Result(name, b / a, 0.8, "higher", rows, f"{a * 1000:.0f} ms against {b * 1000:.0f} ms for inserting the {rows:,} rows alone, {how}, in one transaction")


def _reading(seeded: Seeded) -> list[Result]:
    from core.api import session, tenant_scope
    from plugins.points import ledger, ranking
    from plugins.points.models import PointsAccount
    with tenant_scope(seeded.tenant_id):
        session().execute(text("update points_account set balance = (random() * 10000)::int"))
        one = session().scalar(select(PointsAccount.member_id).limit(1))
        assert one is not None

        def limit() -> None:
            session().execute(select(PointsAccount.member_id, PointsAccount.balance).where(
                PointsAccount.tenant_id == seeded.tenant_id).order_by(PointsAccount.balance.desc(), PointsAccount.member_id.desc()).limit(50)).all()

        def indexed() -> None:
            session().execute(select(PointsAccount.balance).where(
                PointsAccount.tenant_id == bindparam("tenant"), PointsAccount.member_id == bindparam("member")),
                {"tenant": seeded.tenant_id, "member": one}).all()

        pairs = [("points balance", lambda: ledger.balance(one), indexed, "one row by its key"),
                 ("points leaders", lambda: ranking.leaders(("root/",)), limit, "the first fifty of the index")]
        results = []
        for name, ours, alone, what in pairs:
            a, b = _pair(partial(_twenty, ours), partial(_twenty, alone), 9)
            results.append(Result(name, a / b, 2.0, "lower", MEMBERS, f"{a * 50:.2f} ms against {b * 50:.2f} ms for {what}"))
        return results


def _twenty(work: Callable[[], object]) -> None:
    for _time in range(20):
        work()
