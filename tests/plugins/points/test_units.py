"""A unit's own deeds, and what a deed does beside points: each undone with it, whichever news comes first."""
from __future__ import annotations

import datetime as dt
import uuid
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from core.audit.models import AuditEntry
from core.extension.dispatch import tell
from core.extension.facts import DeedFact
from core.rules.models import Deed, RulePack
from core.tenancy import now, session
from plugins.points import backfill, exclusions, ledger, units
from plugins.points.models import PointsAccount, PointsEntry
from tests.plugins.points.packs import publish, scheme, serve
from tests.plugins.points.test_periods import job
from tests.support.factories import TestMember, TestTenant, make_member

ON = dt.date(2026, 3, 2)
AWARD = {"key": "award", "title": "先进集体", "for_units": True, "levels": ["省级", "市级"]}
DISCIPLINE = {"key": "discipline", "title": "受到处分"}
RULES = [{"key": "award", "title": "集体表彰", "source": "deed", "deed_kinds": ["award"], "per": "time", "points": 2, "table": [{"level": "省级", "points": 5}]},
         {"key": "each", "title": "每次另加", "source": "deed", "deed_kinds": ["award"], "deed_levels": ["省级"], "per": "unit", "unit_size": 2, "points": 1},
         {"key": "service", "title": "服务"}]


def of_unit(unit_id: uuid.UUID | None, level: str, quantity: int = 1, kind: str = "award") -> DeedFact:
    """An approved deed of a unit, not yet told of."""
    row = Deed(unit_id=unit_id, kind=kind, level=level, quantity=quantity, happened_on=ON, evidence="见通报", status="approved", approved_on=ON,
               created_at=now())
    session().add(row)
    session().flush()
    return DeedFact(row.id, None, unit_id, kind, level, quantity, ON, ON)


def ledger_of(unit_id: uuid.UUID | None) -> tuple[int | None, list[tuple[str, str, int, int, str]]]:
    """A unit's balance and entries, from the oldest on: kind, rule, points, what was counted, in words."""
    of = PointsEntry
    balance = session().scalar(select(PointsAccount.balance).where(PointsAccount.unit_id == unit_id))
    return balance, [tuple(row) for row in session().execute(
        select(of.kind, of.rule_key, of.points, of.minutes, of.rule).where(of.unit_id == unit_id).order_by(of.id))]


def test_a_units_own_deed_goes_to_the_unit_once_and_back_with_it(tenant: TestTenant, member: TestMember) -> None:
    unit, other = tenant.units[0], tenant.units[1]
    make_member(tenant, "李四", unit=1)
    with tenant.scope():
        publish(scheme(deeds=[AWARD], rules=RULES, veto=["award"], unit={"method": "none", "base": 1, "ceiling": 7}))
        first, second = of_unit(unit, "省级", 5), of_unit(unit, "市级")
        for fact in (first, first, second):
            tell("deed_counted", deed=fact)
        earned = [("earned", "award", 500, 1, "省级 5 分，其他每次 2 分"), ("earned", "each", 200, 4, "每满 2 计 1 分"),
                  ("earned", "award", 200, 1, "省级 5 分，其他每次 2 分")]
        assert (ledger_of(unit), ledger_of(other)) == ((900, earned), (None, []))
        assert [(row.name, row.members, row.serving, int(row.own), int(row.points)) for row in units.listed(("",), ON)] == [
            ("第0单位", 1, 0, 900, 700), ("第1单位", 1, 0, 0, 100)]
        assert units.place_of(uuid.uuid4(), ("",)) is None
        after = units.place_of(unit, ("",))
        assert [row.id for row in units.listed(("",), ON, after)] == [other]
        assert ledger.balance(member.id) == 0
    with tenant.scope():
        for _twice in range(2):
            tell("deed_withdrawn", deed=first)
        tell("deed_counted", deed=first)
        assert ledger_of(unit) == (200, [*earned, ("reversed", "award", -500, 1, earned[0][4]), ("reversed", "each", -200, 4, earned[1][4])])
    with tenant.scope():
        told = session().execute(select(AuditEntry.action, AuditEntry.details["points"].as_integer()).where(AuditEntry.object_id == first.deed_id)
                                 .order_by(AuditEntry.id)).all()
        assert told == [("points.earned", 500), ("points.earned", 200), ("points.reversed", -500), ("points.reversed", -200)]


def test_late_news_of_a_units_withdrawn_deed_brings_nothing(tenant: TestTenant) -> None:
    with tenant.scope():
        publish(scheme(deeds=[AWARD], rules=RULES))
        fact = of_unit(tenant.units[0], "省级")
        for hook in ("deed_withdrawn", "deed_counted", "deed_withdrawn"):
            tell(hook, deed=fact)
        assert ledger_of(tenant.units[0]) == (0, [("reversed", "", 0, 0, "事项撤回")])


def test_a_unit_gets_nothing_where_no_rule_speaks_of_deeds_or_the_scheme_is_over(tenant: TestTenant) -> None:
    with tenant.scope():
        pack = publish(scheme(deeds=[AWARD]))
        units.earn(of_unit(tenant.units[0], "省级"))
        session().execute(RulePack.__table__.update().where(RulePack.id == pack.id).values(ended_on=ON))  # type: ignore[attr-defined]
    with tenant.scope():
        units.earn(of_unit(tenant.units[0], "省级"))
        assert ledger_of(tenant.units[0]) == (None, [])


def test_a_deed_leaves_its_member_out_by_the_countys_own_pack_and_for_as_long_as_it_stands(tenant: TestTenant, member: TestMember) -> None:
    barring = scheme(deeds=[DISCIPLINE], exclusions=[{"key": "punished", "title": "受到处分", "deed_kinds": ["discipline"], "months": 2, "effect": "earning"}])
    with tenant.scope():
        publish(barring, organization_id=tenant.counties[0])  # elsewhere the plain rule of the settings holds
        ledger.earn(serve(tenant, member, 60, dt.date(2027, 1, 5), community_id=tenant.communities[7]))
        row = Deed(member_id=member.id, unit_id=member.unit_id, kind="discipline", quantity=1, happened_on=dt.date(2026, 12, 31), evidence="见文件",
                   status="approved", approved_on=ON, created_at=now())
        session().add(row)
        session().flush()
        fact = DeedFact(row.id, member.id, member.unit_id, "discipline", None, 1, row.happened_on, ON)
        for _twice in range(2):
            tell("deed_counted", deed=fact)
        assert standing(member) == [("受到处分", dt.date(2026, 12, 31), dt.date(2027, 2, 27), "")]
        assert [exclusions.in_force(member.id, day, "both", "earning") for day in (dt.date(2027, 2, 27), dt.date(2027, 2, 28))] == ["受到处分", None]
        assert ledger.balance(member.id) == 0
    with tenant.scope():
        for hook in ("deed_withdrawn", "deed_counted"):
            tell(hook, deed=fact)
        assert [(row.kind, row.points) for row in reversed(ledger.entries(member.id)) if row.points] == [
            ("earned", 100), ("settled", -100), ("settled", 100)]
        assert standing(member) == [("受到处分", dt.date(2026, 12, 31), dt.date(2026, 12, 30), "")]
        late = DeedFact(uuid.uuid4(), member.id, member.unit_id, "discipline", None, 1, ON, ON)
        for hook in ("deed_withdrawn", "deed_counted"):
            tell(hook, deed=late)
        assert len(standing(member)) == 1


def standing(member: TestMember) -> list[tuple[Any, ...]]:
    """The member's exclusions: why, from which day to which, the note."""
    return [(row.reason, row.since, row.until, row.note) for row in exclusions.of_member(member.id)]


def test_deeds_of_before_are_scored_with_the_records_and_what_no_scheme_holds_for_is_left(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        pack = publish(scheme(deeds=[AWARD], rules=RULES), dt.date(2026, 6, 1))
        told = [of_unit(tenant.units[0], "市级"), of_unit(tenant.units[0], "省级")]
        session().execute(Deed.__table__.update().where(Deed.id == told[1].deed_id).values(  # type: ignore[attr-defined]
            unit_id=member.unit_id, member_id=member.id, happened_on=dt.date(2026, 7, 1)))
        serve(tenant, member, 60, dt.date(2026, 7, 2))
        serve(tenant, member, 180, dt.date(2026, 9, 2))
        session().execute(RulePack.__table__.update().where(RulePack.id == pack.id).values(ended_on=dt.date(2026, 9, 1)))  # type: ignore[attr-defined]
    for _twice in range(2):
        job(tenant, backfill.KIND, dt.date(2026, 12, 1), since="2026-01-01")
    with tenant.scope():
        assert sorted((row.source, row.rule_key, row.points) for row in ledger.entries(member.id)) == [
            ("deed", "award", 500), ("deed", "each", 0), ("record", "service", 100)]
        assert ledger_of(tenant.units[0]) == (None, [])
        late = serve(tenant, member, 60, dt.date(2026, 8, 2))
    states: list[dict[str, Any]] = []
    broken_off = SimpleNamespace(payload={"since": "2026-01-01"}, checkpoint=lambda state, **_more: states.append(dict(state)), state={
        "day": "2026-08-01", "id": str(uuid.UUID(int=0)), "done": 7, "entries": 9, "deeds": True})
    with tenant.scope():  # taken up again after the records up to August and all deeds
        assert backfill.run(broken_off) == {"records": 9, "entries": 10}  # type: ignore[arg-type]
        assert [(row.source_id, row.points) for row in ledger.entries(member.id, limit=1)] == [(late.record_id, 100)]
        assert [(state["done"], state["entries"]) for state in states] == [(9, 10)]
