"""What is refused, by a scheme's own fields and at the desk: each with its sentence, and with nothing left behind."""
from __future__ import annotations

import datetime as dt
import html
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from core import approvals
from core.approvals.deciding import expire
from core.approvals.models import Approval
from core.audit.models import AuditEntry
from core.errors import Conflict, Invalid, NotFound
from core.extension.dispatch import require
from core.rules.packs import checked
from core.tenancy import session, today
from plugins.points import cards, corrections, exclusions, items, ledger, notices, plugin as manifest, redemption
from plugins.points.exclusions import ExclusionInput
from plugins.points.models import PointsCard, PointsCorrection, PointsEntry, PointsExclusion, PointsItem, PointsRequest
from tests.plugins.points.packs import publish, scheme, serve
from tests.plugins.points.test_periods import job
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

Open = Callable[..., Browser]
RULE: dict[str, Any] = {"key": "a", "title": "甲"}
DEEDS = [{"key": "gift", "title": "捐款"}]
MISSING, TWICE = "没有代号为 x 的事项", "代号 a 用了两次，请换一个"
ITEMS = [{"key": "soap", "title": "肥皂", "price": 2, "stock": 5}, {"key": "leaflet", "title": "手册", "price": 0}]
PACK = scheme(redemption={"enabled": True, "items": ITEMS}, exclusions=[{"key": "review", "title": "正在接受审查"}],
              cards=[{"key": "silver", "title": "银卡", "threshold": 10, "deduct": True}, {"key": "star", "title": "标兵", "threshold": 4},
                     {"key": "gold", "title": "金卡", "threshold": 100}])
STALE = "刚被别人改过。请刷新页面，核对后再提交。"

FAULTS: list[tuple[dict[str, Any], dict[str, list[str]]]] = [
    ({"rules": [RULE, RULE]}, {"rules/1/key": [TWICE]}),
    ({"exclusions": [{"key": "a", "title": "甲"}] * 2, "cards": [{"key": "a", "title": "甲", "threshold": 1}] * 2},
     {"exclusions/1/key": [TWICE], "cards/1/key": [TWICE]}),
    ({"rules": [{**RULE, "category": "x"}]}, {"rules/0/category": ["没有代号为 x 的类别"]}),
    ({"rules": [{**RULE, "source": "deed"}]}, {"rules/0/deed_kinds": ["请写明依据哪些事项"]}),
    ({"deeds": DEEDS, "rules": [{**RULE, "source": "deed", "deed_kinds": ["x", "gift"]}], "veto": ["gift", "x"],
      "exclusions": [{"key": "a", "title": "甲", "deed_kinds": ["gift", "x"]}]},
     {"rules/0/deed_kinds": [MISSING], "veto": [MISSING], "exclusions/0/deed_kinds": [MISSING]}),
    ({"rules": [{**RULE, "category": "c", "caps": [{"period": "year", "points": 9}]}],
      "categories": [{"key": "c", "title": "类", "caps": [{"period": "year", "points": 5}, {"period": "month", "points": 5}]}]},
     {"categories/0/caps/1/period": ["类别的封顶期间不能短于其中规则的封顶期间"]}),
    ({"rules": [{**RULE, "caps": [{"period": "day", "times": 1}, {"period": "year"}]}], "categories": [{"key": "c", "title": "类", "caps": [{}]}]},
     {"categories/0/caps/0/points": ["请填最多几分"], "rules/0/caps/1/points": ["请填最多几分或最多几次"]}),
    ({"period": {"ceiling": 1, "floor": 2}}, {"period/ceiling": ["上限低于下限"]}),
    ({"carry": {"mode": "at_most"}}, {"carry/most": ["请填最多结转几分"]}), ({"carry": {"mode": "share"}}, {"carry/percent": ["请填结转百分之几"]}),
    ({"rules": [{**RULE, "points": 1.005}]}, {"rules/0/points": ["最多两位小数"]})]


def test_a_scheme_that_cannot_hold_together_is_refused_by_its_place() -> None:
    for changes, expected in FAULTS:
        with pytest.raises(Invalid) as refused:
            checked(manifest.rule_kinds[0], scheme(**changes))
        assert (changes, refused.value.fields) == (changes, expected)


@pytest.fixture
def rich(tenant: TestTenant, member: TestMember) -> TestMember:
    """A member with five points under a pack that has things, cards and a reason to be left out."""
    with tenant.scope():
        publish(PACK)
        ledger.earn(serve(tenant, member, 300, today()))
    return member


def left_behind(tenant: TestTenant) -> list[int]:
    """How many rows there are of what people do, entries and notes of them included."""
    with tenant.scope():
        return [session().scalar(select(func.count()).select_from(table)) or 0 for table in (
            PointsEntry, PointsRequest, PointsCard, PointsExclusion, PointsCorrection, PointsItem, AuditEntry)]


def test_what_nobody_can_do_leaves_nothing_behind(tenant: TestTenant, rich: TestMember) -> None:
    other = make_member(tenant, "李四")
    elsewhere = make_tenant("4228", name="恩施州", plugins=("points",))
    with elsewhere.scope():
        publish(PACK)
        foreign = items.listed()[0].id
    with tenant.scope():
        by_price = {one.title: one for one in items.listed()}
        soap, leaflet = by_price["肥皂"].id, by_price["手册"].id
        request = redemption.ask(rich.id, leaflet, by=None)  # nothing to pay, and no stock to take it from
        assert [(row.cost, row.status) for row in redemption.of_member(rich.id)] == [(0, "asked")]
        redemption.cancel(request, by=None)
        cards.give(rich.id, "star", by=None)
        assert ([(row.title, row.cost) for row in cards.of_member(rich.id)], ledger.balance(rich.id)) == ([("标兵", 0)], 500)
        out = exclusions.exclude(other.id, ExclusionInput("review", today(), None, "组织通知"), by=None)
    nobody = uuid.uuid4()
    cases: list[tuple[Callable[[], object], type[Exception], str, dict[str, list[str]] | None]] = [
        (lambda: redemption.ask(rich.id, soap, by=None, request_id=request) and redemption.ask(other.id, soap, by=None, request_id=request), Conflict,
         "这张表单已经用过，请重新打开后再提交。", None),
        (lambda: redemption.ask(rich.id, foreign, by=None), NotFound, "", None), (lambda: redemption.cancel(nobody, by=None), NotFound, "", None),
        (lambda: redemption.hand_over(nobody, by=None), NotFound, "", None),
        (lambda: redemption.hand_over(request, by=None), Conflict, "这件兑换已经处理过，请刷新页面查看最新状态。", None),
        (lambda: cards.give(rich.id, "copper", by=None), NotFound, "", None),
        (lambda: cards.give(rich.id, "gold", by=None), Conflict, "积分不够：现有 5 分，需要 100 分。", None),
        (lambda: cards.give(rich.id, "silver", by=None), Conflict, "积分不够：现有 5 分，需要 10 分。", None),
        (lambda: cards.give(rich.id, "star", by=None), Conflict, "本期已经发过“标兵”。", None),
        (lambda: cards.give(other.id, "star", by=None), Conflict, "目前不能发放：正在接受审查。", None),
        (lambda: exclusions.exclude(rich.id, ExclusionInput("x", today(), today() - dt.timedelta(days=1), " 无"), by=None), Invalid,
         "有几处需要改正，请看标红的项目。", {"reason_key": ["请从列表中选择"], "until": ["不能早于开始日期"], "note": ["请用 2 至 300 个字写明依据"]}),
        (lambda: exclusions.lift(nobody, 1, today(), by=None), NotFound, "", None),
        (lambda: exclusions.lift(out, 2, today(), by=None), Conflict, STALE, None),
        (lambda: exclusions.lift(out, 1, today() - dt.timedelta(days=2), by=None), Invalid, "解除日期早于开始日期。", {"until": ["不能早于开始日期"]}),
        (lambda: corrections.propose(rich.id, 0, "短", by=tenant.actor("county_officer")), Invalid, "有几处需要改正，请看标红的项目。",
         {"points": ["请填不为 0 的分数，减分填负数"], "reason": ["请用 4 至 300 个字写明理由"]}),
        (lambda: items.add(" ", -1, -1, for_others=False), Invalid, "有几处需要改正，请看标红的项目。",
         {"title": ["请用 1 至 40 个字写明"], "price": ["请填 0 至 10000 的数"], "stock": ["请填 0 至 1000000 的整数"]}),
        (lambda: items.change(foreign, 1, "肥皂", 1, 1, for_others=False, active=True), NotFound, "", None),
        (lambda: items.change(soap, 9, "肥皂", 1, 1, for_others=False, active=True), Conflict, STALE, None),
        (lambda: notices.notice(today(), today()), NotFound, "", None)]
    before = left_behind(tenant)
    for number, (act, kind, sentence, fields) in enumerate(cases):
        with pytest.raises(kind) as refused, tenant.scope():
            act()
        found = refused.value
        assert (number, str(found) if sentence else "", getattr(found, "fields", None) or None) == (number, sentence, fields)
    assert left_behind(tenant) == before


def test_what_a_form_cannot_mean_is_said_on_the_page(tenant: TestTenant, rich: TestMember, browser: Open) -> None:
    city = browser(tenant.accounts["city_administrator"])
    before = left_behind(tenant)[:6]
    number, whole, day = "分数不对，请填数字，最多两位小数。", "请填整数。", "请填写日期。"
    refused = [(f"/p/points/members/{rich.id}/corrections", {"points": text, "reason": "一次服务重复登记"}, number)
               for text in ("一分", "1.005", "1e9", "nan", "-Infinity")]
    refused += [("/p/points/items/keep", {"title": "雨伞", "price": "1", "stock": text}, whole) for text in ("1.5", "-1", "12345678")]
    refused += [("/p/points/backfill", {}, day), (f"/p/points/members/{rich.id}/exclusions", {"reason": "review", "note": "区纪委通知"}, day)]
    for address, form, sentence in refused:
        answer = city.post(address, "/p/points/", **form)
        assert (form, answer.status_code, told(city.get(answer.location).text)) == (form, 303, [sentence])
    assert left_behind(tenant)[:6] == before
    assert city.get("/p/points/me").status_code == 403  # an officer has no points of one's own
    pairs = ((f"exclusions/{uuid.uuid4()}/lift", {"version": "1", "until": today().isoformat()}), (f"requests/{uuid.uuid4()}/hand-over", {}),
             (f"members/{rich.id}/cards", {"card": "copper"}), ("items/keep", {"item": str(uuid.uuid4()), "title": "雨伞", "price": "1"}))
    assert [city.post(f"/p/points/{address}", "/p/points/", **form).status_code for address, form in pairs] == [404] * 4


def told(page: str) -> list[str]:
    """What a page says of the form that was sent."""
    return [html.unescape(one).strip() for one in re.findall(r'<div class="notice notice-danger">.*?<div>([^<]+)</div>', page, re.DOTALL)]


def test_a_correction_that_went_with_its_member_can_be_refused_and_expires(tenant: TestTenant, rich: TestMember) -> None:
    """Confirmed it is not; nor does it keep what else waits from being closed."""
    stays = make_member(tenant, "李四")
    with tenant.scope():
        one, other = tenant.actor("community_officer"), tenant.actor("county_officer")
        gone, late, kept = (corrections.propose(who.id, 100, "漏记了一次入户走访", by=one).id for who in (rich, rich, stays))
        require("erase_member_data", member_id=rich.id)
        with pytest.raises(Conflict, match="这项更正与申请时不一致，请退回后重新提出。"), session().begin_nested():
            approvals.confirm(gone, by=other)
    with tenant.scope():
        approvals.refuse(gone, "本人资料已删除", by=other)
        session().execute(Approval.__table__.update().values(expires_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)))  # type: ignore[attr-defined]
    with tenant.scope():
        assert expire() == 2
        assert dict(session().execute(select(Approval.id, Approval.status)).all()) == {gone: "refused", late: "expired", kept: "expired"}
        assert session().scalars(select(PointsCorrection.status)).all() == ["refused"]
        assert ledger.balance(rich.id) == 500


def test_a_confirmed_correction_whose_asker_lost_the_reach_is_not_carried_out(tenant: TestTenant, rich: TestMember) -> None:
    with tenant.scope():
        proposed = corrections.propose(rich.id, 100, "漏记了一次入户走访", by=tenant.actor("community_officer"))
        session().execute(PointsCorrection.__table__.update().values(points=90000))  # type: ignore[attr-defined]
    with pytest.raises(Conflict, match="这项更正与申请时不一致，请退回后重新提出。"), tenant.scope():
        approvals.confirm(proposed.id, by=tenant.actor("county_officer"))
    with tenant.scope():
        assert (ledger.balance(rich.id), session().scalars(select(PointsCorrection.status)).all()) == (500, ["proposed"])


def test_where_nothing_is_to_be_put_up_no_list_is_made(tenant: TestTenant, rich: TestMember) -> None:
    job(tenant, notices.KIND, today())
    with tenant.scope():
        assert notices.listed() == []
