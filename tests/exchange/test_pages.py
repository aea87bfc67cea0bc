"""Exchange over HTTP: each role's pages, the way by phone, by file and by code, and what others may not see."""
from __future__ import annotations

import io
import json
import re

import pytest
from sqlalchemy import select

from core.access.roles import MEMBER
from core.errors import Invalid
from core.exchange import addresses, canonical, outbox, post_office
from core.exchange.models import ExchangeIncoming, ExchangeOutgoing, ExchangePartner, ExchangeRequest
from core.members.models import Member
from core.organizations.models import Organization
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tests.exchange.conftest import Pair
from tests.support.applications import shared_app
from tests.support.browsing import without_csrf
from tests.support.factories import make_account, make_member, make_tenant, sign_in
from tests.support.statements import sent


@pytest.fixture
def client(config):
    return shared_app(config).test_client()


@pytest.fixture
def signed(config, client):
    def enter(account):
        other = without_csrf(shared_app(config)).test_client()
        sign_in(other, account)
        return other
    return enter


def one(tenant, column):
    with tenant.scope():
        return session().scalars(select(column).where(column.class_.tenant_id == tenant_id()).order_by(column.class_.id.desc())).first()


def test_the_members_way_from_the_phone_to_the_desk_and_back(pair, signed) -> None:
    with pair.home.scope():
        account = make_account(pair.home, MEMBER, pair.home.units[0], member_id=pair.member.id, display_name="欧阳远行")
    me, liaison = signed(account), signed(pair.home.accounts["unit_liaison"])
    desk, other = signed(pair.away.accounts["community_officer"]), signed(pair.away.others["community_officer"])
    assert "申请到那里报到" in me.get("/exchange/mine").text
    partner = str(pair.partner_id(pair.home, pair.away))
    found = me.post("/exchange/ask", data={"partner_id": partner, "q": "001社区"}).text
    assert f'value="{pair.code()}"' in found
    form = {"partner_id": partner, "q": "001社区", "community_code": pair.code(), "basis": "residence", "send": "1"}
    assert me.post("/exchange/ask", data=form | {"community_code": "0"}).status_code == 422
    assert me.post("/exchange/ask", data=form | {"moving": "true"}).status_code == 422
    assert me.post("/exchange/ask", data=form).status_code == 303
    assert me.post("/exchange/ask", data=form).status_code == 409
    wish = one(pair.home, ExchangeRequest.id)
    assert "欧阳远行" in liaison.get("/exchange/outgoing").text
    assert liaison.post(f"/exchange/requests/{wish}/fulfil", data={"version": 7}).status_code == 409
    assert liaison.post(f"/exchange/requests/{wish}/fulfil", data={"version": 1}).status_code == 303
    post_office.go_round()
    arrival = one(pair.away, ExchangeIncoming.id)
    assert "欧阳远行" in desk.get("/exchange/arrivals").text
    assert "欧阳远行" not in other.get("/exchange/arrivals").text
    assert other.get(f"/exchange/arrivals/{arrival}").status_code == 404
    assert desk.post(f"/exchange/arrivals/{arrival}/turn-away", data={"version": 1, "reason": ""}).status_code == 422
    assert desk.post(f"/exchange/arrivals/{arrival}/admit", data={"version": 1}).status_code == 303
    assert desk.post(f"/exchange/arrivals/{arrival}/admit", data={"version": 1}).status_code == 409
    post_office.go_round()
    assert "已报到" in me.get("/exchange/mine").text
    assert "已报到" in liaison.get(f"/exchange/elsewhere/members/{pair.member.id}").text
    assert "已报到" in liaison.get(f"/exchange/elsewhere/units/{pair.home.units[0]}").text
    assert signed(pair.home.others["county_officer"]).get(f"/exchange/elsewhere/members/{pair.member.id}").status_code == 404


def test_partners_are_made_and_ended_on_the_administrators_page(database, signed) -> None:
    one_, other = make_tenant("4201"), make_tenant("4205", name="宜昌市")
    mine, theirs = signed(one_.accounts["city_administrator"]), signed(other.accounts["city_administrator"])
    assert "宜昌市" in mine.get("/exchange/partners").text
    assert mine.post("/exchange/partners", data={"code": "0000"}).status_code == 422
    assert mine.post("/exchange/partners", data={"code": "4205"}).status_code == 303
    post_office.go_round()
    partner = one(other, ExchangePartner.id)
    assert "提出与本地互通" in theirs.get(f"/exchange/partners/{partner}").text
    assert theirs.post(f"/exchange/partners/{partner}/accept", data={"version": 1}).status_code == 303
    post_office.go_round()
    assert one(one_, ExchangePartner.state) == "active"
    back = one(one_, ExchangePartner.id)
    version = one(one_, ExchangePartner.version)
    assert mine.post(f"/exchange/partners/{back}/end", data={"version": version}).status_code == 422
    assert mine.post(f"/exchange/partners/{back}/end", data={"version": 99, "confirmed": "yes"}).status_code == 409
    assert mine.post(f"/exchange/partners/{back}/end", data={"version": version, "confirmed": "yes"}).status_code == 303
    post_office.go_round()
    assert one(other, ExchangePartner.state) == "ended"


def test_paper_file_and_code_between_two_installations(database, signed, client) -> None:
    """The same as by wire: partner files, the code on paper verified by anybody and taken at the desk, the file taken once."""
    home, away = make_tenant("1100", name="甲市"), make_tenant("1200", name="乙市")
    mine, theirs = signed(home.accounts["city_administrator"]), signed(away.accounts["city_administrator"])
    for here, there, tenant in ((mine, theirs, away), (theirs, mine, home)):
        file = here.get("/exchange/partner-file").data
        assert there.post("/exchange/partner-file", data={"file": (io.BytesIO(file), "a.json")}).status_code == 303
        known = one(tenant, ExchangePartner.id)
        assert there.post(f"/exchange/partners/{known}/accept", data={"version": 1}).status_code == 422
        assert there.post(f"/exchange/partners/{known}/accept", data={"version": 1, "compared": "yes"}).status_code == 303
    pair = Pair(home, away, make_member(home, "司马远行"))
    with home.scope():
        session().scalars(select(ExchangePartner)).one().local = False
    sent_id = pair.send()
    pdf = mine.get(f"/exchange/outgoing/{sent_id}/paper.pdf")
    assert (pdf.status_code, pdf.data[:5]) == (200, b"%PDF-")
    file = mine.post(f"/exchange/outgoing/{sent_id}/file").data
    assert one(home, ExchangeOutgoing.state) == "filed"
    short = canonical.pack(file)
    public = without_csrf(client.application).test_client()
    shown = public.post("/t/city1200/exchange/verify", data={"text": short}).text
    assert ("签名有效" in shown, "司马远行" in shown) == (True, False)
    assert public.post("/t/city1200/exchange/verify", data={"text": short[:-6]}).status_code == 422
    desk = signed(away.accounts["community_officer"])
    assert desk.post("/exchange/arrivals/take", data={"text": short}).status_code == 303
    assert desk.post("/exchange/arrivals/take", data={"file": (io.BytesIO(file), "a.json")}).status_code == 303
    with away.scope():
        assert len(session().scalars(select(ExchangeIncoming.id)).all()) == 1
    assert desk.post("/exchange/arrivals/take", data={"text": "BE1.xx"}).status_code == 422
    assert desk.post("/exchange/arrivals/take", data={}).status_code == 422


def test_a_partners_server_hands_in_and_gets_a_signed_answer(pair, client) -> None:
    """The same envelope twice gets the same answer; a changed one is refused; a foreign answer is not believed."""
    sent_id = pair.send()
    with pair.home.scope():
        partner = session().scalars(select(ExchangePartner).where(ExchangePartner.tenant_id == tenant_id())).one()
        partner.local, partner.url = False, "https://away.example.gov.cn/t/city4205/exchange/in"
    with pair.home.scope():
        mail = outbox.due(local=False)[0]
    answers = [client.post("/t/city4205/exchange/in", data=mail.text.encode(), content_type="application/json") for _time in range(2)]
    assert [a.status_code for a in answers] == [200, 200]
    assert {addresses.read_answer(a.data, mail).state for a in answers} == {"taken"}
    forged = client.post("/t/city4205/exchange/in", data=mail.text.replace("欧阳", "司马").encode())
    assert json.loads(forged.data)["state"] == "refused"
    assert client.post("/t/city4205/exchange/in", data=b"x" * 70_000).status_code == 422
    with pytest.raises(Invalid):
        addresses.read_answer(answers[0].data.replace(b'"taken"', b'"refused"'), mail)
    assert one(pair.away, Member.id) is None
    assert sent_id == mail.id


def test_a_move_asks_before_it_is_done_and_lists_have_their_fixed_number_of_queries(pair, signed) -> None:
    county, admin = signed(pair.home.accounts["county_officer"]), signed(pair.away.accounts["city_administrator"])
    partner = str(pair.partner_id(pair.home, pair.away))
    form = {"partner_id": partner, "q": "001社区", "community_code": pair.code(), "basis": "residence", "send": "1", "moving": "true",
            "moves_on": today().isoformat()}
    url = f"/exchange/send/{pair.member.id}"
    assert county.post(url, data=form).status_code == 422
    assert county.post(url, data=form | {"understood": "true"}).status_code == 303
    post_office.go_round()
    counted = {}
    for name in ("", "再来"):
        if name:
            from tests.support.factories import make_member
            for number in range(2):
                pair.member = make_member(pair.home, f"{name}{number}")
                pair.send()
            post_office.go_round()
        with sent() as statements:
            assert county.get("/exchange/outgoing").status_code == 200
        with sent() as others:
            page = admin.get("/exchange/arrivals")
        counted[name] = (len(statements), len(others))
    assert len(re.findall(r'href="/exchange/arrivals/[0-9a-f]{8}-', page.text)) == 3
    assert counted[""] == counted["再来"] == (5, 6)


def test_a_certificate_for_an_unknown_community_is_the_administrators_to_place(pair, signed) -> None:
    pair.send()
    with pair.away.scope():  # it has been closed since the list was sent
        session().get_one(Organization, (tenant_id(), pair.away.communities[0])).active = False
    post_office.go_round()
    arrival = one(pair.away, ExchangeIncoming.id)
    admin, desk = signed(pair.away.accounts["city_administrator"]), signed(pair.away.others["community_officer"])
    assert desk.get(f"/exchange/arrivals/{arrival}").status_code == 404
    assert admin.post(f"/exchange/arrivals/{arrival}/admit", data={"version": 1}).status_code == 409
    assert admin.post(f"/exchange/arrivals/{arrival}/release", data={"version": 1}).status_code == 422
    place = {"version": 1, "community_id": str(pair.away.communities[-1])}
    assert desk.post(f"/exchange/arrivals/{arrival}/release", data=place).status_code == 403
    assert admin.post(f"/exchange/arrivals/{arrival}/release", data=place).status_code == 303
    assert "外地来的党员" in desk.get("/").text
    assert desk.post(f"/exchange/arrivals/{arrival}/admit", data={"version": 2}).status_code == 303
