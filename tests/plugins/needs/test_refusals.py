"""What needs refuse, with its sentence and without a trace; the ways that few walk: several communities, none, a table of wrong lines, a shut door."""
from __future__ import annotations

import datetime as dt
import io
import json
import uuid
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import delete, select

from core.access.doors import act_as
from core.access.models import Grant
from core.audit.actor import set_actor
from core.errors import NotFound
from core.extension.dataset import DataReach, DataRequest
from core.members.reveal import note_look
from core.tenancy import now, session, set_clock, today
from plugins.needs import bulletins, contacts, handling, inbox, merging, queries, receipts, sheets
from plugins.needs.models import Need, NeedSheet
from plugins.needs.reporting import DATASET
from plugins.needs.writing import Contact, NeedInput, receive
from tenants.activation import enable
from tests.plugins.needs.conftest import ADDRESS, NAME, PHONE, TEXT, code_of, hidden, make_need, need, needs
from tests.plugins.needs.test_inbox import secret
from tests.plugins.needs.test_linking import told
from tests.plugins.needs.test_public import setting
from tests.plugins.needs.test_sheets import HEAD
from tests.plugins.quick import Open, Quick, said_after
from tests.support.factories import TestMember, TestTenant, make_member
from tests.support.refusals import refusal

DAY = dt.timedelta(days=1)
MEND = "有几处需要改正，请看标红的项目。"


def test_what_is_wrong_is_said_and_nothing_is_kept(tenant: TestTenant) -> None:
    place = tenant.communities[0]

    def take(**given: Any) -> Callable[[], object]:
        return lambda: receive(NeedInput(**{"community_id": place, "text": TEXT, **given}), by=None)
    listed = ["请从列表中选择"]
    with tenant.scope():
        assert [refusal(take(**given)) for given in (
            {"text": "好"}, {"category": "没有的类别"}, {"channel": "fax"}, {"recipient_group": "rich"}, {"received_on": today() + DAY},
            {"received_on": today() - 731 * DAY}, {"contact": Contact("长" * 51, "1" * 31, "长" * 101)})] == [(MEND, wrong) for wrong in (
                {"text": ["请写明需要什么，2 至 1000 个字"]}, {"category": listed}, {"channel": listed}, {"recipient_group": listed},
                {"received_on": ["请填写今天或以前两年内的日期"]}, {"received_on": ["请填写今天或以前两年内的日期"]},
                {"name": ["最多 50 个字"], "phone": ["最多 30 个字"], "address": ["最多 100 个字"]})]
        for nowhere in (tenant.streets[0], tenant.units[0], uuid.uuid4()):
            with pytest.raises(NotFound):
                receive(NeedInput(nowhere, TEXT), by=None)
    assert needs(tenant) == []
    first, second = make_need(tenant), make_need(tenant, summary="要修健身器材")
    with tenant.scope():
        assert refusal(lambda: handling.classify(first, 1, category="没有的类别", summary="灯", recipient_group="rich")) == (MEND, {
            "category": listed, "summary": ["请用 2 至 100 个字概括，不写姓名、电话和门牌"], "recipient_group": listed})
        for end in (handling.answer, handling.refuse):
            assert refusal(lambda end=end: end(first, 1, " 好 ")) == ("请写明答复，2 至 1000 个字。", {"answer": ["请填写"]})  # type: ignore[misc]
        assert refusal(lambda: merging.merge(first, 1, first))[0] == "不能归并到自己。"
        for work in (lambda: handling.finish(uuid.uuid4(), None), lambda: bulletins.withdraw(uuid.uuid4(), 1, "写错了"), lambda: bulletins.get(uuid.uuid4()),
                     lambda: sheets.take_over(uuid.uuid4(), by=uuid.uuid4()), lambda: sheets.kept(uuid.uuid4())):
            with pytest.raises(NotFound):
                work()
    assert [(row.state, row.version) for row in needs(tenant)] == [("new", 1), ("classified", 2)]
    third = make_need(tenant)
    with tenant.scope():
        merging.merge(third, 1, first)
        assert refusal(lambda: merging.merge(first, 1, second))[0] == "已有别的意见归并到这一条，请反过来归并。"
        handling.refuse(second, 2, "不在社区的职责内")
        code = receipts.issue(third)
    assert (told(tenant, second, "open").state, need(tenant, second).matter_id) == ("refused", None)  # what has ended follows no matter
    with tenant.scope():
        session().execute(delete(Need).where(Need.id == third))
        with pytest.raises(NotFound):
            receipts.look_up(code)
        assert refusal(lambda: bulletins.publish(place, "公", "长" * 301, {}, by=None)) == (MEND, {
            "title": ["请填写标题，最多 60 个字"], "introduction": ["最多 300 个字"], "items": ["请至少勾选一条"]})


def test_an_officer_of_two_communities_chooses_and_lists_go_on(quick: Open, tenant: TestTenant, member: TestMember) -> None:
    first, second = make_need(tenant, summary="楼道灯坏了"), make_need(tenant, summary="要修健身器材")
    with tenant.scope():
        session().add(Grant(account_id=tenant.accounts["community_officer"].id, organization_id=tenant.communities[1], role="community_officer",
                            granted_by=None, created_at=now()))
    officer, place = quick(tenant.accounts["community_officer"]), tenant.communities[0]
    assert [officer.get(f"/p/needs/{one}/").location.partition("?")[2] for one in ("print", "sheets", "bulletins")] == [
        "then=print_form", "then=sheets", "then=bulletins"]
    assert [officer.get(f"/p/needs/?community={one}").status_code for one in (place, tenant.communities[2], "here", uuid.uuid4())] == [200, 404, 404, 404]
    assert [officer.post("/p/needs/print/slips", count="8", **named).status_code for named in ({}, {"community": place})] == [404, 200]
    street = quick(tenant.accounts["street_officer"])
    assert [street.get(f"/p/needs/?community={one}").status_code for one in (tenant.streets[0], place)] == [404, 200]
    assert [("楼道灯坏了" in page, "要修健身器材" in page) for page in (
        officer.get(f"/p/needs/?community={place}&tab=classified{after}").text for after in ("", f"&after={first}", f"&after={second}"))] == [
        (True, True), (False, True), (False, False)]
    setting(tenant, public_form="code")
    assert officer.get(f"/p/needs/print/poster?community={place}").data[:5] == b"%PDF-"
    shown = officer.get(f"/p/needs/bulletins/?community={place}")
    fields = {"community": place, "bulletin_id": hidden(shown, "bulletin_id"), "title": "第一期的公告", "need": ["no id", str(first)],
              f"summary-{first}": "楼道灯要修"}
    assert said_after(officer, officer.post("/p/needs/bulletins/", **fields)) == "公告已发布，请打印张贴，或把网址发到群里。"
    public = f"/t/{tenant.slug}/p/needs/{code_of(tenant)}/bulletins"
    assert ["第一期的公告" in quick().get(f"{public}{after}").text for after in ("", f"?after={fields['bulletin_id']}")] == [True, False]
    county = tenant.paths[tenant.counties[0]].rstrip("/").rpartition("/")[2]
    assert quick().get(f"/t/{tenant.slug}/p/needs/{county}/bulletins").status_code == 404
    wrong = officer.post("/p/needs/enter", community=place, need_id=uuid.uuid4(), text=TEXT, channel="visit", received_on="昨天")
    assert (wrong.status_code, "不是有效的日期" in wrong.text, TEXT in wrong.text, len(needs(tenant))) == (422, True, True, 2)
    told(tenant, second, "open")  # by a plugin of which nothing is known here any more
    page = officer.get(f"/p/needs/needs/{second}")
    assert (page.status_code, "要修健身器材" in page.text, need(tenant, second).matter_id is None) == (200, True, False)
    own, homeless = quick(member.account), quick(make_member(tenant, "钱无居", account=True, residence_id=None).account)
    short = own.post("/p/needs/me/report", need_id=uuid.uuid4(), text="好")
    assert (short.status_code, "请写明需要什么，2 至 1000 个字" in short.text) == (422, True)
    report = uuid.uuid4()
    assert said_after(own, own.post("/p/needs/me/report", need_id=report, text="想请人教老人用手机")) == "已经报给社区，答复会显示在这里。"
    assert ["想请人教老人用手机" in own.get(f"/p/needs/me/{after}").text for after in ("", f"?after={report}", f"?after={uuid.UUID(int=2**128 - 1)}")] == [
        True, False, True]
    form = homeless.get("/p/needs/me/report")
    assert (form.status_code, 'name="text"' in form.text, homeless.post("/p/needs/me/report", need_id=uuid.uuid4(), text=TEXT).status_code) == (200, False, 404)


def workbook(*rows: tuple[Any, ...]) -> bytes:
    """A table as a spreadsheet program writes it: with days and numbers that are no texts."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (tuple(HEAD.split(",")), *rows):
        book.worksheets[0].append(row)
    book.save(out)
    return out.getvalue()


def test_tables_with_days_numbers_and_nothing_right(quick: Open, tenant: TestTenant) -> None:
    officer, day = quick(tenant.accounts["community_officer"]), dt.datetime.combine(today() - DAY, dt.time(9))

    def upload(content: bytes, name: str = "意见.xlsx") -> Any:
        return officer.post("/p/needs/sheets/", community=str(tenant.communities[0]), file=(io.BytesIO(content), name))
    empty = upload(f"{HEAD}\n,,,,,".encode(), "x.csv")
    assert (empty.status_code, "表格应有 1 至 500 行内容，现在是 0 行。" in empty.text) == (422, True)
    wrong = upload(workbook(("好", None, None, None, None, None), ("要修路灯", None, None, "2026-13-45", None, None))).location
    page = officer.get(wrong).text
    assert ("内容应为 2 至 1000 个字" in page, "日期应为今天或以前两年内，如 2026-03-05" in page) == (True, True)
    answer = officer.post(f"{wrong}/take")
    assert (answer.location, said_after(officer, answer)) == (wrong, "没有可以导入的行。请按提示改好表格，重新上传。")
    assert needs(tenant) == []
    right = upload(workbook(("要修路灯", None, "走访", day, "周婆婆", 13900000000.0), ("想学电脑", None, None, None, None, 8.5))).location
    assert said_after(officer, officer.post(f"{right}/take")) == "已导入 2 条，请分类。"
    rows = needs(tenant)
    with tenant.scope():
        assert sorted((queries.said(row), row.channel, row.received_on, contacts.read(row).phone) for row in rows) == [
            ("想学电脑", "other", today(), "8.5"), ("要修路灯", "visit", today() - DAY, "13900000000")]
    with set_clock(now() + dt.timedelta(hours=25)), tenant.scope():
        assert contacts.nightly(None) == {"contacts": 0, "sheets": 2, "deliveries": 0}  # type: ignore[arg-type]
        assert session().scalars(select(NeedSheet.id)).all() == []


def test_the_door_for_machines_is_tidied_shut_and_swept(app: Flask, quick: Open, tenant: TestTenant) -> None:
    key = secret(tenant)

    def deliver(body: bytes) -> int:
        timestamp = str(int(now().timestamp()))
        said = {"X-Baodao-Timestamp": timestamp, "X-Baodao-Signature": inbox.signature(key, timestamp, body)}
        return app.test_client().post(f"/t/{tenant.slug}/p/needs/inbox/{code_of(tenant)}", data=body, headers=said).status_code

    def given(number: int, **fields: Any) -> bytes:
        return json.dumps({"delivery": f"hotline-{number:04}", "text": TEXT, **fields}).encode()
    assert [deliver(body) for body in (b"{", b"[1]", b"9" * 5000, b'"\xff"', given(1, text="\ud800\x00灯"), b"[" * 15_000)] == [422] * 6
    assert needs(tenant) == []
    assert [deliver(given(2, text="灯\x00坏了\n换一个\ud800", channel_title="市民\x00热线", name="孙\x07桂兰")), deliver(given(3))] == [202, 202]
    row = needs(tenant)[0]
    with tenant.scope():
        assert (queries.said(row), row.channel_note, contacts.read(row).name) == ("灯坏了\n换一个", "市民热线", "孙桂兰")
    with set_clock(now() + dt.timedelta(days=3)), tenant.scope():
        assert [contacts.nightly(None)["deliveries"] for _time in range(2)] == [2, 0]  # type: ignore[arg-type]
    city = quick(tenant.accounts["city_administrator"])
    assert "停用对接吗？" in city.post("/p/needs/inbox/close").text
    assert deliver(given(4)) == 202
    assert said_after(city, city.post("/p/needs/inbox/close", confirmed="yes")) == "已停用。"
    with tenant.scope():
        assert inbox.made_on() is None
    assert (deliver(given(5)), len(needs(tenant))) == (403, 3)
    assert Quick(app, tenant.accounts["community_officer"]).post("/p/needs/inbox/close", confirmed="yes").status_code == 403


def test_the_dataset_reads_within_reach_and_says_nothing_of_the_askers(tenant: TestTenant) -> None:
    make_need(tenant, summary="楼道灯坏了", recipient_group="elderly", received_on=today() - DAY)
    make_need(tenant, "想学电脑", community=-1, channel="other", channel_note="市民热线")
    with tenant.scope():
        reach = {kind: DataReach(place, kind, tenant.paths[place]) for kind, place in (
            ("community", tenant.communities[0]), ("county", tenant.counties[0]), ("committee", tenant.root), ("unit", tenant.units[1]))}

        def read(kind: str, place: str | None = None, days: int = 1) -> list[tuple[Any, ...]]:
            request = DataRequest((reach[kind],), today() - days * DAY, today(), reach[place] if place else None)
            rows = [row for part in DATASET.read(request) for row in part]
            assert DATASET.count(request) == len(rows)
            return rows
        mine = ("001001社区", today() - DAY, "入户走访", "环境卫生", "空巢老人", "楼道灯坏了", "已分类", None, None)
        far = ("002002社区", today(), "市民热线", "其他", "", "", "待分类", None, None)
        assert [read(kind) for kind in reach] == [[mine], [mine], [mine, far], []]
        assert [read("committee", "county"), read("county", "committee"), read("community", "unit"), read("committee", None, 0)] == [[mine], [mine], [], [far]]


def test_who_has_looked_at_too_many_gets_the_words_and_not_the_contact(quick: Open, tenant: TestTenant) -> None:
    need_id = make_need(tenant, summary="楼道灯坏了")
    with tenant.scope():
        enable("menu")
    officer, address = quick(tenant.accounts["community_officer"]), f"/p/menu/requests/new?origin=needs&origin_id={need_id}"
    with tenant.scope(), act_as(tenant.actor("community_officer")), set_actor("account", tenant.accounts["community_officer"].id):
        for _other in range(30):
            note_look("needs.contact_seen", "needs_need", uuid.uuid4())
    page = officer.get(address).text
    assert [text in page for text in (TEXT, "您一小时内已查看 30 人的联系方式，请稍后再试。", NAME, PHONE, ADDRESS)] == [True, True, False, False, False]
    with set_clock(now() + dt.timedelta(minutes=61)):
        page = quick(tenant.accounts["community_officer"]).get(address).text
    assert [text in page for text in (TEXT, "您一小时内已查看", NAME, PHONE, ADDRESS)] == [True, False, True, True, True]
