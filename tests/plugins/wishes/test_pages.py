"""Pages and API: who sees and does what, what never leaks, what lists cost, and off means closed."""
from __future__ import annotations

import datetime as dt
import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import func, select

from core.access.actor import load_actor
from core.access.tokens import create_token
from core.audit.models import AuditEntry
from core.jobs.running import run_due
from core.service.claims.claiming import release
from core.service.claims.models import Claim
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from plugins.wishes import entering, fulfilling, gate
from plugins.wishes.entering import WishInput
from plugins.wishes.fulfilling import Judgement
from plugins.wishes.models import WishesWish
from tenants.activation import disable, enable
from tests.plugins.needs.conftest import WHO, make_need, need
from tests.plugins.wishes.conftest import (
    ADDRESS,
    NAME,
    PHONE,
    TEXT,
    TITLE,
    accept,
    claim,
    claim_states,
    enter,
    officer,
    records,
    state,
    wish,
)
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant, make_member

Open = Callable[..., Browser]
SECRETS = (NAME, PHONE, ADDRESS, TEXT, "很不耐烦", "dissatisfied", "不满意")
GATE = {"concrete": "yes", "real": "yes", "easy": "yes", "title": TITLE}


def main(answer: Any) -> str:
    """What the page's main part says."""
    return str(answer.get_data(as_text=True).partition('id="main"')[2])


def leaks(answer: Any) -> list[str]:
    """What tells who the resident is, or what the resident thought of it."""
    return [secret for secret in SECRETS if secret in answer.get_data(as_text=True)]


def test_without_a_phone_all_of_it_goes_through_the_officer(browser: Open, tenant: TestTenant) -> None:
    helper = make_member(tenant, "赵强")  # no account either
    own = browser(tenant.accounts["community_officer"])
    form = own.get("/p/wishes/new").text
    wish_id = uuid.UUID(re.search(r'name="wish_id" value="([^"]+)"', form)[1])  # type: ignore[index]
    fields = {"wish_id": str(wish_id), "community_id": str(tenant.communities[0]), "kind": "wish", "text": TEXT, "name": NAME, "phone": PHONE}
    bad = own.post("/p/wishes/new", **{**fields, "phone": ""})
    assert (bad.status_code, "请至少填一项" in bad.text, TEXT in bad.text) == (422, True, True)
    receipts = [own.post("/p/wishes/new", **fields) for _time in range(2)]
    assert [one.status_code for one in receipts] == [200, 200]
    assert len({re.search(r"\d{4} \d{4} \d{4}", main(one))[0] for one in receipts}) == 2  # type: ignore[index]  a fresh code, the same wish
    assert count(tenant) == 1
    page = f"/p/wishes/{wish_id}"
    assert own.post(f"{page}/accept", version=1, **{**GATE, "easy": "no"}).status_code == 422
    assert own.post(f"{page}/accept", version=9, **GATE).status_code == 409
    assert own.post(f"{page}/accept", version=1, **GATE).status_code == 303
    found = own.post(f"{page}/claim", q="赵强")
    assert f'value="{helper.id}"' in found.text
    assert own.post(f"{page}/claim", member=helper.id).status_code == 303
    assert own.get(f"{page}/slip").status_code == 200
    assert own.post(f"{page}/done", served_on=today().isoformat(), proof="教会了").status_code == 303
    assert own.post(f"{page}/write-off", version=wish(tenant, wish_id).version, channel="paper", rating="satisfied").status_code == 303
    assert records(tenant) == [("微心愿", "counted", "satisfied", 120, False, "paper")]


def count(tenant: TestTenant) -> int:
    """How many wishes there are."""
    with tenant.scope():
        return session().scalar(select(func.count()).select_from(WishesWish).where(WishesWish.tenant_id == tenant_id())) or 0


def test_a_member_claims_on_the_phone_and_only_then_sees_the_resident(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    wish_id, own = accept(tenant, place="青山里片区"), browser(member.account)
    for page in ("/p/wishes/me/", f"/p/wishes/me/{wish_id}"):
        answer = own.get(page)
        assert (TITLE in answer.text, "青山里片区" in answer.text, leaks(answer)) == (True, True, [])
    assert own.post(f"/p/wishes/me/{wish_id}/contact").status_code == 404
    assert own.post(f"/p/wishes/me/{wish_id}/claim").status_code == 303
    seen = own.post(f"/p/wishes/me/{wish_id}/contact")
    assert [text in seen.text for text in (NAME, PHONE, ADDRESS, TEXT)] == [True] * 4
    assert looks(tenant) == [{"by": "member"}]
    bad = own.post(f"/p/wishes/me/{wish_id}/done", served_on="2099-01-01", proof="教会了")
    assert (bad.status_code, "日期还没有到" in bad.text, "教会了" in bad.text) == (422, True, True)
    assert own.post(f"/p/wishes/me/{wish_id}/done", served_on=today().isoformat(), proof="教会了", minutes=45).status_code == 303
    with tenant.scope():
        fulfilling.write_off(wish_id, None, Judgement("visit", "dissatisfied", "很不耐烦"), by=officer(tenant))
    assert own.post(f"/p/wishes/me/{wish_id}/contact").status_code == 404  # written off: no more
    for page in (f"/p/wishes/me/{wish_id}", "/p/wishes/me/"):
        assert (own.get(page).status_code, leaks(own.get(page))) == (200, [])


def looks(tenant: TestTenant) -> list[Any]:
    """What the log says of looks at contacts."""
    with tenant.scope():
        return list(session().scalars(select(AuditEntry.details).where(AuditEntry.tenant_id == tenant_id(), AuditEntry.action == "wishes.contact_seen")))


def test_a_member_gives_up_with_a_reason(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    wish_id, own = claim(tenant, member), browser(member.account)
    assert own.post(f"/p/wishes/me/{wish_id}/release", reason="").status_code == 422
    assert own.post(f"/p/wishes/me/{wish_id}/release", reason="出差一个月").status_code == 303
    assert (state(tenant, wish_id), claim_states(tenant)) == ("accepted", ["released"])


def test_a_unit_claims_with_chosen_members_and_learns_nothing_of_the_resident(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    easy, wish_id = accept(tenant), accept(tenant, title="装楼道扶手", easy=False, harder=True)
    liaison = browser(tenant.accounts["unit_liaison"])
    assert liaison.get("/p/wishes/").headers["Location"].endswith("/p/wishes/unit/")
    wall = liaison.get("/p/wishes/unit/")
    assert ("装楼道扶手" in wall.text, TITLE in wall.text, leaks(wall)) == (True, False, [])
    assert (liaison.get(f"/p/wishes/unit/{easy}").status_code, leaks(liaison.get(f"/p/wishes/unit/{wish_id}"))) == (404, [])
    found = liaison.post(f"/p/wishes/unit/{wish_id}/claim", find="yes", q="wxm")
    assert f'value="{member.id}"' in found.text
    assert liaison.post(f"/p/wishes/unit/{wish_id}/claim").status_code == 422  # nobody is ticked
    assert liaison.post(f"/p/wishes/unit/{wish_id}/claim", member=member.id).status_code == 303
    for page in (f"/p/wishes/unit/{wish_id}", f"/p/wishes/{wish_id}", "/p/wishes/unit/"):
        assert (liaison.get(page).status_code, leaks(liaison.get(page))) == (200, [])
    assert NAME in browser(member.account).post(f"/p/wishes/me/{wish_id}/contact").text
    assert browser(member.account).post(f"/p/wishes/me/{wish_id}/release", reason="有事").status_code == 404  # the unit's to give up
    assert liaison.post(f"/p/wishes/unit/{wish_id}/done", served_on=today().isoformat(), proof="装好了").status_code == 303
    assert state(tenant, wish_id) == "done"


def test_another_communitys_wish_is_not_there(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    wish_id = accept(tenant, enter(tenant, community_id=tenant.communities[-1]))
    pages = {"community_officer": [("GET", ""), ("POST", "/accept"), ("POST", "/contact"), ("POST", "/write-off"), ("POST", "/withdraw"),
                                   ("GET", "/slip"), ("POST", "/receipt"), ("POST", "/claim")],
             "street_officer": [("GET", ""), ("POST", "/receipt")], "county_officer": [("GET", "")], "unit_liaison": [("GET", "")]}
    for role, asked in pages.items():
        own = browser(tenant.accounts[role])
        for method, tail in asked:
            address = f"/p/wishes/{wish_id}{tail}"
            assert (role, tail, (own.get(address) if method == "GET" else own.post(address, version=1)).status_code) == (role, tail, 404)
    assert TITLE not in browser(tenant.accounts["community_officer"]).get("/p/wishes/?tab=accepted").text
    own = browser(member.account)
    assert (own.get(f"/p/wishes/me/{wish_id}").status_code, own.post(f"/p/wishes/me/{wish_id}/claim").status_code) == (404, 404)
    assert browser(tenant.others["community_officer"]).get(f"/p/wishes/{wish_id}").status_code == 200


def test_in_reach_without_the_right_is_forbidden_and_sees_no_contact(browser: Open, tenant: TestTenant) -> None:
    wish_id = enter(tenant)
    for role in ("street_officer", "county_officer", "city_administrator"):
        own = browser(tenant.accounts[role])
        assert (own.get(f"/p/wishes/{wish_id}").status_code, leaks(own.get(f"/p/wishes/{wish_id}"))) == (200, [])
        assert [own.post(f"/p/wishes/{wish_id}/{tail}", version=1).status_code for tail in ("contact", "accept", "refuse")] == [403] * 3
    assert browser(tenant.accounts["auditor"]).get("/p/wishes/").status_code == 403


def test_search_goes_by_form_and_finds_by_number_title_name_and_phone(browser: Open, tenant: TestTenant) -> None:
    wish_id = accept(tenant)
    accept(tenant, enter(tenant, name="李大爷", phone="13800001111"), title="换灯泡")
    own = browser(tenant.accounts["community_officer"])
    for text in (wish(tenant, wish_id).number, "学用手机", NAME, PHONE, " 139 7123 4567 "):
        found = own.post("/p/wishes/search", q=text)
        assert (text, TITLE in found.text, "换灯泡" in main(found)) == (text, True, False)
    assert TITLE not in main(own.post("/p/wishes/search", q="孙"))  # a name is known as a whole only: it is sealed


def test_what_is_overdue_stands_in_a_tab_of_its_own(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    late, ours, fresh = accept(tenant, title="超期没人认领"), accept(tenant, title="超期没办"), accept(tenant, title="刚上墙")
    claim(tenant, member, ours)
    with tenant.scope():
        for number, wish_id in enumerate((late, ours), 1):
            session().get_one(WishesWish, (tenant.id, wish_id)).alarm_on = today() - dt.timedelta(days=number)
    page = main(browser(tenant.accounts["community_officer"]).get("/p/wishes/?tab=overdue"))
    assert [page.find(title) > 0 for title in ("超期没人认领", "超期没办", "刚上墙")] == [True, True, False]
    assert page.find("超期没办") < page.find("超期没人认领")  # the longest overdue first
    assert state(tenant, fresh) == "accepted"


def test_the_workbook_holds_no_contact(browser: Open, tenant: TestTenant) -> None:
    accept(tenant)
    answer = browser(tenant.accounts["community_officer"]).get("/p/wishes/export?tab=accepted")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    text = " ".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    assert (TITLE in text, [secret for secret in SECRETS if secret in text]) == (True, [])


def test_the_campaign_counts_by_kind_and_group(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    claim(tenant, member)
    accept(tenant, enter(tenant, kind="dream", group=None))
    enter(tenant, kind="difficulty")
    with tenant.scope():
        gate.split(enter_in(tenant), None, ["一个", "两个"], by=officer(tenant))
    page = re.sub(r"<[^>]+>|\s+", " ", main(browser(tenant.accounts["community_officer"]).get("/p/wishes/campaign")))
    flat = " ".join(page.split())
    for line in ("小梦想 1 1 0 0", "小心愿 3 1 1 0", "小困难 1 0 0 0", "空巢老人 2 1 1 0", "其他居民 3 1 0 0"):
        assert (line, line in flat) == (line, True)


def enter_in(tenant: TestTenant) -> uuid.UUID:
    """A wish of nobody's group, inside the scope."""
    return entering.enter(WishInput(tenant.communities[0], "wish", "两件事", phone=PHONE), by=None)


@pytest.mark.parametrize("page", ["/p/wishes/?tab=accepted", "/p/wishes/me/", "/p/wishes/unit/"])
def test_what_lists_cost_does_not_depend_on_their_length(browser: Open, tenant: TestTenant, member: TestMember, statements: list[str],
                                                         page: str) -> None:
    account = member.account if "/me/" in page else tenant.accounts["unit_liaison" if "unit" in page else "community_officer"]
    own, counts = browser(account), []
    for number in range(3):
        accept(tenant, title=f"心愿{number}", easy=False, harder=True)
        if number in (0, 2):
            own.get(page)
            statements.clear()
            assert own.get(page).status_code == 200
            counts.append(len(statements))
    assert counts[0] == counts[1]


def test_off_it_is_closed_and_on_again_all_is_there(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    wish_id = claim(tenant, member)
    own = browser(tenant.accounts["community_officer"])
    with tenant.scope():
        disable("wishes")
    assert (own.get("/p/wishes/").status_code, browser(member.account).get("/p/wishes/me/").status_code) == (404, 404)
    with tenant.scope():
        claim_id = session().scalars(select(Claim.id).where(Claim.tenant_id == tenant_id())).one()
        release(claim_id, None, "功能停用")
        enable("wishes")
    run_due(tenant.id)
    assert state(tenant, wish_id) == "accepted"  # heard of once it was on again


def test_the_api_claims_enters_accepts_and_writes_off(app: Flask, tenant: TestTenant, member: TestMember) -> None:
    ask = programs(app, tenant)
    made = ask(tenant.accounts["community_officer"].id, "POST", "/wishes", {"id": str(uuid.uuid4()), "community_id": str(tenant.communities[0]),
                                                                            "kind": "wish", "text": TEXT, "name": NAME, "phone": PHONE})
    assert (made.status_code, sorted(made.json)) == (201, ["code", "id", "number"])
    one = f"/wishes/{made.json['id']}"
    accepted = ask(officer(tenant), "POST", f"{one}/accept", {"version": 1, "title": TITLE, "concrete": True, "real": True, "easy": True})
    assert (accepted.status_code, accepted.json["state"], leaks(accepted)) == (200, "accepted", [])
    assert member.account is not None
    wall = ask(member.account.id, "GET", "/me/wall")
    assert ([row["title"] for row in wall.json], leaks(wall)) == ([TITLE], [])
    assert ask(member.account.id, "POST", f"{one}/claim", {}).json["held"] is True
    written = ask(officer(tenant), "POST", f"{one}/write-off", {"version": 3, "channel": "visit", "rating": "fair"})
    assert (written.status_code, written.json["state"]) == (200, "written_off")
    for address in (f"/communities/{tenant.communities[0]}/wall", "/wishes", one):
        answer = ask(officer(tenant), "GET", address)
        assert (answer.status_code, leaks(answer)) == (200, [])
    assert ask(tenant.others["community_officer"].id, "GET", one).status_code == 404


def programs(app: Flask, tenant: TestTenant) -> Callable[..., Any]:
    """Asks the API as the program of an account."""
    def ask(account: uuid.UUID, method: str, address: str, body: Any = None) -> Any:
        with tenant.scope():
            actor = load_actor(account)
            assert actor is not None
            token = create_token(actor, "test", [code for code in ("wishes.read", "wishes.enter", "wishes.manage", "wishes.self") if actor.can(code)], 1)
        return app.test_client().open(f"/api/v1/p/wishes{address}", method=method, json=body, headers={"Authorization": f"Bearer {token}"})
    return ask


def test_out_of_a_need_nobody_types_again_and_the_need_is_done_with_the_wish(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        enable("needs")
    need_id = make_need(tenant, "灯坏了，够不着", summary="换一盏灯")
    own = browser(tenant.accounts["community_officer"])
    form = own.get(f"/p/wishes/new?origin=needs&origin_id={need_id}").text
    assert [text in form for text in ("灯坏了，够不着", WHO.name, WHO.phone)] == [True] * 3
    assert WHO.name not in browser(tenant.accounts["street_officer"]).get(f"/p/wishes/new?origin=needs&origin_id={need_id}").text
    receipt = own.post("/p/wishes/new", wish_id=uuid.uuid4(), origin="needs", origin_id=need_id, community_id=tenant.communities[0], kind="difficulty",
                       text="灯坏了，够不着", name=WHO.name, phone=WHO.phone)
    assert receipt.status_code == 200
    with tenant.scope():
        wish_id = session().scalars(select(WishesWish.id).where(WishesWish.tenant_id == tenant_id(), WishesWish.channel == "need")).one()
    claim(tenant, member, accept(tenant, wish_id))
    assert need(tenant, need_id).state == "turned"
    with tenant.scope():
        fulfilling.write_off(wish_id, None, Judgement("visit", "satisfied"), by=officer(tenant))
    assert need(tenant, need_id).state == "done"
