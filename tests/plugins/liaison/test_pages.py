"""The pages and the API: who sees and does what, the way of officer, cadre, unit and community, papers, and what each list costs."""
from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select, update

from core.access.models import Account
from core.access.tokens import create_token
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from plugins.liaison import cadres, coordinating, pointing, visiting
from plugins.liaison.coordinating import IssueInput
from plugins.liaison.models import LiaisonCadre, LiaisonIssue, LiaisonPoint, LiaisonVisit
from plugins.liaison.pointing import PointInput
from plugins.liaison.visiting import VisitInput
from tests.plugins.liaison.conftest import DAY, WEAK
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant, make_member

Open = Callable[..., Browser]


def raised(tenant: TestTenant, point: uuid.UUID, title: str = "三号楼下水道堵塞", **changes: Any) -> uuid.UUID:
    """An issue that the community has raised."""
    with tenant.scope():
        return coordinating.raise_issue(uuid.uuid4(), point, IssueInput(title, **changes), side="community", by=None)


def test_an_officer_flags_enters_and_assigns(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    officer, here = browser(tenant.accounts["county_officer"]), tenant.communities[0]
    assert member.name in officer.post("/p/liaison/cadres/find", q="周").text
    assert officer.post(f"/p/liaison/cadres/members/{member.id}", post="局").status_code == 422
    assert officer.post(f"/p/liaison/cadres/members/{member.id}", post="局长", office="").status_code == 303
    city = make_member(tenant, "钱市长")
    with tenant.scope():
        cadres.flag(city.id, "市长", None, tenant.root)
    assert officer.post(f"/p/liaison/cadres/members/{city.id}", post="科员", office="").status_code == 409  # the city keeps that entry
    ticket = str(uuid.uuid4())
    assert [officer.post("/p/liaison/cadres/new", ticket=ticket, name="吴部长", post="部长", office="省委某部").status_code for _two in range(2)] == [303, 303]
    with tenant.scope():
        ids = {row.name: str(row.id) for row in session().scalars(select(LiaisonCadre).where(LiaisonCadre.tenant_id == tenant_id()))}
    assert sorted(name or "" for name in ids) == ["", "吴部长"]
    page = officer.get(f"/p/liaison/communities/{here}/assign").text
    assert [word in page for word in ("吴部长", member.name, WEAK, "无人认领的服务事项")] == [True] * 4
    form = {"cadre_id": ids["吴部长"], "since": today().isoformat(), "until": "", "note": "两栋危房"}
    wrong = officer.post(f"/p/liaison/communities/{here}/assign", **form)
    assert (wrong.status_code, "请至少选择一条理由" in wrong.text or "必填" in wrong.text, "两栋危房" in wrong.text) == (422, True, True)
    assert [officer.post(f"/p/liaison/communities/{here}/assign", reasons=[WEAK], **form).status_code for _two in range(2)] == [303, 303]
    assert officer.get(f"/p/liaison/communities/{tenant.communities[-1]}/assign").status_code == 404
    assert officer.get("/p/liaison/assign/chosen?community_id=x").status_code == 303
    with tenant.scope():
        point = session().scalars(select(LiaisonPoint)).one()
    assert officer.post(f"/p/liaison/points/{point.id}/reasons", version=1, reasons=[WEAK], note="三栋危房").status_code == 303
    assert officer.post(f"/p/liaison/points/{point.id}/reasons", version=1, reasons=[WEAK], note="又改").status_code == 409
    assert "三栋危房" in officer.get(f"/p/liaison/points/{point.id}").text
    assert officer.post(f"/p/liaison/points/{point.id}/end", version=2, until=today().isoformat(), reason="工作调动").status_code == 303


def test_the_cadre_on_the_phone_and_the_community_for_one_without(browser: Open, tenant: TestTenant, member: TestMember, point: uuid.UUID) -> None:
    own, community = browser(member.account), browser(tenant.accounts["community_officer"])
    assert "已超过约定时间" in own.get("/p/liaison/me").text
    visit = {"ticket": str(uuid.uuid4()), "visited_on": today().isoformat(), "kind": "research", "findings": "走访了楼栋"}
    assert own.post(f"/p/liaison/me/points/{point}/visit", **(visit | {"visited_on": (today() + DAY).isoformat()})).status_code == 422
    assert [own.post(f"/p/liaison/me/points/{point}/visit", **visit).status_code for _two in range(2)] == [303, 303]
    assert own.post(f"/p/liaison/me/points/{point}/issue", ticket=str(uuid.uuid4()), title="加装电梯", responsible="第0单位").status_code == 303
    paper = {"ticket": str(uuid.uuid4()), "visited_on": (today() - DAY).isoformat(), "kind": "service", "findings": "打扫楼道"}
    assert community.post(f"/p/liaison/points/{point}/visit", **paper).status_code == 303
    with tenant.scope():
        rows = session().execute(select(LiaisonVisit.side, LiaisonVisit.id).order_by(LiaisonVisit.id)).all()
        made = session().scalars(select(LiaisonIssue)).one()
    assert (sorted(row.side for row in rows), made.side, made.unit_id) == (["cadre", "community"], "cadre", tenant.units[0])
    page = own.get("/p/liaison/me").text
    assert ["按期" in page, "打扫楼道" in page, "加装电梯" in page] == [True] * 3
    assert own.post(f"/p/liaison/me/issues/{made.id}/step", version=1, says="已约住建局").status_code == 303
    service = next(row.id for row in rows if row.side == "community")
    assert community.post(f"/p/liaison/visits/{service}", version=1, visited_on=today().isoformat(), kind="service", findings="打扫三号楼").status_code == 303
    assert community.get(f"/p/liaison/visits/{service}/record").status_code == 200
    assert community.post(f"/p/liaison/visits/{service}/record", version=2, record_id=str(uuid.uuid4())).status_code == 422
    other = browser(make_member(tenant, "李芳", account=True).account)
    addresses = ("/p/liaison/me", f"/p/liaison/me/points/{point}/visit", f"/p/liaison/me/issues/{made.id}/step")
    assert [other.get(address).status_code for address in addresses] == [200, 404, 404]


def test_an_issue_goes_through_unit_and_county_and_only_the_community_ends_it(browser: Open, tenant: TestTenant, member: TestMember,
                                                                             point: uuid.UUID) -> None:
    made = raised(tenant, point)
    community, county, unit = (browser(tenant.accounts[role]) for role in ("community_officer", "county_officer", "unit_liaison"))
    address = f"/p/liaison/issues/{made}"
    assert unit.get(address).status_code == 404
    assert community.post(f"{address}/act?act=entrust", version=1, responsible="第0单位", deadline=(today() + DAY).isoformat()).status_code == 303
    assert (unit.get(address).status_code, "三号楼下水道堵塞" in unit.get("/p/liaison/issues/").text) == (200, True)
    assert unit.get("/p/liaison/").status_code == 303
    refused = {act: unit.post(f"{address}/act?act={act}", version=2, says="试一试").status_code for act in ("entrust", "escalate", "confirm", "close")}
    assert refused == dict.fromkeys(refused, 403)
    assert unit.post(f"{address}/act?act=report", version=1, says="已疏通").status_code == 409
    assert unit.post(f"{address}/act?act=report", version=2, says="").status_code == 422
    assert unit.post(f"{address}/act?act=report", version=2, says="已疏通").status_code == 303
    assert county.post(f"{address}/act?act=confirm", version=3, says="").status_code == 403
    assert community.post(f"{address}/act?act=send_back", version=3, says="又堵了").status_code == 303
    asked = community.post(f"{address}/act?act=close", version=4, says="改由物业办")
    assert (asked.status_code, "改由物业办" in asked.text) == (200, True)
    assert community.post(f"{address}/act?act=confirm", version=4, says="").status_code == 303
    page = county.get(address).text
    assert [word in page for word in ("社区确认已解决", "又堵了", "已疏通", "责任单位")] == [True] * 4
    assert "三号楼下水道堵塞" in county.get("/p/liaison/issues/?tab=solved").text
    assert community.get(f"{address}/act?act=nothing").status_code == 404
    assert browser(tenant.others["community_officer"]).get(address).status_code == 404


def test_nobody_confirms_what_was_ones_own_to_coordinate(browser: Open, tenant: TestTenant, point: uuid.UUID, cadre: uuid.UUID) -> None:
    made = raised(tenant, point)
    officer = tenant.accounts["community_officer"]
    with tenant.scope():
        person = session().scalars(select(LiaisonCadre.member_id).where(LiaisonCadre.id == cadre)).one()
        session().execute(update(Account).where(Account.tenant_id == tenant_id(), Account.member_id == person).values(member_id=None))
        session().get_one(Account, (tenant.id, officer.id)).member_id = person
    assert browser(officer).post(f"/p/liaison/issues/{made}/act?act=confirm", version=1, says="").status_code == 403


def test_the_register_on_screen_as_workbook_and_on_paper(browser: Open, tenant: TestTenant, member: TestMember, point: uuid.UUID) -> None:
    raised(tenant, point)
    officer = browser(tenant.accounts["community_officer"])
    assert [member.name in officer.get(f"/p/liaison/?tab={tab}").text for tab in ("current", "due", "ended")] == [True, True, False]
    assert [member.name in officer.post("/p/liaison/search", q=text, tab="current").text for text in ("周", "李")] == [True, False]
    book = openpyxl.load_workbook(io.BytesIO(officer.get("/p/liaison/export").data))
    assert [cell.value for cell in book.worksheets[0][2]][:3] == [member.name, "党组书记、局长", "第0单位"]
    issues = openpyxl.load_workbook(io.BytesIO(officer.get("/p/liaison/issues/export").data))
    assert issues.worksheets[0]["B2"].value == "三号楼下水道堵塞"
    assert officer.get("/p/liaison/register.pdf").data.startswith(b"%PDF")
    sibling = browser(tenant.others["community_officer"])
    assert [member.name in sibling.get(f"/p/liaison/{page}").text for page in ("", "issues/")] == [False, False]
    assert openpyxl.load_workbook(io.BytesIO(sibling.get("/p/liaison/export").data)).worksheets[0].max_row == 1
    assert (sibling.get(f"/p/liaison/points/{point}").status_code, browser(member.account).get(f"/p/liaison/points/{point}").status_code) == (404, 403)


def test_lists_cost_the_same_for_one_row_and_for_three(browser: Open, tenant: TestTenant, member: TestMember, cadre: uuid.UUID, point: uuid.UUID,
                                                       statements: list[str]) -> None:
    officer, county, own = (browser(one) for one in (tenant.accounts["community_officer"], tenant.accounts["county_officer"], member.account))
    pages = [(officer, "/p/liaison/"), (officer, "/p/liaison/issues/"), (county, "/p/liaison/cadres/"), (officer, f"/p/liaison/points/{point}"),
             (own, "/p/liaison/me")]

    def grow(number: int) -> None:
        raised(tenant, point)
        person = make_member(tenant, "李芳")
        day = today() - (90 - number) * DAY
        with tenant.scope():
            visiting.enter(uuid.uuid4(), point, VisitInput(today(), "research", "走访了楼栋"), side="cadre", by=None)
            other = cadres.flag(person.id, "处长", None, tenant.counties[0])
            pointing.assign(PointInput(other, tenant.communities[0], day, [WEAK]), by=None)
            pointing.assign(PointInput(cadre, tenant.communities[number], day, [WEAK]), by=None)

    def cost() -> list[tuple[int, int]]:
        found = []
        for who, address in pages:
            statements.clear()
            found.append((len(who.get(address).text), len(statements)))
        return found
    grow(1)
    cost()
    one = cost()
    for more in (2, 3):
        grow(more)
    three = cost()
    assert [count for _length, count in one] == [count for _length, count in three] == COUNTS
    assert [address for (_who, address), few, many in zip(pages, one, three, strict=True) if many[0] <= few[0]] == []  # the twin: they did grow


COUNTS = [8, 5, 3, 14, 9]


def test_the_api_reads_assigns_and_acts(browser: Open, tenant: TestTenant, cadre: uuid.UUID) -> None:
    with tenant.scope():
        token = create_token(tenant.actor("county_officer"), "office", ["liaison.read", "liaison.assign", "liaison.enter", "liaison.handle"], 1)
    client = browser().client

    def ask(method: str, address: str, **values: Any) -> Any:
        return client.open(f"/api/v1/p/liaison{address}", method=method, headers={"Authorization": f"Bearer {token}"}, json=values or None)
    given = {"cadre_id": str(cadre), "since": (today() - 9 * DAY).isoformat(), "reasons": [WEAK]}
    made = ask("POST", "/points", community_id=str(tenant.communities[0]), **given)
    assert made.status_code == 201
    assert ask("POST", "/points", community_id=str(tenant.communities[-1]), **given).status_code == 404
    point = made.json["id"]
    assert ask("POST", f"/points/{point}/visits", visited_on=today().isoformat(), kind="guidance", findings="听取汇报").status_code == 201
    issue = ask("POST", f"/points/{point}/issues", title="缺少活动场所").json["id"]
    assert ask("POST", f"/issues/{issue}/acts", act="report", version=1, says="已腾出一间").json["state"] == "reported"
    assert ask("POST", f"/issues/{issue}/acts", act="report", version=2, says="再报一次").status_code == 409
    assert ask("POST", f"/issues/{issue}/acts", act="confirm", version=2, says="不该由县里确认").status_code == 403
    assert [[one["id"] for one in ask("GET", address).json] for address in ("/points", "/issues?tab=reported")] == [[point], [issue]]
    assert ask("GET", "/points").json[0]["visited_on"] == today().isoformat()


@pytest.mark.parametrize("address", ["/p/liaison/", "/p/liaison/issues/", "/p/liaison/cadres/", "/p/liaison/assign", "/p/liaison/cadres/new",
                                     "/p/liaison/register.pdf"])
def test_nothing_yet(browser: Open, tenant: TestTenant, address: str) -> None:
    assert browser(tenant.accounts["county_officer"]).get(address).status_code == 200
