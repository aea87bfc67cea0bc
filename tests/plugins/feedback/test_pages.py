"""Pages and API: what each side sees and may do, the letter in each form, and nothing of a resident or of others where it does not belong."""
from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
from sqlalchemy import select

from core.access.tokens import create_token
from core.jobs.running import run_due
from core.tenancy import session, today
from plugins.feedback import making, thread
from plugins.feedback.models import FeedbackMessage, FeedbackPack
from plugins.feedback.thread import Word
from tenants import settings
from tests.plugins.feedback.conftest import RESIDENT, lines, make, pack, promise, report, send, serve
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant, make_account, make_member

Open = Callable[..., Browser]


def test_from_the_press_to_the_answer(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    officer, liaison = (browser(tenant.accounts[role]) for role in ("community_officer", "unit_liaison"))
    year = str(today().year)
    assert "这里没有反馈" in officer.get(f"/p/feedback/?period={year}").text
    begun = officer.post("/p/feedback/make", organization_id=str(tenant.communities[0]), period=year)
    assert (begun.status_code, "/p/feedback/runs/" in begun.location) == (303, True)
    assert "hx-get" in officer.get(begun.location).text
    assert run_due() == 1
    assert "1 个社区，新生成 1 份" in officer.get(begun.location).text
    with tenant.scope():
        one = session().scalars(select(FeedbackPack.id)).one()
    page = f"/p/feedback/packs/{one}"
    assert "第0单位" in officer.get(f"/p/feedback/?period={year}").text
    assert [liaison.get(page).status_code, liaison.get(f"{page}/letter.pdf").status_code] == [404, 404]  # nothing before it is sent
    line = lines(tenant, one)[0]["id"]
    long = officer.post(f"{page}/remarks", version=1, remark="好" * 501, **{f"line-{line}": "热心"})
    assert (long.status_code, "太长了" in long.text, "热心" in long.text) == (422, True, True)
    assert officer.post(f"{page}/remarks", version=1, remark="感谢支持", **{f"line-{line}": "热心"}).status_code == 303
    assert officer.post(f"{page}/review", version=1).status_code == 409
    assert officer.post("/p/feedback/step", step="review", pack=f"{one}:2").status_code == 303
    assert officer.post(f"{page}/sign", version=3, signer="").status_code == 422
    assert officer.post("/p/feedback/step", step="sign", signer="周书记", pack=f"{one}:3").status_code == 303
    assert "确定送出吗" in officer.post(f"{page}/send", version=4).text
    assert officer.post(f"{page}/send", version=4, confirmed="yes").status_code == 303
    assert page in liaison.get("/p/feedback/unit").text
    seen = liaison.get(page).text
    assert [word in seen for word in ("感谢支持", "热心", member.name, RESIDENT)] == [True, True, True, False]
    assert liaison.post(f"{page}/review", version=5).status_code == 403
    assert liaison.post(f"{page}/read", version=5).status_code == 303
    assert liaison.post(f"{page}/answer", version=6, body="已了解").status_code == 303
    assert (pack(tenant, one).state, "已了解" in officer.get(page).text) == ("answered", True)
    own = browser(member.account).get("/p/feedback/me").text
    assert ["参加活动 1 次" in own, "热心" in own, "感谢支持" in own] == [True, False, False]
    with tenant.scope():
        settings.save("feedback", {"remarks_visible": True}, None, version=0)
    assert "热心" in browser(member.account).get("/p/feedback/me").text


def test_reach_and_rights(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    [one] = make(tenant)
    send(tenant, one)
    with tenant.scope():
        liaison = make_account(tenant, "unit_liaison", tenant.units[-1])
    strangers = [browser(tenant.others["community_officer"]), browser(liaison)]
    page, pair = f"/p/feedback/packs/{one}", f"/p/feedback/threads/{tenant.communities[0]}/{tenant.units[0]}"
    for who in strangers:
        assert [who.get(f"{page}{end}").status_code for end in ("", "/letter.pdf", "/letter.docx", "/letter.xlsx")] == [404] * 4
        assert who.get(pair).status_code == 404
        assert who.post(pair, body="不相干").status_code == 404
    assert "第0单位" not in strangers[0].get(f"/p/feedback/?period={today().year}").text
    street = browser(tenant.accounts["street_officer"])
    assert [street.get(page).status_code, street.post(f"{page}/archive", version=4).status_code, street.get(pair).status_code,
            street.post(pair, body="街道代写").status_code] == [200, 403, 200, 403]
    assert street.post("/p/feedback/make", organization_id=str(tenant.counties[0]), period=str(today().year)).status_code == 404
    other = make_member(tenant, "李芳", account=True)
    assert member.name not in browser(other.account).get("/p/feedback/me").text


def test_the_letter_in_each_form(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, "fair")
    promise(tenant, member, kept=True)
    report(tenant, make_member(tenant, "李芳", unit=1))
    packs = make(tenant)
    with tenant.scope():
        settings.save("feedback", {"red_head": True}, None, version=0)
    for one in packs:
        send(tenant, one)
    officer = browser(tenant.accounts["community_officer"])
    page = f"/p/feedback/packs/{packs[0]}"
    assert officer.get(f"{page}/letter.pdf").data.startswith(b"%PDF")
    with zipfile.ZipFile(io.BytesIO(officer.get(f"{page}/letter.docx").data)) as archive:
        word = archive.read("word/document.xml").decode()
    for text in (f"社区反馈〔{today().year}〕1号", "第0单位党组织：", "周书记", member.name, "兑现承诺 1 项", "landscape"):
        assert (text, text in word) == (text, True)
    assert RESIDENT not in word
    sheet = openpyxl.load_workbook(io.BytesIO(officer.get(f"{page}/letter.xlsx").data)).worksheets[0]
    assert [cell.value for cell in sheet[2]][:2] + [cell.value for cell in sheet[2]][3:] == [1, member.name, 1, 1, 1, 1, 2, 3, 1, 1, 0]
    with zipfile.ZipFile(io.BytesIO(officer.get(f"/p/feedback/places/{tenant.communities[0]}/letters.zip?period={today().year}").data)) as archive:
        assert [name.rpartition(".")[2] for name in archive.namelist()] == ["pdf", "docx", "docx"]
    rows = openpyxl.load_workbook(io.BytesIO(officer.get(f"/p/feedback/export?period={today().year}").data)).worksheets[0]
    assert [rows.cell(n, 1).value for n in (2, 3)] == ["第0单位", "第1单位"]


def test_words_sent_twice_are_one_and_read_by_the_other(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    officer, liaison = (browser(tenant.accounts[role]) for role in ("community_officer", "unit_liaison"))
    pair, ticket = f"/p/feedback/threads/{tenant.communities[0]}/{tenant.units[0]}", str(uuid.uuid4())
    assert "第0单位" in officer.post("/p/feedback/threads/find", q="第0单位").text
    for _ in range(2):
        assert officer.post(pair, body="见义勇为，受到居民称赞", about=str(member.id), ticket=ticket).status_code == 303
    assert officer.post(pair, body="", ticket=str(uuid.uuid4())).status_code == 422
    assert 'class="count">1<' in liaison.get("/p/feedback/unit").text
    seen = liaison.get(pair).text
    assert ["见义勇为，受到居民称赞" in seen, f"关于 {member.name}" in seen] == [True, True]
    assert [liaison.post(f"{pair}/read").status_code, liaison.post(pair, body="谢谢告知").status_code] == [303, 303]
    assert "谢谢告知" in officer.get(pair).text
    with tenant.scope():
        assert session().execute(select(FeedbackMessage.side, FeedbackMessage.read_on).order_by(FeedbackMessage.created_at)).all() == [
            ("community", today()), ("unit", None)]


def test_the_overview_goes_down_place_by_place(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    make(tenant)
    city = browser(tenant.accounts["city_administrator"])
    start = city.get("/p/feedback/overview")
    assert start.location.endswith(f"/places/{tenant.root}")
    for place in (tenant.root, tenant.counties[0], tenant.streets[0]):
        assert city.get(f"/p/feedback/places/{place}?period={today().year}").status_code == 200
    assert city.get(f"/p/feedback/places/{tenant.units[0]}").status_code == 404


def test_the_api(app: Any, tenant: TestTenant, member: TestMember) -> None:
    [one] = make(tenant)
    client = app.test_client()

    def token(role: str) -> dict[str, str]:
        with tenant.scope():
            scopes = {"community_officer": ["feedback.read", "feedback.manage", "feedback.run"], "unit_liaison": ["feedback.read", "feedback.answer"]}
            return {"Authorization": f"Bearer {create_token(tenant.actor(role), 'office', scopes[role], 1)}"}
    officer, liaison = token("community_officer"), token("unit_liaison")
    base, year = "/api/v1/p/feedback", str(today().year)
    assert [row["id"] for row in client.get(f"{base}/packs?period={year}", headers=officer).json] == [str(one)]
    assert client.get(f"{base}/packs/{one}/lines", headers=liaison).status_code == 404
    for version, step in enumerate(("review", "sign", "send"), 1):
        done = client.post(f"{base}/packs/{one}/step", json={"step": step, "version": version, "signer": "周书记"}, headers=officer)
        assert (done.status_code, done.json["version"]) == (200, version + 1)
    assert [row["name"] for row in client.get(f"{base}/packs/{one}/lines", headers=liaison).json] == [member.name]
    assert client.post(f"{base}/packs/{one}/answer", json={"version": 4, "body": "已了解"}, headers=liaison).status_code == 201
    assert client.post(f"{base}/runs", json={"organization_id": str(tenant.communities[0]), "period": year}, headers=officer).status_code == 201
    assert client.post(f"{base}/words", json={"community_id": str(tenant.communities[0]), "unit_id": str(tenant.units[0]), "body": "您好"},
                       headers=liaison).status_code == 201


COUNTS = {"/p/feedback/": 11, "/p/feedback/places/STREET": 10, "/p/feedback/packs/PACK": 14, "/p/feedback/threads/PAIR": 12, "/p/feedback/make": 5}


def test_lists_ask_as_often_for_three_rows_as_for_one(browser: Open, tenant: TestTenant, member: TestMember, statements: list[str]) -> None:
    officer, city = browser(tenant.accounts["community_officer"]), browser(tenant.accounts["city_administrator"])
    [one] = make(tenant)
    words = {"STREET": str(tenant.streets[0]), "PACK": str(one), "PAIR": f"{tenant.communities[0]}/{tenant.units[0]}"}

    def counted() -> dict[str, int]:
        found = {}
        for address in COUNTS:
            who, place = city if "STREET" in address else officer, address
            for word, value in words.items():
                place = place.replace(word, value)
            statements.clear()
            assert who.get(f"{place}?period={today().year}").status_code == 200
            found[address] = len(statements)
        return found
    few = counted()
    for place in (0, 1, 2):
        report(tenant, make_member(tenant, f"李{place}", unit=place))
        with tenant.scope():
            thread.write(tenant.communities[0], tenant.units[0], "unit", Word("想了解近况"), by=None)
    with tenant.scope():
        making.make_anew(one)
    make(tenant)
    assert (counted(), few) == (COUNTS, COUNTS)
