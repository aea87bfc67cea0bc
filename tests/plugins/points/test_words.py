"""What an entry says of itself, on a page and to a program, and what is given to a member who asks what is kept."""
from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

from flask import Flask
from sqlalchemy import func, select, update

from core import approvals
from core.access.tokens import create_token
from core.extension.dispatch import require
from core.rules.packs import checked
from core.tenancy import session, set_clock
from core.tenancy.clock import LOCAL
from plugins.points import cards, corrections, describing, exclusions, items, ledger, plugin as manifest, redemption, upkeep
from plugins.points.exclusions import ExclusionInput
from plugins.points.models import PointsAccount
from tests.plugins.points.packs import deed, publish, scheme, serve, withdraw
from tests.support.factories import TestMember, TestTenant, make_member

ON, TOLD = dt.date(2026, 3, 2), dt.date(2026, 11, 20)
PACK = scheme(
    deeds=[{"key": "gift", "title": "捐款"}, {"key": "crime", "title": "受到刑事处罚"}], veto=["crime"], decimals=1,
    rules=[{"key": "service", "title": "服务", "where": {"kind": ["困难帮扶"]}, "hours_cap": 2, "caps": [{"period": "month", "points": 2.5}],
            "multipliers": [{"title": "节假日", "where": {"outside_hours": "yes"}, "percent": 150}]},
           {"key": "round", "title": "巡逻", "where": {"kind": ["治安巡逻"]}, "per": "unit", "unit_size": 45, "points": 1},
           {"key": "gift", "title": "捐款", "source": "deed", "deed_kinds": ["gift"], "per": "unit", "unit_size": 100, "points": 1}],
    redemption={"enabled": True, "items": [{"key": "soap", "title": "肥皂", "price": 1}]}, cards=[{"key": "silver", "title": "银卡", "threshold": 1}],
    exclusions=[{"key": "review", "title": "正在接受审查", "effect": "spending"}], categories=[{"key": "c", "title": "类"}])


def test_every_entry_says_what_it_rests_on_and_what_was_left_of_it(app: Flask, tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        publish(PACK)
        first = serve(tenant, member, 150, ON)
        ledger.earn(first)
        ledger.earn(serve(tenant, member, 60, ON + dt.timedelta(days=1), outside_hours=True))
        ledger.earn(serve(tenant, member, 100, ON, kind="治安巡逻"))
        deed(member, "gift", ON, quantity=250)
        withdraw(first)
        withdraw(serve(tenant, member, 60, ON))
        deed(member, "crime", ON)
    with tenant.scope():
        token = create_token(tenant.actor("community_officer"), "test", ["points.read"], 30)
    answer = app.test_client().get(f"/api/v1/p/points/members/{member.id}", headers={"Authorization": f"Bearer {token}"}).get_json()
    service = "每小时 1 分，一次最多计 2 小时，节假日按 150% 计，每月最多 2.5 分"
    assert [(one["points"], one["minutes"], one["why"]) for one in reversed(answer["entries"])] == [
        (2, 120, f"{service}；服务 150 分钟，计 120 分钟"), (0.5, 60, f"{service}；按 150% 计；应得 1.5 分，按上限等规定计 0.5 分"),
        (2, 90, "每满 45 计 1 分；服务 100 分钟，计 90 分钟"), (2, 200, "每满 100 计 1 分"), (-1, 120, service), (0, 0, "服务撤回"),
        (-5.5, 1, "一票否决，当期积分清零")]
    with tenant.scope():
        from plugins.points.explaining import explained
        assert [one["what"] for one in reversed(explained(ledger.entries(member.id)))] == [
            "服务计入", "服务计入", "服务计入", "事项计入", "服务撤回，冲销", "服务撤回", "事项计入"]


def test_the_export_holds_all_that_is_kept_of_a_member_and_nothing_of_another(tenant: TestTenant, member: TestMember) -> None:
    other = make_member(tenant, "李四")
    with set_clock(TOLD), tenant.scope():
        publish(PACK)
        for one in (member, other):
            ledger.earn(serve(tenant, one, 120, ON))
            cards.give(one.id, "silver", by=None)
            redemption.ask(one.id, items.listed()[0].id, by=None)
        proposed = corrections.propose(member.id, -50, "一次服务重复登记", by=tenant.actor("community_officer"))
        approvals.confirm(proposed.id, by=tenant.actor("county_officer"))
        exclusions.exclude(member.id, ExclusionInput("review", TOLD, None, "组织通知"), by=None)
    with set_clock(TOLD), tenant.scope():
        found = {table.title: list(table.rows) for table in require("export_member_data", member_id=member.id)["points"]}
        theirs = {table.title: len(table.rows) for table in require("export_member_data", member_id=other.id)["points"]}
    day, rule = TOLD.isoformat(), "每小时 1 分，一次最多计 2 小时，节假日按 150% 计，每月最多 2.5 分"
    for row in (*found["积分兑换"], *found["积分更正"]):
        assert dt.datetime.fromisoformat(row.pop("at")).astimezone(LOCAL).date() == TOLD
    assert found == {
        "奉献积分": [entry(day, "corrected", -0.5, "人工更正", "一次服务重复登记"), entry(day, "redeemed", -1, "兑换：肥皂"),
                 entry("2026-03-02", "earned", 2, rule, minutes=120)],
        "积分：不列入的时间": [{"since": day, "until": None, "reason": "正在接受审查", "note": "组织通知", "effect": "spending"}],
        "积分兑换": [{"item": "肥皂", "points": 1, "status": "asked", "for_other": False}],
        "积分卡": [{"card": "银卡", "date": day, "points": 0}],
        "积分更正": [{"points": -0.5, "reason": "一次服务重复登记", "status": "confirmed"}]}
    assert theirs == {"奉献积分": 2, "积分兑换": 1, "积分卡": 1}


def entry(date: str, kind: str, points: float, rule: str, note: str | None = None, minutes: int = 0) -> dict[str, Any]:
    """A line of the export."""
    return {"date": date, "kind": kind, "points": points, "minutes": minutes, "rule": rule, "note": note}


def test_a_scheme_says_itself_whole_and_a_rule_that_gives_nothing_is_its_title() -> None:
    document = checked(manifest.rule_kinds[0], scheme(
        deeds=[{"key": "crime", "title": "受到刑事处罚"}], veto=["crime"], exclusions=[{"key": "x", "title": "正在接受审查"}],
        rules=[{"key": "a", "title": "服务", "category": "d"}, {"key": "b", "title": "聚餐不积分", "points": 0}],
        categories=[{"key": "c", "title": "类"}, {"key": "d", "title": "组", "caps": [{"points": 3}]}],
        cards=[{"key": "silver", "title": "银卡", "threshold": 10, "deduct": True}, {"key": "gold", "title": "金卡", "threshold": 20}],
        unit={"method": "average"}, notice={"every": "quarter", "days": 5}))
    assert describing.describe(document) == [
        "积分周期：一年，从 1 月 1 日起算；周期结束后全部结转。", "组·服务：每小时 1 分。", "聚餐不积分。", "组：每月最多 3 分。",
        "一票否决：发生受到刑事处罚的，当期积分清零。", "不列入积分：正在接受审查。", "满 10 分发银卡，发放时扣除这些分数。", "满 20 分发金卡。",
        "单位积分：在册党员人均。", "每季度公示一次，按姓名排列，不排名次，公示 5 天。"]


def test_a_balance_that_was_put_right_before_its_turn_is_not_mended_twice(tenant: TestTenant, member: TestMember) -> None:
    """Two balances are wrong when the nightly check looks; while it reports on the first, the second comes right."""
    other = make_member(tenant, "李四")
    with tenant.scope():
        for one in (member, other):
            ledger.earn(serve(tenant, one, 60, ON))
        session().execute(update(PointsAccount).values(balance=9900))
    reports: list[tuple[int, int]] = []

    def report(done: int, total: int) -> None:
        reports.append((done, total))
        session().execute(update(PointsAccount).where(PointsAccount.member_id == max(member.id, other.id)).values(balance=100))

    with tenant.scope():
        assert upkeep.check_balances(SimpleNamespace(progress=report)) == {"mended": 1}  # type: ignore[arg-type]
        assert reports == [(0, 2), (1, 2)]
        assert session().scalar(select(func.sum(PointsAccount.balance))) == 200
