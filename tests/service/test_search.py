"""Searching and exporting the lists of records: exactly what fits, from one's own reach, with no name in an address or a job."""
from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from core.access.models import Account
from core.audit.queries import EntryFilter, entries
from core.errors import Invalid
from core.jobs.models import Job
from core.jobs.running import run_due
from core.service import export, records
from core.service.queries import PAGE, RecordFilter
from core.tenancy import session, today
from tests.service.conftest import Browser, service
from tests.service.test_records import write
from tests.support.factories import TestTenant, make_member, make_tenant
from web.pages.records.narrowing import narrowed

Open = Callable[..., Browser]
DAYS = [today() - dt.timedelta(days=n) for n in range(4)]


@pytest.fixture
def city(tenant: TestTenant) -> TestTenant:
    """Four verified and four waiting records of three members; the same names and words in other places and in another city."""
    other = make_tenant("4228", name="恩施州")
    for place, there, suffix in ((tenant, 0, ""), (tenant, -1, "（外）"), (other, 0, "（外市）")):
        ming, fang, four = (make_member(place, name, unit=there, residence=there) for name in ("王小明", "王芳", "李四"))
        with place.scope():
            for verified in (False, True):
                for who, title, kind, day in ((ming, "清扫楼道", "环境卫生", 3), (fang, "入户讲政策", "政策宣传", 2),
                                              (four, "楼道巡逻", "治安巡逻", 1), (ming, "修剪KN花木", "环境卫生", 0)):
                    given = service(place.communities[there], title=title + suffix, kind=kind, happened_on=DAYS[day])
                    made = records.submit(who.id, given, entered_by=None)
                    if verified:
                        records.verify(made, 1, by=None)
    return tenant


def titles(answer: Any) -> list[str]:
    """What the list shows, in order."""
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return re.findall(r'data-label="服务内容"[^>]*>\s*(.*?)\s*</td>', answer.get_data(as_text=True), re.DOTALL)


CASES: list[tuple[dict[str, str], list[str]]] = [
    ({"name": "王小明"}, ["清扫楼道", "修剪KN花木"]), ({"name": "王"}, ["清扫楼道", "入户讲政策", "修剪KN花木"]),
    ({"name": "wangf"}, ["入户讲政策"]), ({"name": "ls"}, ["楼道巡逻"]), ({"name": "小明"}, []), ({"name": "赵"}, []),
    ({"title": "楼道"}, ["清扫楼道", "楼道巡逻"]), ({"title": "kn"}, ["修剪KN花木"]), ({"title": "%"}, []),
    ({"name": "王", "title": "楼道"}, ["清扫楼道"]), ({"name": "王", "kind": "政策宣传"}, ["入户讲政策"]),
    ({"title": "楼道", "since": str(DAYS[2])}, ["楼道巡逻"]), ({"name": "王", "until": str(DAYS[2])}, ["清扫楼道", "入户讲政策"]),
    ({"name": "王", "since": str(DAYS[0]), "until": str(DAYS[2])}, ["入户讲政策", "修剪KN花木"]),  # in the wrong order
]


def test_a_search_finds_what_fits_in_ones_own_reach(city: TestTenant, browser: Open) -> None:
    officer, liaison = browser(city.accounts["community_officer"]), browser(city.accounts["unit_liaison"])
    for form, expected in CASES:
        found = [titles(officer.post("/records/work/search", status="submitted", **form)),
                 titles(officer.post("/records/work/search", status="submitted", tab="verified", **form)),
                 titles(officer.post("/records/work/search", status="counted", **form)),
                 titles(liaison.post("/records/filed/search", **form))]
        assert (form, found) == (form, [expected, expected, [], expected[::-1]])


QUERIES = [
    ("kind=环境卫生", ["清扫楼道", "修剪KN花木"]), (f"since={DAYS[1]}", ["楼道巡逻", "修剪KN花木"]), (f"until={DAYS[3]}", ["清扫楼道"]),
    (f"since={DAYS[2]}&until={DAYS[1]}", ["入户讲政策", "楼道巡逻"]), (f"kind=环境卫生&since={DAYS[2]}", ["修剪KN花木"]),
    ("kind=没有这类&since=昨天", ["清扫楼道", "入户讲政策", "楼道巡逻", "修剪KN花木"]),
    ("name=李四&title=巡逻", ["清扫楼道", "入户讲政策", "楼道巡逻", "修剪KN花木"])]  # a name in an address is not read


def test_kind_and_days_stand_in_the_address(city: TestTenant, browser: Open) -> None:
    officer, liaison = browser(city.accounts["community_officer"]), browser(city.accounts["unit_liaison"])
    for query, expected in QUERIES:
        found = [titles(officer.get(f"/records/work/?{query}")), titles(liaison.get(f"/records/filed/?{query}"))]
        assert (query, found) == (query, [expected, expected[::-1]])


@pytest.mark.parametrize(("page", "extra"), [("work", {"status": "verified"}), ("filed", {})])
def test_without_a_text_the_filter_goes_back_to_the_address(city: TestTenant, browser: Open, page: str, extra: dict[str, str]) -> None:
    one = browser(city.accounts["community_officer" if page == "work" else "unit_liaison"])
    answer = one.post(f"/records/{page}/search", name=" ", title="", kind="环境卫生", since=str(DAYS[2]), until="", **extra)
    status = "status=verified&" if page == "work" else ""
    assert (answer.status_code, answer.location) == (303, f"/records/{page}/?{status}kind=环境卫生&since={DAYS[2]}".replace(
        "环境卫生", "%E7%8E%AF%E5%A2%83%E5%8D%AB%E7%94%9F"))
    assert set(titles(one.get(answer.location))) == {"修剪KN花木"}


def test_a_searched_list_pages_and_a_strange_place_in_it_is_its_beginning(city: TestTenant, browser: Open) -> None:
    person, elsewhere = make_member(city, "赵云"), make_tenant("4211", name="黄冈市")
    strange = write(elsewhere, make_member(elsewhere, "赵云"), verified=True, title="巡查外市", happened_on=DAYS[3])
    with city.scope():
        for number in range(PAGE + 2):
            made = records.submit(person.id, service(city.communities[0], title=f"巡查{number}"), entered_by=None)
            records.verify(made, 1, by=None)
    for account, page, extra in (("community_officer", "work", {"status": "verified"}), ("unit_liaison", "filed", {})):
        one = browser(city.accounts[account])
        first = one.post(f"/records/{page}/search", name="zy", **extra)
        after = re.findall(r'form="record-search" name="after" value="([^"]+)"', first.get_data(as_text=True))
        second = one.post(f"/records/{page}/search", name="zy", after=after[0], **extra)
        seen = titles(first) + titles(second)
        assert (len(titles(first)), len(titles(second)), sorted(seen)) == (PAGE, 2, sorted(f"巡查{n}" for n in range(PAGE + 2)))
        assert 'name="after"' not in second.get_data(as_text=True)
        assert titles(one.post(f"/records/{page}/search", name="zy", after=strange, **extra)) == titles(first)


def test_verifying_keeps_the_filter_of_the_address(city: TestTenant, browser: Open) -> None:
    officer = browser(city.accounts["community_officer"])
    shown = officer.get(f"/records/work/?kind=政策宣传&until={DAYS[2]}").get_data(as_text=True)
    hidden = dict(re.findall(r'<input type="hidden" name="(kind|until)" value="([^"]+)">', shown))
    assert hidden == {"kind": "政策宣传", "until": str(DAYS[2])}
    answer = officer.post("/records/work/verify", record=re.findall(r'name="record" value="([^"]+)"', shown), **hidden)
    assert answer.location == f"/records/work/?kind=%E6%94%BF%E7%AD%96%E5%AE%A3%E4%BC%A0&until={DAYS[2]}"
    assert titles(officer.get(answer.location)) == []


def test_nobody_without_the_right_searches_or_exports(city: TestTenant, browser: Open) -> None:
    person = make_member(city, "孙七", account=True)
    one = browser(person.account)
    assert [one.post(f"/records/{page}", name="王").status_code for page in ("work/search", "filed/search", "filed/export")] == [403] * 3


def book(data: bytes) -> tuple[list[list[Any]], list[list[Any]]]:
    """Rows of the sheet and of the watermark."""
    found = load_workbook(io.BytesIO(data))
    assert all(cell.data_type != "f" for row in found.worksheets[0] for cell in row)
    rows, note = ([[cell.value for cell in row] for row in sheet] for sheet in found.worksheets)
    return rows, note


HEAD = ["党员", "单位", "服务内容", "类别", "日期", "时长（小时）", "时长来源", "社区", "状态"]


@pytest.mark.parametrize(("role", "places"), [("unit_liaison", [""]), ("county_officer", [""]), ("city_administrator", ["", "（外）"])])
def test_the_export_holds_what_the_filter_shows(city: TestTenant, browser: Open, monkeypatch: pytest.MonkeyPatch, role: str,
                                                 places: list[str]) -> None:
    monkeypatch.setattr(export, "BATCH", 1)  # several batches, and progress between them
    write(city, make_member(city, "周八", unit=0), verified=True, title="=1+1", kind="环境卫生", minutes=45)
    one = browser(city.accounts[role])
    answer = one.post("/records/filed/export", kind="环境卫生", since=str(DAYS[2]), name="", title="")
    assert answer.status_code == 303
    with city.scope():
        payloads = list(session().scalars(select(Job.payload).where(Job.kind == export.EXPORT)))
    assert payloads == [{"kind": "环境卫生", "since": str(DAYS[2]), "until": None}]
    assert one.get(answer.location).status_code == 200
    run_due()
    assert "下载" in one.get(answer.location).get_data(as_text=True)
    rows, note = book(one.get(f"{answer.location}/file").data)
    assert rows[0] == HEAD
    day = dt.datetime.combine(DAYS[0], dt.time())
    assert sorted([r[2].lstrip("'"), *r[3:6], r[8]] for r in rows[1:]) == sorted(
        [["=1+1", "环境卫生", day, 0.75, "待评价"], *(["修剪KN花木" + place, "环境卫生", day, 1.5, "待评价"] for place in places)])
    assert sorted(r[0] for r in rows[1:]) == sorted(["周八", *("王小明" for _place in places)])
    assert (note[0], note[2]) == (["导出人", f"测试{role}"], ["用途", "服务备案导出"])
    assert logged(city) == [{"rows": 1 + len(places), "by": str(city.accounts[role].id)}]
    stranger = browser(city.others["county_officer"])
    assert [stranger.get(address).status_code for address in (answer.location, f"{answer.location}/file")] == [404, 404]


def logged(tenant: TestTenant) -> list[dict[str, Any]]:
    """What the log says of exports."""
    with tenant.scope():
        return [e.details or {} for e in entries(EntryFilter(action="records.exported"))]


def test_what_a_name_finds_is_exported_at_once_and_kept_nowhere(city: TestTenant, browser: Open) -> None:
    answer = browser(city.accounts["unit_liaison"]).post("/records/filed/export", name="wxm", title="楼道")
    rows, note = book(answer.data)
    assert [[r[0], r[2], r[5]] for r in rows[1:]] == [["王小明", "清扫楼道", 1.5]]
    assert (note[0], logged(city)) == (["导出人", "测试unit_liaison"], [{"rows": 1}])
    with city.scope():
        assert list(session().scalars(select(Job.id).where(Job.kind == export.EXPORT))) == []
        with pytest.raises(ValueError, match="nobody's name"):
            export.start_export(RecordFilter(name="王"))


def test_too_many_for_at_once_is_told(city: TestTenant, browser: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST_ROWS", 2)
    liaison = browser(city.accounts["unit_liaison"])
    answer = liaison.post("/records/filed/export", name="王")
    assert (answer.status_code, "请先按日期或类别缩小范围" in answer.get_data(as_text=True)) == (Invalid.status, True)
    assert liaison.post("/records/filed/export", name="王小明").status_code == 200
    assert logged(city) == [{"rows": 2}]


def test_an_export_is_refused_once_the_right_is_gone(city: TestTenant, browser: Open) -> None:
    account = city.accounts["unit_liaison"]
    answer = browser(account).post("/records/filed/export")
    with city.scope():
        session().get_one(Account, (city.id, account.id)).active = False
    run_due()
    with city.scope():
        assert session().scalars(select(Job.result).where(Job.kind == export.EXPORT)).all() == [{"refused": "您已没有查看服务纪实的权限。"}]
    assert answer.status_code == 303


def test_blanks_of_any_kind_are_no_search() -> None:
    """A name of nothing but them would be the beginning of everybody's."""
    assert [narrowed(MultiDict({"name": text}), [], typed=True).typed for text in ("\u200b", " \u3000", "\t", "王")] == [False, False, False, True]
