"""Matters, claims and service records for the benchmark: every community has as many in the small database as in the large one."""
from __future__ import annotations

import psycopg

from bench.seed import TENANTS, Seeded, seed
from core.privacy.cipher import MasterKeys

PER_COMMUNITY, MATTERS, MEMBERS = 588, 176, 3_000  # claims, and records, of a community; its matters; members of a large tenant

#: More communities, so that the tenants differ in their number alone.
_COMMUNITIES = """
insert into organization (tenant_id, id, parent_id, kind, code, name, sort_key, path, active, version, created_at)
select o.tenant_id, gen_random_uuid(), o.id, 'community', 'm' || n, '又' || n || '社区', 'm' || n, o.path || 'm' || n || '/', true, 1, now()
from organization o, generate_series(1, {more}) n where o.kind = 'committee'"""
#: Places in the order of the tenant, members likewise: the claim `j` of a community is one of them.
_PLACES = """
create table bench_place as select tenant_id, id, row_number() over (partition by tenant_id order by id) - 1 as n from organization where kind = 'community';
create table bench_member as select tenant_id, id, unit_id, row_number() over (partition by tenant_id order by id) - 1 as n,
  count(*) over (partition by tenant_id) as of from member;
create index on bench_member (tenant_id, n);"""
_MATTERS = """
insert into matter (tenant_id, id, source, community_id, kind, title, recipient_kind, recipient_group, places, taken, waits, collective, minutes,
  opened_on, state, version, created_at)
select tenant_id, lpad(to_hex(row_number() over (order by j, tenant_id, n)), 32, '0')::uuid, (array['posts', 'wishes', 'pledges'])[1 + j % 3], id,
  '环境卫生', '清扫楼道 ' || j, 'public', null, 9, 1, true, true, 90, date '2026-01-01' + j % 180, 'open', 1, now()
from bench_place, generate_series(0, {matters} - 1) j;
create table bench_matter as select tenant_id, id, community_id, source, row_number() over (partition by tenant_id, community_id order by id) - 1 as n
  from matter;
create index on bench_matter (tenant_id, community_id, n);"""
#: Of twenty claims the first is a unit's, and the next two are of members who serve under it; one in five goes on.
_CLAIMS = """
create table bench_claim as select p.tenant_id, lpad(to_hex(row_number() over (order by j, p.tenant_id, p.n)), 32, '0')::uuid as id,
  p.id as community_id, j, x.id as matter_id, x.source, m.id as member_id, m.unit_id
from bench_place p cross join generate_series(0, {claims} - 1) j
join bench_matter x on x.tenant_id = p.tenant_id and x.community_id = p.id and x.n = j % {matters}
join bench_member m on m.tenant_id = p.tenant_id and m.n = (p.n * 31 + j * 7) % m.of;
create index on bench_claim (tenant_id, community_id, j);
insert into claim (tenant_id, id, matter_id, source, community_id, member_id, unit_id, parent_id, state, claimed_on, due_on, ended_on, version, created_at)
select c.tenant_id, c.id, c.matter_id, c.source, c.community_id, case when c.j % 20 = 0 then null else c.member_id end, c.unit_id, u.id,
  case when c.j % 5 = 0 or c.j % 20 < 3 then 'held' when c.j % 40 = 4 then 'waiting' else 'done' end,
  date '2026-01-01' + c.j / 4, date '2026-06-01' + c.j % 90,
  case when c.j % 5 = 0 or c.j % 20 < 3 or c.j % 40 = 4 then null else date '2026-06-30' end, 1, now()
from bench_claim c left join bench_claim u on c.j % 20 in (1, 2) and u.tenant_id = c.tenant_id and u.community_id = c.community_id and u.j = c.j - c.j % 20;"""
_RECORDS = """
insert into service_record (tenant_id, id, member_id, community_id, unit_id, claim_id, kind, title, happened_on, minutes, hours_source, recipient_kind,
  status, counted_on, rating, version, created_at)
select tenant_id, id, member_id, community_id, unit_id, case when j % 20 = 0 then null else id end, '环境卫生', '清扫', date '2026-01-01' + j % 180,
  30 + j % 180, 'system', 'public', (array['submitted', 'verified', 'counted', 'counted', 'counted'])[1 + j % 5],
  case when j % 5 > 1 then date '2026-06-30' end, case when j % 5 > 1 then 'satisfied' end, 1, now() from bench_claim"""
_DONE = "drop table bench_place, bench_member, bench_matter, bench_claim"


def seed_claims(connection: psycopg.Connection, masters: MasterKeys, communities: int) -> Seeded:
    """17 tenants of so many communities each, with their matters, claims and records; answers what to measure. Commits."""
    seeded = seed(connection, masters, TENANTS * min(MEMBERS, communities * 300))
    connection.autocommit = False
    has = connection.execute("select count(*) from organization where tenant_id = %s and kind = 'community'", (seeded.tenant_id,)).fetchone()
    values = {"more": communities - (has[0] if has else 0), "claims": PER_COMMUNITY, "matters": MATTERS}
    connection.execute("set session_replication_role = replica")  # keys hold by construction
    for text in (_COMMUNITIES, _PLACES, _MATTERS, _CLAIMS, _RECORDS, _DONE):
        for statement in text.strip().rstrip(";").split(";\n"):
            connection.execute(statement.format(**values))
    connection.execute("set session_replication_role = origin")
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")
    return seeded
