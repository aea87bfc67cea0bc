"""The way of a request through its pages: asked from a pasted list, answered and signed, on paper, moved, withdrawn, opened again."""
from __future__ import annotations

import datetime as dt
import io
import re
import uuid
import zipfile
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import delete, select

from core.access.actor import load_actor
from core.access.models import Account, Grant
from core.access.tokens import create_token
from core.errors import Conflict, Invalid, NotFound
from core.organizations.tree import names as organization_names
from core.service.models import ServiceRecord
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id
from plugins.consultation import answering, asking, facts, tracing
from plugins.consultation.answering import OpinionInput
from plugins.consultation.asking import AskInput
from plugins.consultation.models import ConsultationOccasion, ConsultationRequest, ConsultationSubject
from tenants import settings
from tenants.activation import disable, enable
from tests.plugins.consultation.conftest import DAY, REASON, World, answered, as_, ask, report, request_of
from tests.service.conftest import Browser
from tests.support.factories import TestTenant, make_account, make_member

Open = Callable[..., Browser]
ASK = "/p/consultation/ask"
TOMORROW = today() + DAY
DUE = (today() + 10 * DAY).isoformat()


def of(world: World) -> str:
    """The request's address."""
    return f"/p/consultation/requests/{world.request}"


def form(world: World, opinion: str = "agree", reason: str = "", **more: Any) -> dict[str, Any]:
    """The answer's form."""
    return {"version": str(world.row().version), **{f"opinion-{one}": opinion for one in world.subjects()},
            **{f"reason-{one}": reason for one in world.subjects()}, **more}


def test_a_pasted_list_becomes_a_request_to_each_community_with_its_own_persons(browser: Open, tenant: TestTenant) -> None:
    """Two communities where there are two report-ins; who has not reported in, and who is not ours, is named and left out; sent twice is once."""
    people = [make_member(tenant, name) for name in ("王小明", "李芳", "赵未报")]
    report(tenant, people[0])
    report(tenant, people[0], 1, "workplace")
    report(tenant, people[1], 1)
    make_member(tenant, "钱外人", unit=1)
    liaison = browser(tenant.accounts["unit_liaison"])
    what = {"purpose": "评先表优", "deadline": DUE, "says": "年度评选"}
    wrong = liaison.post(f"{ASK}/check", names="钱外人", **what)
    assert (wrong.status_code, "没有找到这些党员：钱外人" in wrong.text, "年度评选" in wrong.text) == (422, True, True)
    page = liaison.post(f"{ASK}/check", names="王小明\n钱外人，赵未报", member=[str(people[1].id)], **what)
    pairs = re.findall(r'name="pair" value="([^"]+)" checked', page.text)
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert ticket is not None
    assert (page.status_code, len(pairs), "没有找到：钱外人" in page.text, "还没有到社区报到" in page.text) == (200, 3, True, True)
    sent = [liaison.post(f"{ASK}/send", pair=pairs, ticket=ticket[1], **what) for _twice in range(2)]
    assert [(one.status_code, one.headers["Location"].endswith(ticket[1])) for one in sent] == [(303, True)] * 2
    with tenant.scope():
        rows = session().execute(select(ConsultationRequest.community_id, ConsultationSubject.member_id)
                                 .join(ConsultationSubject, ConsultationSubject.request_id == ConsultationRequest.id)).all()
    assert {tuple(row) for row in rows} == {(tenant.communities[0], people[0].id), (tenant.communities[1], people[0].id),
                                            (tenant.communities[1], people[1].id)}
    assert liaison.post(f"{ASK}/send", pair=[], **what).status_code == 422
    seen = browser(tenant.accounts["community_officer"]).get("/p/consultation/inbox").text
    assert ("王小明" in seen, "李芳" in seen) == (True, False)


def test_nobody_asks_for_another_place_about_strangers_or_oneself(tenant: TestTenant) -> None:
    own, stranger = make_member(tenant, "王小明", account=True), make_member(tenant, "钱外人", unit=1)
    report(tenant, own)
    report(tenant, stranger)
    liaison = tenant.accounts["unit_liaison"]

    def asks(place: uuid.UUID, *pairs: tuple[uuid.UUID, uuid.UUID], purpose: str = "评先表优", due: Any = TOMORROW) -> Any:
        given = AskInput(place, purpose, "", due)
        return as_(tenant, liaison, lambda: asking.ask_members(uuid.uuid4(), given, pairs))
    here, there = tenant.communities[0], tenant.communities[1]
    for place, pair, error in ((tenant.units[1], (stranger.id, here), NotFound), (tenant.units[0], (stranger.id, here), Invalid),
                               (tenant.units[0], (own.id, there), Invalid)):
        with pytest.raises(error):
            asks(place, pair)()
    for changed in ({"purpose": "别的"}, {"due": today() - DAY}, {"due": None}, {"due": today() + 400 * DAY}):
        with pytest.raises(Invalid):
            asks(tenant.units[0], (own.id, here), **changed)()  # type: ignore[arg-type]
    with tenant.scope():
        liaison = make_account(tenant, "unit_liaison", tenant.units[0])
        session().get_one(Account, (tenant.id, own.account.id)).member_id = None  # type: ignore[union-attr]
        session().flush()
        session().get_one(Account, (tenant.id, liaison.id)).member_id = own.id
    with pytest.raises(Invalid):
        asks(tenant.units[0], (own.id, here))()


def test_the_communitys_page_knows_and_two_sign(browser: Open, world: World) -> None:
    tenant = world.tenant
    with tenant.scope():
        session().add(ServiceRecord(member_id=world.member.id, community_id=tenant.communities[0], unit_id=tenant.units[0], kind="环境卫生", title="服务",
                                    happened_on=today(), minutes=90, status="counted", counted_on=today(), rating="satisfied", created_at=now()))
    first, second = browser(world.officer), browser(world.second)
    page = first.get(of(world)).text
    assert [one in page for one in ("近 12 个月服务 1 次、1.5 小时", "满意 1、一般 0", "到本社区报到（居住地）", "公开承诺 0 项", "还有 10 天")] == [True] * 5
    wrong = first.post(f"{of(world)}/answer", **form(world, "other"), sign="1")
    assert (wrong.status_code, "请写明理由" in wrong.text) == (422, True)
    assert first.post(f"{of(world)}/answer", **form(world, "other", REASON), sign="1").status_code == 303
    assert (REASON in browser(world.liaison).get(of(world)).text, world.row().state) == (False, "open")  # one signature is no answer
    assert first.post(f"{of(world)}/sign", words="1").status_code == 303
    assert world.row().state == "open"
    assert second.post(f"{of(world)}/sign", words="7").status_code == 409  # other words than those that stand there
    assert second.post(f"{of(world)}/send-back", words="1", reason="请写具体些").status_code == 303
    assert "退回修改：请写具体些" in first.get(of(world)).text
    assert first.post(f"{of(world)}/answer", version="1", **{k: v for k, v in form(world, "other", REASON).items() if k != "version"}).status_code == 409
    assert first.post(f"{of(world)}/answer", **form(world, "other", REASON + "二"), sign="1").status_code == 303
    with tenant.scope():
        words = answering.answer_of(world_row(world)).version  # type: ignore[union-attr]
    assert second.post(f"{of(world)}/sign", words=str(words)).status_code == 303
    asker = browser(world.liaison).get(of(world)).text
    assert (world.row().state, [one in asker for one in (REASON + "二", "有不同意见", "副书记")]) == ("answered", [True] * 3)
    assert "近 12 个月服务" not in asker


def world_row(world: World) -> ConsultationRequest:
    """The request, inside a scope."""
    return session().get_one(ConsultationRequest, (world.tenant.id, world.request))


def test_where_the_community_has_one_officer_the_street_signs_second_and_only_then_sees_it(browser: Open, world: World) -> None:
    tenant = world.tenant
    street = browser(tenant.accounts["street_officer"])
    version, given = world.row().version, world.answer()

    def first() -> None:
        answering.write(world.request, version, given)
        answering.sign(world.request, None, tenant.communities[0])
    as_(tenant, world.officer, first)()
    assert (street.get(of(world)).status_code, "欧阳不可见" in street.get("/p/consultation/inbox").text) == (404, False)  # the colleague signs
    with tenant.scope():
        session().execute(delete(Grant).where(Grant.tenant_id == tenant_id(), Grant.account_id == world.second.id))
    assert (street.get(of(world)).status_code, "欧阳不可见" in street.get("/p/consultation/inbox").text) == (200, True)
    assert [street.post(f"{of(world)}/{one}", **form(world)).status_code for one in ("answer", "extend", "slip")] == [403, 403, 403]
    assert street.post(f"{of(world)}/sign", words="1").headers["Location"].endswith("/p/consultation/inbox")
    assert (world.row().state, street.get(of(world)).status_code) == ("answered", 404)
    with tenant.scope():
        name = organization_names([tenant.streets[0]])[tenant.streets[0]]
    assert f"（{name}，" in browser(world.liaison).get(of(world)).text


def test_one_signature_where_the_tenant_says_so(world: World) -> None:
    with world.tenant.scope():
        settings.save("consultation", {"signatures": "one"}, version=settings.get("consultation").version)
    version, given = world.row().version, world.answer("agree", "")
    as_(world.tenant, world.officer, lambda: answering.write(world.request, version, given))()
    assert as_(world.tenant, world.officer, lambda: answering.sign(world.request, None, world.tenant.communities[0]))() is True


def test_late_is_shown_to_both_and_moved_once(browser: Open, world: World) -> None:
    community, asker = browser(world.officer), browser(world.liaison)
    with world.tenant.scope():
        world_row(world).deadline = today() - DAY
    for who, page in ((community, "/p/consultation/inbox?tab=late"), (asker, "/p/consultation/?tab=late")):
        assert ("逾期未答复" in who.get(page).text, "没有答复不算同意" in who.get(of(world)).text) == (True, True)
    assert community.post(f"{of(world)}/extend", version="1", deadline=today().isoformat(), reason="").status_code == 422
    assert community.post(f"{of(world)}/extend", version="1", deadline=(today() + DAY).isoformat(), reason="正在走访").status_code == 303
    assert ("正在走访" in asker.get(of(world)).text, world.row().deadline) == (True, today() + DAY)
    assert community.post(f"{of(world)}/extend", version="2", deadline=(today() + 5 * DAY).isoformat(), reason="还要走访").status_code == 409


def test_withdrawn_with_a_question_and_a_reason(browser: Open, world: World) -> None:
    asker = browser(world.liaison)
    assert asker.post(f"{of(world)}/withdraw", version="1", reason="").status_code == 422
    assert "不能恢复" in asker.post(f"{of(world)}/withdraw", version="1", reason="不再评选").text
    assert asker.post(f"{of(world)}/withdraw", version="1", reason="不再评选", confirmed="1").status_code == 303
    assert (world.row().state, "不再评选" in browser(world.officer).get(of(world)).text) == ("withdrawn", True)
    assert browser(world.officer).post(f"{of(world)}/answer", **form(world)).status_code == 409


def test_an_addition_is_a_new_version_and_the_first_stays(browser: Open, world: World) -> None:
    answered(world)
    asker = browser(world.liaison)
    assert asker.post(f"{of(world)}/outcome", version=str(world.row().version), outcome="已评为优秀").status_code == 303
    assert asker.post(f"{of(world)}/reopen", version=str(world.row().version), deadline=DUE, reason="请补充工作地情况").status_code == 303
    community = browser(world.officer).get(of(world)).text
    assert [one in community for one in (REASON, "请补充工作地情况", "已评为优秀")] == [True] * 3
    answered(world, "other", "补充以后的理由")
    page = asker.get(of(world)).text
    assert [one in page for one in (REASON, "补充以后的理由", "第 2 次")] == [True] * 3


def test_on_paper_the_letter_the_slip_and_the_reply(browser: Open, world: World) -> None:
    asker = browser(world.liaison)
    assert asker.get(f"{of(world)}/letter").data.startswith(b"%PDF")
    words = zipfile.ZipFile(io.BytesIO(asker.get(f"{of(world)}/letter?as=docx").data)).read("word/document.xml").decode()
    assert [one in words for one in ("征求意见函", "回执联", "欧阳不可见", "评先表优", "第0单位", "居住地报到")] == [True] * 6
    assert asker.get(f"{of(world)}/reply").status_code == 409
    paper = form(world, "agree", day=today().isoformat(), signers="张书记、李委员")
    assert asker.post(f"{of(world)}/slip", **(paper | {"day": (today() + DAY).isoformat()})).status_code == 422
    assert asker.post(f"{of(world)}/slip", **(paper | {"signers": ""})).status_code == 422
    assert asker.post(f"{of(world)}/slip", **paper).status_code == 303
    assert "纸质答复，签字人：张书记、李委员" in browser(world.officer).get(of(world)).text
    reply = zipfile.ZipFile(io.BytesIO(asker.get(f"{of(world)}/reply?as=docx").data)).read("word/document.xml").decode()
    assert [one in reply for one in ("征求意见答复函", "张书记、李委员", "欧阳不可见", ">同意<")] == [True] * 4
    assert asker.get(f"{of(world)}/reply").data.startswith(b"%PDF")
    assert asker.post(f"{of(world)}/slip", **paper).status_code == 409


def test_a_department_asks_about_a_unit_as_a_whole(browser: Open, tenant: TestTenant) -> None:
    """All communities where its members report in, gathered on one page and as a workbook; a unit cannot ask about itself (R81)."""
    for number, community in ((1, 0), (2, 1)):
        report(tenant, make_member(tenant, f"李{number}", residence=community), community)
    county = browser(tenant.accounts["county_officer"])
    address = f"/p/consultation/places/{tenant.units[0]}"
    assert browser(tenant.accounts["unit_liaison"]).get(address).status_code == 404
    assert f"/p/consultation/places/{tenant.units[0]}" in county.post("/p/consultation/places/search", q="第0单位").text
    page = county.get(address).text
    communities = re.findall(r'name="community" value="([^"]+)" checked', page)
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)
    assert ticket is not None
    assert set(communities) == {str(one) for one in tenant.communities[:2]}
    what = {"purpose": "文明单位", "deadline": DUE, "ticket": ticket[1]}
    assert county.post(address, community=[], **what).status_code == 422
    assert county.post(address, community=communities, **what).status_code == 303
    request = request_of(tenant, uuid.UUID(ticket[1]))
    officer = tenant.accounts["community_officer"]
    assert "在本社区报到的党员 1 人" in browser(officer).get(f"/p/consultation/requests/{request}").text
    with tenant.scope():
        subject = session().scalars(select(ConsultationSubject.id).where(ConsultationSubject.request_id == request)).one()
    as_(tenant, tenant.accounts["county_officer"], lambda: answering.enter_paper(request, 1, {subject: OpinionInput("other", REASON)}, today(), "张三"))()
    gathered = f"/p/consultation/occasions/{ticket[1]}"
    text = county.get(gathered).text
    assert (text.count("第0单位") >= 2, REASON in text, "还没有答复" in text) == (True, True, True)
    book = openpyxl.load_workbook(io.BytesIO(county.get(f"{gathered}/export").data)).worksheets[0]
    cells = [[cell.value for cell in row][1:5] for row in book.iter_rows() if row[1].value == "第0单位"]
    assert sorted(cells, key=str) == sorted([["第0单位", "已答复", "有不同意见", REASON], ["第0单位", "待答复", None, None]], key=str)


def test_over_the_api(app: Flask, world: World) -> None:
    tenant, client = world.tenant, app.test_client()

    def headers(account: Any, *scopes: str) -> dict[str, str]:
        with tenant.scope():
            actor = load_actor(account.id)
            assert actor is not None
            return {"Authorization": f"Bearer {create_token(actor, 'all', [f'consultation.{one}' for one in scopes], 1)}"}
    asker, officer = headers(world.liaison, "read", "ask"), headers(world.officer, "read", "answer", "sign")
    base = "/api/v1/p/consultation/requests"
    body = {"id": str(uuid.uuid4()), "asker_id": str(tenant.units[0]), "purpose": "晋级晋职", "deadline": DUE, "member_ids": [str(world.member.id)]}
    assert [client.post(base, json=body, headers=asker).status_code for _twice in range(2)] == [201, 201]
    listed = client.get(f"{base}?side=to_answer", headers=officer).json
    assert sorted(row["purpose"] for row in listed) == ["晋级晋职", "评先表优"]
    subject = client.get(f"{base}/{world.request}", headers=officer).json["subjects"][0]["id"]
    answer = {"version": 1, "opinions": [{"subject_id": subject, "opinion": "agree"}], "sign": True}
    made = client.post(f"{base}/{world.request}/answer", json=answer, headers=officer)
    assert (made.status_code, made.json["answer_version"]) == (200, 1)
    assert client.get(f"{base}/{world.request}", headers=asker).json["opinions"] == []
    second = headers(world.second, "read", "sign")
    assert client.post(f"{base}/{world.request}/sign", json={"answer_version": 1}, headers=second).status_code == 204
    assert client.get(f"{base}/{world.request}", headers=asker).json["opinions"] == [{"subject_id": subject, "opinion": "agree", "reason": ""}]
    late = client.post(f"{base}/{world.request}/withdraw", json={"version": 3, "reason": "不用了"}, headers=asker)
    assert late.status_code == 409


def test_lists_cost_the_same_for_one_and_for_three(browser: Open, world: World, statements: list[str]) -> None:
    costs: dict[str, list[int]] = {}
    for number in range(3):
        if number:
            person = make_member(world.tenant, f"李{number}")
            report(world.tenant, person)
            ask(world.tenant, person, world.member)
        for who, page in ((world.liaison, "/p/consultation/"), (world.officer, "/p/consultation/inbox"), (world.tenant.accounts["street_officer"],
                          "/p/consultation/inbox"), (world.liaison, f"/p/consultation/occasions/{world.occasion}"),
                          (world.tenant.accounts["county_officer"], "/p/consultation/counts")):
            client = browser(who)
            client.get(page)
            statements.clear()
            client.get(page)
            costs.setdefault(f"{who.role} {page.replace(str(world.occasion), '')}", []).append(len(statements))
    assert {page: (found[0], found[-1]) for page, found in costs.items()} == {
        "unit_liaison /p/consultation/": (11, 11), "community_officer /p/consultation/inbox": (9, 9), "street_officer /p/consultation/inbox": (8, 8),
        "unit_liaison /p/consultation/occasions/": (14, 14), "county_officer /p/consultation/counts": (4, 4)}


def test_off_and_on_again_keeps_everything(browser: Open, world: World) -> None:
    answered(world)
    with world.tenant.scope():
        disable("consultation")
    assert browser(world.liaison).get(of(world)).status_code == 404
    with world.tenant.scope():
        enable("consultation")
    assert REASON in browser(world.liaison).get(of(world)).text
    with world.tenant.scope():
        assert session().scalar(select(ConsultationOccasion.id)) == world.occasion


def test_twelve_months_back_at_the_ends_of_months() -> None:
    for day, first in ((dt.date(2024, 2, 29), dt.date(2023, 3, 1)), (dt.date(2026, 1, 1), dt.date(2025, 1, 2)), (dt.date(2026, 12, 31), dt.date(2026, 1, 1))):
        with patch.object(facts, "today", lambda day=day: day):
            assert facts.since() == first


def test_what_is_over_cannot_be_opened_withdrawn_or_noted(world: World) -> None:
    for act in (lambda: tracing.reopen(world.request, None, today() + DAY, "请补充"), lambda: tracing.note_outcome(world.request, None, "结果"),
                lambda: answering.return_to_writer(world.request, 1, "请修改")):
        with pytest.raises(Conflict):
            as_(world.tenant, world.liaison, act)()
