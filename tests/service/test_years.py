"""A member's year beside the norm, hours kept apart by where they come from, the card, and slips keyed in by the stack."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from core.audit.queries import EntryFilter, entries
from core.service import evaluation, records
from core.service.card import card_paper
from core.service.detail import evaluation_view, record_view
from core.service.evaluation import waiver_reason
from core.service.summary import MemberYear, counts_for_communities, counts_for_units, member_year, member_years
from core.tenancy import clock, today
from tenants.settings import save
from tests.service.conftest import Browser, service
from tests.service.test_records import OFFICER, write
from tests.support.factories import TestMember, TestTenant, make_member

Open = Callable[..., Browser]
MAY = clock.now().replace(month=5, day=20)  # a day of the year with others before and behind it


def count(tenant: TestTenant, member: TestMember, *, source: str = "reported", waived: bool = False, **changes: Any) -> uuid.UUID:
    """A record that counts, by visit or without a recipient."""
    with tenant.scope():
        given = service(tenant.communities[0], **({"recipient_kind": "public", "recipient": None} if waived else {}), **changes)
        record_id = records.submit(member.id, given, entered_by=None, hours_source=source)
        records.verify(record_id, 1, by=None)
        if waived:
            evaluation.waive(record_id, "广场清扫，没有具体对象", by=OFFICER)
        else:
            evaluation.key_in(record_id, "visit", "satisfied", None, today(), by=OFFICER)
    return record_id


@pytest.fixture
def year(tenant: TestTenant, member: TestMember) -> int:
    """Two services of one day and one of another kind and day: 1.5 hours each, one by the system's clock."""
    with clock.set_clock(MAY):
        count(tenant, member, source="system")
        count(tenant, member)
        count(tenant, member, kind="政策宣传", happened_on=today() - dt.timedelta(days=5))
        return today().year


@pytest.mark.parametrize(("values", "activities"), [
    ({}, 3), ({"norm_same_day": True}, 2), ({"norm_kinds": ["环境卫生"]}, 2), ({"norm_kinds": ["环境卫生"], "norm_same_day": True}, 1),
    ({"norm_kinds": ["健康义诊"]}, 0)])
def test_what_counts_towards_the_norm_is_the_places_choice(tenant: TestTenant, member: TestMember, year: int, values: dict[str, Any],
                                                           activities: int) -> None:
    with tenant.scope():
        save("service", values, tenant.counties[0], version=0)
    with tenant.scope():
        assert member_year(member.id, year) == MemberYear(year, activities, 270, 2, 3, 90)
        assert member_year(member.id, year - 1) == MemberYear(year - 1, 0, 0, 2)


def test_hours_are_kept_apart_for_member_community_and_unit(tenant: TestTenant, member: TestMember, year: int, browser: Open) -> None:
    with clock.set_clock(MAY):
        with tenant.scope():
            counts = [counts_for_communities(tenant.actor("community_officer").grants), counts_for_units(tenant.actor("unit_liaison").grants)]
        assert [(c.counted_minutes, c.system_minutes, c.hand_minutes) for c in counts] == [(270, 90, 180)] * 2
        pages = {address: re.sub(r"<[^>]+>|\s+", "", browser(account).get(address).get_data(as_text=True)) for account, address in (
            (member.account, "/"), (member.account, "/records/"), (tenant.accounts["unit_liaison"], "/records/filed/"),
            (tenant.accounts["unit_liaison"], "/records/filed/members"), (tenant.accounts["community_officer"], "/records/work/?status=counted"))}
    assert {address: "系统记录1.5小时，手工填写3小时" in text for address, text in pages.items()} == dict.fromkeys(pages, True)
    assert {address: text.count("1.5小时系统记录") for address, text in pages.items() if address not in ("/", "/records/filed/members")} == {
        "/records/": 1, "/records/filed/": 1, "/records/work/?status=counted": 1}
    assert ["今年参加3次（一般不少于2次）" in pages[a] for a in ("/", "/records/", "/records/filed/members")] == [True] * 3


def test_the_units_list_is_by_name_within_reach_and_costs_the_same(tenant: TestTenant, member: TestMember, browser: Open,
                                                                  statements: list[str]) -> None:
    make_member(tenant, "外人", unit=-1, residence=-1)
    liaison, costs = browser(tenant.accounts["unit_liaison"]), []
    for name in ("赵云", "李四"):
        make_member(tenant, name)
        statements.clear()
        page = liaison.get("/records/filed/members").get_data(as_text=True)
        costs.append(len(statements))
    names = re.findall(r'data-label="党员"[^>]*>\s*(\S+?)\s*</td>', page)
    assert (names, costs[0] == costs[1]) == (["李四", "王小明", "赵云"], True)
    found = liaison.post("/records/filed/members", text="zy").get_data(as_text=True)
    assert re.findall(r'data-label="党员"[^>]*>\s*(\S+?)\s*</td>', found) == ["赵云"]
    assert (liaison.post("/records/filed/members", text=" ").status_code, browser(member.account).get("/records/filed/members").status_code) == (303, 403)


def test_a_waiver_stands_in_the_log_and_on_the_record(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    with tenant.scope():
        save("service", {"public_waiver": True}, version=0)
    record_id = count(tenant, member, waived=True)
    with tenant.scope():
        assert [e.details for e in entries(EntryFilter(action="evaluation.waived"))] == [{"reason": "广场清扫，没有具体对象"}]
        assert waiver_reason(record_id) == "广场清扫，没有具体对象"
        assert card_paper(member.id, today().year, printed_by="x").rows[0][-1] == "免评价"
    pages = [browser(tenant.accounts["community_officer"]).get(f"/records/work/{record_id}"), browser(member.account).get(f"/records/{record_id}"),
             browser(tenant.accounts["unit_liaison"]).get(f"/records/work/{record_id}")]
    assert ["广场清扫，没有具体对象" in p.get_data(as_text=True) for p in pages] == [True] * 3


def test_the_card_holds_the_year_and_the_countys_title(tenant: TestTenant, member: TestMember, year: int, browser: Open) -> None:
    with tenant.scope():
        save("service", {"card_title": "党员服务纪实卡"}, tenant.counties[0], version=0)
    write(tenant, member, happened_on=today())
    with tenant.scope():
        paper = card_paper(member.id, year, printed_by="王小明")
        assert (paper.title, paper.member_name, [row[0] for row in paper.rows]) == ("党员服务纪实卡", "王小明", ["5-15", "5-20", "5-20"])
        assert sorted(row[3:] for row in paper.rows[1:]) == [["1.5（本人）", "001001社区", "已评价"], ["1.5（系统）", "001001社区", "已评价"]]
        assert paper.summary == "本年参加活动 3 次（一般不少于 2 次）；计入服务 3 条，共 4.5 小时，其中系统记录 1.5 小时、手工填写 3 小时。"
    mine = browser(member.account).get(f"/records/card?year={year}")
    theirs = browser(tenant.accounts["unit_liaison"]).get(f"/records/filed/members/{member.id}/card?year={year}")
    assert [(a.status_code, a.mimetype, a.data[:5]) for a in (mine, theirs)] == [(200, "application/pdf", b"%PDF-")] * 2
    strangers = [browser(tenant.others[role]).get(f"/records/filed/members/{member.id}/card") for role in ("community_officer", "county_officer")]
    assert [a.status_code for a in (*strangers, browser(member.account).get(f"/records/filed/members/{member.id}/card"))] == [404, 404, 403]
    with tenant.scope():
        assert [e.details for e in entries(EntryFilter(action="records.card_printed"))] == [{"year": year, "rows": 3}] * 2


def test_slips_are_keyed_in_by_the_stack(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    ids, foreign = [write(tenant, member, verified=True) for _n in range(2)], None
    with tenant.scope():
        codes = [evaluation.issue_code(one) for one in ids]
        other = records.submit(member.id, service(tenant.communities[-1]), entered_by=None)
        records.verify(other, 1, by=None)
        foreign = evaluation.issue_code(other)
    officer, day = browser(tenant.accounts["community_officer"]), today().isoformat()

    def key(code: str, rating: str = "fair") -> tuple[int, bool]:
        answer = officer.post("/records/work/keying", code=code, rating=rating, evaluated_on=day)
        return answer.status_code, "没有这个评价码" in answer.get_data(as_text=True)
    assert [key(f"{codes[0][:4]} {codes[0][4:]}"), key(codes[0]), key(foreign), key("1" * 12), key("12"), key(codes[1], "")] == [
        (303, False), (422, True), (422, True), (422, True), (422, False), (422, False)]
    assert key(codes[1], "dissatisfied") == (303, False)
    assert "请输入下一张" in officer.get(f"/records/work/keying?day={day}").get_data(as_text=True)
    with tenant.scope():
        assert [record_view(one).status for one in (*ids, other)] == ["counted", "counted", "verified"]
        assert [evaluation_view(one).channel for one in ids] == ["paper", "paper"]
    assert browser(tenant.accounts["unit_liaison"]).get("/records/work/keying").status_code == 403


def test_several_years_cost_two_queries(tenant: TestTenant, member: TestMember, statements: list[str]) -> None:
    people = [member.id, make_member(tenant, "李四").id]
    costs = []
    for number in (1, 2):
        with tenant.scope():
            member_year(member.id)  # settings are read once
            statements.clear()
            member_years(people[:number])
            costs.append(len(statements))
    assert costs == [2, 2]
