"""Conditions and schemes in words: what is asked, what there is and what lacks, for each kind of condition."""
from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from core.rules.packs import checked
from core.tenancy import session
from plugins.stars import explaining, plugin as manifest, words
from plugins.stars.evaluating import standings
from tests.plugins.stars.conftest import deed, hours, level, scheme, serve, simple
from tests.support.factories import TestMember, TestTenant

KIND = manifest.rule_kinds[0]
CUT = dt.date(2026, 6, 30)
DEEDS = [{"key": "award", "title": "获得表彰", "levels": ["省级", "市级"]}, {"key": "gift", "title": "捐款", "counted_in": "元"},
         {"key": "crime", "title": "受到处罚"}]
CONDITIONS: list[tuple[dict[str, Any], int, tuple[str, str, str]]] = [
    ({"needs": "share", "percent": 80, "window": "months", "months": 24,
      "quantity": {"of": "times", "where": {"evaluation": ["satisfied"], "kind": ["文明劝导", "环境卫生"]}}}, 75,
     ("最近 2 年内（文明劝导、环境卫生，满意）服务次数占比不低于 80%", "75%", "还差 5 个百分点")),
    ({"needs": "held", "months": 6}, -1, ("持有低一级满 6 个月", "还没有低一级", "还差 6 个月")),
    ({"needs": "held", "months": 6}, 4, ("持有低一级满 6 个月", " 4 个月", "还差 2 个月")),
    ({"needs": "continuity", "period": "quarter", "periods": 4, "hours_at_least": 1.25}, 1,
     ("最近 4 个季度，每季度服务时长不少于 1.25 小时", "1 个季度", "还差 3 个季度")),
    ({"needs": "amount", "at_least": 50, "window": "year", "quantity": {"of": "measure", "measure": "points.balance"}}, 20,
     ("评定当年points.balance不少于 50", " 20", "还差 30")),
    ({"needs": "amount", "at_least": 100, "quantity": {"of": "deed_quantity", "deed_kinds": ["gift"]}}, 60, ("捐款不少于 100 元", " 60 元", "还差 40 元")),
    ({"needs": "amount", "at_least": 1, "quantity": {"of": "deeds", "deed_kinds": ["award", "gift"], "deed_levels": ["省级", "市级"]}}, 1,
     ("获得表彰或捐款（省级、市级）不少于 1 次", " 1 次", "")),
    ({"needs": "amount", "at_least": 3, "quantity": {"of": "communities", "where": {"within": ["420102"], "outside_hours": "yes"}}}, 2,
     ("（工作时间以外，限 420102）服务过的社区数不少于 3 个社区", " 2 个社区", "还差 1 个社区"))]


def test_each_condition_says_what_it_asks_what_there_is_and_what_lacks() -> None:
    for condition, value, expected in CONDITIONS:
        document = checked(KIND, simple(1) | {"levels": [level(1, condition)], "deeds": DEEDS})
        found = words.standing(document["levels"][0]["ways"][0]["conditions"][0], value, document)
        assert (found.asks, found.has, found.lacks) == expected


def test_a_scheme_says_itself_whole(tenant: TestTenant) -> None:
    with tenant.scope():
        pack = scheme(simple(
            10, deeds=DEEDS, no_skipping=True, counts={"kind": ["环境卫生"]}, left_out=[{"title": "本职", "where": {"kind": ["本职工作"]}}],
            exclusions=[{"title": "处罚", "deed_kinds": ["crime"], "months": 12}, {"title": "开除", "deed_kinds": ["crime"]}], entry="nomination",
            cycle="dates", cut_offs=["06-30", "11-30"], review={"after": "lower", "valid_months": 24, "conditions": [hours(5, window="year")]}))
        assert explaining.describe(pack.document) == [
            "1 星：服务时长不少于 10 小时；由社区审批。", "逐级评定，不能越级。", "只计（环境卫生）服务。", "不计入：本职。",
            "不予评定：处罚（截止日前 1 年内）。", "不予评定：开除。", "由组织提名，本人不能自荐（单位、社区）；每年 6 月 30 日、11 月 30 日 截止。",
            "审批后公示 3 天，无异议的授予。", "有效期 2 年；每年 12 月 31 日 复核：评定当年服务时长不少于 5 小时的保留，否则降一级。"]


def test_who_is_kept_out_is_told_why_and_the_first_level_asks_for_none_below(tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 10, CUT)
    with tenant.scope():
        pack = scheme(simple(10, deeds=DEEDS, exclusions=[{"title": "受到处罚", "deed_kinds": ["crime"], "months": 12}])
                      | {"levels": [level(2, {"needs": "held", "months": 6}, hours(10)), level(3, {"needs": "held", "months": 6}, hours(10))]})

    def judged() -> tuple[int, str]:
        with tenant.scope():
            standing = standings(pack, CUT, member.id)
            row = session().execute(select(standing.c.due, standing.c.explanation)).one()
            return row.due, KIND.why(row.explanation, pack.document)

    due, said = judged()
    assert (due, said.split("。")) == (2, ["3 星（未达到）持有低一级满 6 个月：还没有低一级，还差 6 个月；服务时长不少于 10 小时：10 小时",
                                         "2 星（已达到）持有低一级满 6 个月：不要求；服务时长不少于 10 小时：10 小时"])
    deed(tenant, member, "crime", dt.date(2025, 7, 1))
    assert judged() == (0, "不予评定：受到处罚")
    assert (KIND.why(None, pack.document), KIND.show(0, pack.document), KIND.show(3, pack.document)) == ("", "未达到", "3 星")
