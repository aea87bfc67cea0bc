"""Meetings and campaigns of a unit, the API, and what lists cost."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from core.access.tokens import create_token
from core.organizations import tree
from core.tenancy import today
from plugins.unit_desk.models import Attendance, Campaign, Filing, Lookup, Meeting, Request
from tests.plugins.unit_desk.conftest import rows
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant, make_member

Open = Callable[..., Browser]
Serve = Callable[..., uuid.UUID]
DAY = dt.timedelta(days=1)


def test_a_meeting_with_the_three_questions_and_who_came(browser: Open, tenant: TestTenant, member: TestMember, below: Any) -> None:
    other = make_member(tenant, "赵工")
    liaison = browser(tenant.accounts["unit_liaison"])
    form = {"unit": tenant.units[0], "key": str(uuid.uuid4()), "kind": "mobilisation", "held_on": today().isoformat(), "place": "三楼会议室", "summary": "书记讲话",
            "member": [str(member.id), str(below[2].id)]}
    late = liaison.post("/p/unit_desk/meetings/new", **(form | {"held_on": (today() + DAY).isoformat()}))
    assert (late.status_code, "书记讲话" in late.text, f'value="{member.id}" checked' in late.text) == (422, True, True)
    assert [liaison.post("/p/unit_desk/meetings/new", **form).status_code for _twice in range(2)] == [303, 303]
    [(meeting_id,)] = rows(tenant, Meeting, Meeting.id)
    assert rows(tenant, Attendance, Attendance.member_id) == [(member.id,)]  # who is of another unit was not there
    page = liaison.get(f"/p/unit_desk/meetings/{meeting_id}").text
    assert [part in page for part in ("为什么进社区", "进社区干什么", "到社区怎么做", "三楼会议室", "王小明", "参加党员（1 人）")] == [True] * 6
    address, change = f"/p/unit_desk/meetings/{meeting_id}/edit", {name: value for name, value in form.items() if name not in ("unit", "key")}
    assert [liaison.post(address, version=version, **(change | {"member": str(other.id)})).status_code for version in (1, 1)] == [303, 409]
    assert rows(tenant, Attendance, Attendance.member_id) == [(other.id,)]
    county = browser(tenant.accounts["county_officer"])
    assert [county.get(f"/p/unit_desk/meetings/{meeting_id}").status_code, county.get(address).status_code, browser(below[1]).get(address).status_code] == [
        200, 403, 404]
    assert [liaison.post(address, version=2, act="remove", **more).status_code for more in ({}, {"confirmed": "yes"})] == [200, 303]
    assert rows(tenant, Meeting, Meeting.id) == rows(tenant, Attendance, Attendance.id) == []


def test_a_service_month_is_counted_by_the_system(browser: Open, tenant: TestTenant, member: TestMember, below: Any, served: Serve) -> None:
    """Records of the period, of the units, in the communities: each of the three has a record beside it that must not count."""
    foreign = make_member(tenant, "孙外", unit=1)
    served(member, today()), served(member, today()), served(below[2], today(), minutes=30), served(member, today() - DAY)
    served(foreign, today()), served(member, today(), verified=False)
    liaison = browser(tenant.accounts["unit_liaison"])
    form: dict[str, Any] = {"unit": tenant.units[0], "key": str(uuid.uuid4()), "kind": "month", "theme": "学雷锋服务月", "starts_on": today().isoformat(),
                            "ends_on": (today() + 20 * DAY).isoformat(), "whole": "true", "communities": ""}
    assert liaison.post("/p/unit_desk/campaigns/new", **(form | {"ends_on": (today() - DAY).isoformat()})).status_code == 422
    wrong = liaison.post("/p/unit_desk/campaigns/new", **(form | {"communities": "没有的社区"}))
    assert (wrong.status_code, "没有找到“没有的社区”" in wrong.text) == (422, True)
    assert [liaison.post("/p/unit_desk/campaigns/new", **form).status_code for _twice in range(2)] == [303, 303]
    [(campaign_id,)] = rows(tenant, Campaign, Campaign.id)
    address = f"/p/unit_desk/campaigns/{campaign_id}"
    with tenant.scope():
        token = create_token(tenant.actor("unit_liaison"), "office", ["unit_desk.read"], 1)
        elsewhere = tree.get(tenant.communities[1]).code

    def counted() -> tuple[int, int, int]:
        found = browser().client.get(f"/api/v1{address}", headers={"Authorization": f"Bearer {token}"}).json
        return found["members"], found["records"], found["minutes"]
    assert counted() == (2, 3, 210)
    page = liaison.get(address).text
    assert [part in page for part in ("学雷锋服务月", "另有 1 条待社区查验", "第0单位机关服务中心", "第1单位")] == [True, True, True, False]
    change = {name: value for name, value in form.items() if name not in ("unit", "key", "whole")}
    assert liaison.post(f"{address}/edit", version=1, **change).status_code == 303
    assert counted() == (1, 2, 180)  # the unit alone
    assert liaison.post(f"{address}/edit", version=2, **(change | {"communities": elsewhere})).status_code == 303
    assert counted() == (0, 0, 0)
    assert liaison.post(f"{address}/edit", version=2, **change).status_code == 409
    assert liaison.get(f"{address}/export").data.startswith(b"PK")
    assert [browser(account).get(address).status_code for account in (tenant.accounts["county_officer"], tenant.others["county_officer"], below[1])] == [
        200, 404, 404]


def test_the_api_notes_asks_answers_and_files(browser: Open, tenant: TestTenant, member: TestMember, served: Serve) -> None:
    foreign = make_member(tenant, "孙外", unit=1)
    served(member, today())
    with tenant.scope():
        token = create_token(tenant.actor("unit_liaison"), "office", ["unit_desk.read", "unit_desk.manage"], 1)
    client = browser().client

    def ask(method: str, address: str, **values: Any) -> Any:
        return client.open(f"/api/v1/p/unit_desk{address}", method=method, headers={"Authorization": f"Bearer {token}"}, json=values or None)
    assert [one["name"] for one in ask("GET", "/lookups").json] == ["王小明"]
    both = [str(member.id), str(foreign.id)]
    assert ask("POST", "/lookups", looked_on=today().isoformat(), members=both, remarks={both[0]: "好"}).json == {"count": 1}
    assert rows(tenant, Lookup, Lookup.remark) == [("好",)]
    assert ask("GET", "/lookups").json == []
    key = str(uuid.uuid4())
    [request_id] = ask("POST", "/requests", key=key, members=[str(member.id)], says="请参加活动").json["ids"]
    assert ask("POST", "/requests", key=key, members=[str(member.id)], says="请参加活动").json["ids"] == [request_id]
    assert ask("POST", f"/requests/{request_id}/answer", version=2, kind="done").status_code == 409
    assert ask("POST", f"/requests/{request_id}/answer", version=1, kind="answer", says="好的").json["state"] == "answered"
    assert [one["id"] for one in ask("GET", "/requests?tab=answered").json] == [request_id]
    assert [(one["name"], one["records"], one["minutes"]) for one in ask("GET", "/filings").json] == [("王小明", 1, 90)]
    assert (ask("POST", "/filings", starts_on=None).json, ask("GET", "/filings").json) == ({"count": 1}, [])
    assert ask("POST", "/filings", starts_on=None).status_code == 422
    assert ask("GET", f"/lookups?unit_id={tenant.units[1]}").status_code == 404
    assert [len(rows(tenant, model, model.id)) for model in (Lookup, Request, Filing)] == [1, 1, 1]


def test_lists_cost_the_same_for_one_row_and_for_three(browser: Open, tenant: TestTenant, served: Serve, statements: list[str]) -> None:
    liaison = browser(tenant.accounts["unit_liaison"])
    first = make_member(tenant, "王一", account=True)
    own = browser(first.account)
    pages = [(liaison, f"/p/unit_desk/{page}") for page in ("", "members", "lookups/", "requests/", "cases/", "filing/", "meetings/", "campaigns/",
                                                           f"members/{first.id}")]
    pages.append((own, "/p/unit_desk/me"))

    def grow(person: TestMember) -> None:
        served(person, today())
        unit = tenant.units[0]
        liaison.post("/p/unit_desk/requests/new", unit=unit, key=str(uuid.uuid4()), says="请参加活动", member=[str(person.id), str(first.id)])
        own.post("/p/unit_desk/me/cases", key=str(uuid.uuid4()), kind="其他", words="有困难")
        liaison.post("/p/unit_desk/meetings/new", unit=unit, key=str(uuid.uuid4()), kind="discussion", held_on=today().isoformat(), place="会议室", summary="")
        liaison.post("/p/unit_desk/campaigns/new", unit=unit, key=str(uuid.uuid4()), kind="day", theme="清洁家园", starts_on=today().isoformat(),
                     ends_on=today().isoformat(), communities="")

    def cost() -> list[tuple[int, int]]:
        found = []
        for who, address in pages:
            statements.clear()
            found.append((len(who.get(address).text), len(statements)))
        return found
    grow(first)
    cost()
    one = cost()
    for name in ("李二", "张三"):
        grow(make_member(tenant, name))
    three = cost()
    assert counts(one) == counts(three) == COUNTS
    grown = [address for (_who, address), few, many in zip(pages, one, three, strict=True) if many[0] > few[0]]
    assert [address for _who, address in pages[1:] if address not in grown] == []  # the twin: lists did grow; the first page counts only


COUNTS = "13 6 9 5 5 8 5 5 23 10"


def counts(found: list[tuple[int, int]]) -> str:
    """The numbers of statements in one line, so that a difference is seen."""
    return " ".join(str(count) for _length, count in found)
