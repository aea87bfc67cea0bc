"""What rules read: records that count, narrowed by a filter that is data; a record told is the same row as one stored."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from sqlalchemy import select, text

from core.extension.facts import RecordFact
from core.rules.facts import record_fact, record_facts
from core.rules.quantities import QuantitySchema, quantity
from core.rules.where import WhereSchema, matches
from core.service import evaluation, records
from core.service.hours import outside_hours
from core.service.settings import ServiceSettings
from core.tenancy import session, today
from tests.service.conftest import service
from tests.service.test_records import write
from tests.support.factories import TestMember, TestTenant, make_member
from tests.support.plugins import make_record

SATURDAY = dt.date(2026, 11, 21)


def counted(tenant: TestTenant, member: TestMember, rating: str = "satisfied", **changes: Any) -> uuid.UUID:
    """A record that counts."""
    with tenant.scope():
        record_id = records.submit(member.id, service(**{"community_id": tenant.communities[0], **changes}), entered_by=None)
        records.verify(record_id, 1, by=None)
        evaluation.key_in(record_id, "paper", rating, None, today(), by=uuid.uuid4())
    return record_id


def found(tenant: TestTenant, **where: Any) -> list[uuid.UUID]:
    """Records that match."""
    with tenant.scope():
        facts = record_facts()
        return list(session().scalars(select(facts.c.record_id).where(matches(WhereSchema().dump(WhereSchema().load(where)), facts))
                                      .order_by(facts.c.record_id)))


def test_only_what_counts_is_a_fact(tenant: TestTenant, member: TestMember) -> None:
    write(tenant, member, verified=True)
    record_id = counted(tenant, member)
    withdrawn = counted(tenant, member)
    with tenant.scope():
        records.withdraw(withdrawn, 3)
    assert found(tenant) == [record_id]


def test_each_part_of_a_filter_narrows(tenant: TestTenant, member: TestMember) -> None:
    plain = counted(tenant, member, happened_on=today(), minutes=60)
    special = counted(tenant, member, "dissatisfied", kind="应急值守", recipient_kind="public", recipient=None, collective=True,
                      minutes=240, community_id=tenant.communities[-1], happened_on=today())
    aged = counted(tenant, member, recipient_group="elderly", minutes=90)
    everything = [plain, special, aged]
    month, weekday = str(today().month), str(today().isoweekday())
    other = str(today().month % 12 + 1)
    cases: list[tuple[dict[str, Any], list[uuid.UUID]]] = [
        ({}, everything), ({"kind": ["应急值守"]}, [special]), ({"evaluation": ["satisfied", "fair"]}, [plain, aged]),
        ({"recipient_kind": ["public"]}, [special]), ({"recipient_group": ["elderly"]}, [aged]), ({"collective": "yes"}, [special]),
        ({"collective": "no"}, [plain, aged]), ({"elsewhere": "yes"}, [special]), ({"elsewhere": "no"}, [plain, aged]),
        ({"within": ["420103"]}, [special]), ({"within": ["420102", "420103"]}, everything), ({"within": ["4201"]}, everything),
        ({"within": ["999"]}, []), ({"months": [month]}, everything), ({"months": [other]}, []), ({"weekdays": [weekday]}, everything),
        ({"since": today().isoformat()}, everything), ({"until": (today() - dt.timedelta(days=1)).isoformat()}, []),
        ({"minutes_at_least": 90}, [special, aged]), ({"minutes_below": 90}, [plain]), ({"hours_source": ["reported"]}, everything),
        ({"hours_source": ["officer"]}, []), ({"kind": ["应急值守"], "collective": "no"}, [])]
    assert [(where, found(tenant, **where)) for where, _expected in cases] == cases


def test_a_record_told_is_the_row_that_is_stored(tenant: TestTenant, member: TestMember) -> None:
    record_id = counted(tenant, member, collective=True, community_id=tenant.communities[-1], started_at=dt.time(19))
    with tenant.scope():
        fact = records.fact(records.locked(record_id))
        stored, told = (session().execute(select(source)).one() for source in (record_facts(), record_fact(fact)))
        assert (told, told._fields) == (stored, stored._fields)
        assert (stored.elsewhere, stored.collective, stored.outside_hours) == (True, True, True)


def test_a_record_told_with_gaps_is_still_a_row(tenant: TestTenant, member: TestMember) -> None:
    fact: RecordFact = make_record(member_id=member.id)
    with tenant.scope():
        row = session().execute(select(record_fact(fact))).one()
    assert (row.record_id, row.counted_on, row.county_path, row.outside_hours) == (fact.record_id, None, None, False)


def test_joins_that_nobody_asks_for_cost_nothing(tenant: TestTenant) -> None:
    with tenant.scope():
        facts = record_facts()
        plain, placed = (session().scalars(text(f"explain {select(columns).compile(session().connection(), compile_kwargs={'literal_binds': True})}"))
                         .all() for columns in (facts.c.minutes, facts.c.elsewhere))
    assert ("Join" in "\n".join(plain), "Join" in "\n".join(placed)) == (False, True)


@pytest.mark.parametrize(("spec", "expected"), [
    ({"of": "minutes"}, 150), ({"of": "times"}, 2), ({"of": "days"}, 1), ({"of": "months"}, 1), ({"of": "communities"}, 2),
    ({"of": "kinds"}, 1), ({"of": "minutes", "where": {"minutes_below": 90}}, 60), ({"of": "times", "where": {"kind": ["无"]}}, 0)])
def test_a_quantity_of_records(tenant: TestTenant, member: TestMember, spec: dict[str, Any], expected: int) -> None:
    counted(tenant, member, minutes=60)
    counted(tenant, member, minutes=90, community_id=tenant.communities[-1])
    counted(tenant, make_member(tenant, "李四"), minutes=45)
    with tenant.scope():
        facts, loaded = record_facts(), QuantitySchema().dump(QuantitySchema().load(spec))
        value = quantity(loaded, facts, today() - dt.timedelta(days=1), today())
        assert session().scalar(select(value).where(facts.c.member_id == member.id)) == expected
        before = quantity(loaded, facts, until=today() - dt.timedelta(days=1))
        assert session().scalar(select(before).where(facts.c.member_id == member.id)) == 0


@pytest.mark.parametrize(("day", "hour", "spare"), [
    (SATURDAY, None, True), (dt.date(2026, 11, 20), None, False), (dt.date(2026, 11, 20), dt.time(7, 59), True),
    (dt.date(2026, 11, 20), dt.time(8), False), (dt.date(2026, 11, 20), dt.time(17, 29), False), (dt.date(2026, 11, 20), dt.time(17, 30), True),
    (dt.date(2026, 10, 1), None, True),  # National Day
    (dt.date(2026, 10, 10), None, False),  # a Saturday on which people work instead
    (dt.date(2099, 1, 3), None, True),  # nobody knows that year's holidays yet: the weekend holds
    (dt.date(2099, 1, 5), None, False)])
def test_spare_time(day: dt.date, hour: dt.time | None, spare: bool) -> None:
    assert outside_hours(day, hour, ServiceSettings().load({})) is spare


def test_days_that_the_tenant_lays_down_come_first() -> None:
    values = ServiceSettings().load({"days_off": ["2026-11-20"], "working_days": ["2026-11-21"], "work_from": "09:00"})
    assert [outside_hours(day, None, values) for day in (dt.date(2026, 11, 20), SATURDAY)] == [True, False]
    assert outside_hours(SATURDAY, dt.time(8, 30), values) is True
