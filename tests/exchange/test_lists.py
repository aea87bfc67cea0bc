"""The lists of exchange as pages, workbooks and API: within reach only, page by page, under the filter, with a fixed number of queries."""
from __future__ import annotations

import io

import openpyxl
import pytest
from sqlalchemy import func, insert, select

from core.access.tokens import create_token
from core.audit.models import AuditEntry
from core.db import new_id
from core.exchange import arrivals, post_office
from core.exchange.models import ExchangeRecord
from core.service import evaluation, records
from core.service.records import RecordInput
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tenants.settings import save
from tests.support.applications import shared_app
from tests.support.browsing import without_csrf
from tests.support.factories import make_member, sign_in
from tests.support.statements import sent


@pytest.fixture
def program(config):
    """A program with a person's token."""
    def enter(tenant, role, *permissions):
        with tenant.scope():
            token = create_token(tenant.actor(role), "lists", list(permissions), 1)
        client = shared_app(config).test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client
    return enter


@pytest.fixture
def browser(config):
    def enter(account):
        client = without_csrf(shared_app(config)).test_client()
        sign_in(client, account)
        return client
    return enter


def serve_publicly(pair, guest) -> None:
    """Work in public space that counts without a recipient, and work that somebody has judged."""
    officer = pair.away.accounts["community_officer"].id
    with pair.away.scope():
        save("service", {"public_waiver": True}, version=0)
        swept = records.submit(guest, RecordInput("环境卫生", "清扫广场", today(), 30, pair.away.communities[0], recipient_kind="public"), entered_by=officer)
        records.verify(swept, 1, by=new_id())
        evaluation.waive(swept, "公共区域，没有固定的服务对象", by=officer)
        visit = records.submit(guest, RecordInput("政策宣传", "入户宣传", today(), 90, pair.away.communities[0], recipient="王大爷"), entered_by=officer)
        evaluation.count_directly(visit, "visit", "satisfied", None, today(), by=officer)


def test_the_api_lists_what_goes_out_comes_in_and_is_done_elsewhere(pair, program) -> None:
    serve_publicly(pair, pair.guest())
    post_office.go_round()
    pair.member = make_member(pair.home, "司马再来")
    pair.send()
    post_office.go_round()
    liaison = program(pair.home, "unit_liaison", "exchange.send")
    first = liaison.get("/api/v1/exchange/outgoing?limit=1").json
    second = liaison.get(f"/api/v1/exchange/outgoing?limit=1&cursor={first['next']}").json
    assert [(page["items"][0]["name"], page["items"][0]["state"]) for page in (first, second)] == [("司马再来", "delivered"), ("欧阳远行", "delivered")]
    assert (second["next"], liaison.get("/api/v1/exchange/outgoing?state=refused").json["items"]) == (None, [])
    receipt, = liaison.get("/api/v1/exchange/receipts").json["items"]
    assert (receipt["name"], receipt["partner"], receipt["holds"]) == ("欧阳远行", "宜昌市", True)
    done = liaison.get("/api/v1/exchange/records").json["items"]
    assert {(one["title"], one["minutes"], one["rating"]) for one in done} == {("清扫广场", 30, None), ("入户宣传", 90, "satisfied")}
    assert (liaison.get(f"/api/v1/exchange/records?unit_id={pair.home.units[1]}").json["items"], liaison.get("/api/v1/exchange/arrivals").status_code) == ([], 403)
    county = program(pair.home, "county_officer", "exchange.send")
    assert len(county.get("/api/v1/exchange/records").json["items"]) == 2
    desk = program(pair.away, "community_officer", "exchange.receive")
    waiting, done_ = desk.get("/api/v1/exchange/arrivals").json["items"]
    assert (waiting["name"], waiting["state"], waiting["unit"], waiting["member_id"]) == ("司马再来", "waiting", done_["unit"], None)
    assert [one["name"] for one in desk.get("/api/v1/exchange/arrivals?state=done").json["items"]] == ["欧阳远行"]


def test_workbooks_hold_what_is_listed_say_who_took_them_and_stay_within_reach(pair, browser) -> None:
    serve_publicly(pair, pair.guest())
    post_office.go_round()
    liaison, stranger = browser(pair.home.accounts["unit_liaison"]), browser(pair.home.others["county_officer"])
    desk, sibling = browser(pair.away.accounts["community_officer"]), browser(pair.away.others["community_officer"])
    assert liaison.post("/exchange/outgoing/export.xlsx", data={"why": " "}).status_code == 422
    assert words(liaison.post("/exchange/outgoing/export.xlsx", data={"why": "核对"})) >= {"欧阳远行", "宜昌市", "已送达"}
    assert words(liaison.post("/exchange/elsewhere/export.xlsx", data={"why": "核对"})) >= {"欧阳远行", "清扫广场", "入户宣传", "已由当地认定", "已报到"}
    assert words(desk.post("/exchange/arrivals/export.xlsx", data={"why": "核对"})) >= {"欧阳远行", "已接收", "居住地"}
    for client, path in ((stranger, "outgoing"), (stranger, "elsewhere"), (sibling, "arrivals")):
        assert "欧阳远行" not in words(client.post(f"/exchange/{path}/export.xlsx", data={"why": "核对"}))
    assert "欧阳远行" not in words(liaison.post("/exchange/outgoing/export.xlsx", data={"why": "核对", "name": "王"}))
    with pair.home.scope():
        assert session().scalar(select(func.count()).select_from(AuditEntry).where(
            AuditEntry.tenant_id == tenant_id(), AuditEntry.action == "exchange.exported")) == 5


def test_of_who_was_returned_page_and_workbook_say_the_same(pair, browser) -> None:
    pair.send()
    post_office.go_round()
    row, desk = pair.arrived(), browser(pair.away.accounts["community_officer"])
    with pair.away.scope():
        arrivals.turn_away(row.id, row.version, "不在本社区居住", by=pair.away.accounts["community_officer"].id)
    pages = [desk.get(f"/exchange/arrivals{path}").text for path in ("", f"/{row.id}")]
    book = words(desk.post("/exchange/arrivals/export.xlsx", data={"why": "核对"}))
    assert [("（已退回，不留姓名）" in said, "欧阳远行" in said) for said in (*pages, book)] == [(True, False)] * 3


def words(answer) -> set[str]:
    """All that stands in a workbook's cells."""
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    return {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}


def test_what_is_done_elsewhere_is_paged_with_a_fixed_number_of_queries(pair, browser) -> None:
    serve_publicly(pair, pair.guest())
    post_office.go_round()
    liaison, counted = browser(pair.home.accounts["unit_liaison"]), []
    for extra in (0, 60):
        with pair.home.scope():
            known = session().scalars(select(ExchangeRecord).where(ExchangeRecord.tenant_id == tenant_id())).first()
            shared = {name: getattr(known, name) for name in ("tenant_id", "member_id", "partner_id", "edition", "community", "kind", "happened_on", "minutes",
                                                              "counts")}
            if extra:
                session().execute(insert(ExchangeRecord), [shared | {"id": new_id(), "remote_id": new_id(), "title": f"第{number}次"} for number in range(extra)])
        with sent() as statements:
            page = liaison.get("/exchange/elsewhere").text
        counted.append((len(statements), page.count("已由当地认定"), "after=" in page))
    assert counted == [(4, 2, False), (4, 50, True)]
    assert liaison.get("/exchange/elsewhere?what=receipts").text.count("欧阳远行") == 1
    assert browser(pair.home.others["county_officer"]).get("/exchange/elsewhere").text.count("已由当地认定") == 0
