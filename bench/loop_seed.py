"""Matters, claims, records, pledges and wishes for the benchmark of the service loop, so that only their number differs between two databases."""
from __future__ import annotations

import psycopg

from bench.seed import PER_COMMUNITY, TENANTS, Seeded, seed
from core.privacy.cipher import MasterKeys

PLUGINS = ("posts", "pledges", "wishes")

#: Places and members in the order of the tenant: the claim `j` of a community is one of them.
_PLACES = """
create table bench_place as select tenant_id, id, row_number() over (partition by tenant_id order by id) - 1 as n from organization where kind = 'community';
create table bench_member as select tenant_id, id, unit_id, row_number() over (partition by tenant_id order by id) - 1 as n,
  count(*) over (partition by tenant_id) as of from member;
create index on bench_member (tenant_id, n);
analyze bench_place;
analyze bench_member;"""
_MATTERS = """
insert into matter (tenant_id, id, source, community_id, kind, title, recipient_kind, recipient_group, places, taken, waits, collective, minutes,
  opened_on, state, version, created_at)
select tenant_id, lpad(to_hex(row_number() over (order by j, tenant_id, n)), 32, '0')::uuid, (array['posts', 'wishes', 'pledges'])[1 + j % 3], id,
  '环境卫生', '清扫楼道 ' || j, 'public', null, 9, 1, true, true, 90, date '2026-01-01' + j % 180, 'open', 1, now()
from bench_place, generate_series(0, {matters} - 1) j;
create table bench_matter as select tenant_id, id, community_id, source, row_number() over (partition by tenant_id, community_id order by id) - 1 as n
  from matter;
create index on bench_matter (tenant_id, community_id, n);
analyze bench_matter;"""
#: Of twenty claims the first is a unit's, and the next two are of members who serve under it; one in five goes on.
_CLAIMS = """
create table bench_claim as select p.tenant_id, lpad(to_hex(row_number() over (order by j, p.tenant_id, p.n)), 32, '0')::uuid as id,
  p.id as community_id, j, x.id as matter_id, x.source, m.id as member_id, m.unit_id
from bench_place p cross join generate_series(0, {claims} - 1) j
join bench_matter x on x.tenant_id = p.tenant_id and x.community_id = p.id and x.n = j % {matters}
join bench_member m on m.tenant_id = p.tenant_id and m.n = (p.n * 31 + j * 7) % m.of;
create index on bench_claim (tenant_id, community_id, j);
analyze bench_claim;
insert into claim (tenant_id, id, matter_id, source, community_id, member_id, unit_id, parent_id, state, claimed_on, due_on, ended_on, version, created_at)
select c.tenant_id, c.id, c.matter_id, c.source, c.community_id, case when c.j % 20 = 0 then null else c.member_id end, c.unit_id, u.id,
  case when c.j % 5 = 0 or c.j % 20 < 3 then 'held' when c.j % 40 = 4 then 'waiting' else 'done' end,
  date '2026-01-01' + c.j / {a_day}, date '2026-06-01' + c.j % 90,
  case when c.j % 5 = 0 or c.j % 20 < 3 or c.j % 40 = 4 then null else date '2026-06-30' end, 1, now()
from bench_claim c left join bench_claim u on c.j % 20 in (1, 2) and u.tenant_id = c.tenant_id and u.community_id = c.community_id and u.j = c.j - c.j % 20;"""
_RECORDS = """
insert into service_record (tenant_id, id, member_id, community_id, unit_id, claim_id, kind, title, happened_on, minutes, hours_source, recipient_kind,
  status, counted_on, rating, version, created_at)
select tenant_id, id, member_id, community_id, unit_id, case when j % 20 = 0 then null else id end, '环境卫生', '清扫', date '2026-01-01' + j % 180,
  30 + j % 180, 'system', 'public', (array['submitted', 'verified', 'counted', 'counted', 'counted'])[1 + j % 5],
  case when j % 5 > 1 then date '2026-06-30' end, case when j % 5 > 1 then 'satisfied' end, 1, now() from bench_claim"""
#: A public pledge on each claim: six of ten open, some of them late, three kept, one not.
_PLEDGES = """
insert into pledges_pledge (tenant_id, id, claim_id, matter_id, member_id, unit_id, community_id, text, deadline, state, board, board_on,
  published_on, ended_on, made_on, version, created_at)
select tenant_id, id, id, matter_id, member_id, unit_id, community_id, '按时清扫楼道，请群众监督', day, state, state, day, current_date,
  case when state <> 'open' then day end, current_date, 1, now()
from (select *, case when k < 6 then 'open' when k < 9 then 'kept' else 'not_kept' end as state,
  current_date + case when k between 1 and 5 then 1 + j % 300 else -(j % 700) end as day from (select *, j % 10 as k from bench_claim) a) b"""
#: As many wishes: of ten, four can be claimed, two are claimed, three are written off, one was refused and stands on no wall.
_WISHES = """
insert into wishes_wish (tenant_id, id, community_id, number, kind, recipient_group, channel, title, harder, state, listed, received_on, alarm_on,
  ended_on, erased, version, created_at)
select tenant_id, id, community_id, 'w' || j, (array['dream', 'wish', 'difficulty'])[1 + j % 3], 'elderly', 'officer', '想要一副老花镜', false, state,
  state <> 'refused', date '2026-01-01' + j % 180, case when state in ('accepted', 'claimed') then date '2026-08-01' end,
  case when state in ('written_off', 'refused') then date '2026-06-30' end, false, 1, now()
from (select *, (array['accepted', 'accepted', 'accepted', 'accepted', 'claimed', 'claimed', 'written_off', 'written_off', 'written_off',
  'refused'])[1 + j % 10] as state from bench_claim) a"""
_DONE = "drop table bench_place, bench_member, bench_matter, bench_claim"
_SWITCHES = ("insert into plugin_activation (tenant_id, id, plugin, enabled, changed_at)"
             " select t.id, gen_random_uuid(), p, true, now() from tenant t, unnest(%s::text[]) p")


def seed_loop(connection: psycopg.Connection, masters: MasterKeys, communities: int, claims: int) -> Seeded:
    """17 tenants of so many communities, each with so many claims, records, pledges and wishes; answers what to measure. Commits."""
    seeded = seed(connection, masters, TENANTS * communities * PER_COMMUNITY)
    connection.autocommit = False
    matters = claims * 3 // 200 * 20 + 16  # some three claims a matter, never twice a unit's
    values = {"claims": claims, "matters": matters, "a_day": max(1, claims // 180)}
    connection.execute("set session_replication_role = replica")  # keys hold by construction
    connection.execute(_SWITCHES, (list(PLUGINS),))
    for text in (_PLACES, _MATTERS, _CLAIMS, _RECORDS, _PLEDGES, _WISHES, _DONE):
        for statement in text.strip().rstrip(";").split(";\n"):
            connection.execute(statement.format(**values))
    connection.execute("set session_replication_role = origin")
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")
    return seeded
