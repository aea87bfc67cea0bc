"""Rights over one's own data on the pages: by the member, through unit or community on paper, and at the desk that decides."""
from __future__ import annotations

import json
import re
import uuid

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from core.audit import EntryFilter, entries
from core.config import Config
from core.members import consents, data_requests
from core.members.models import Member
from core.members.reveal import reveal
from core.members.scope import profiles
from core.residents.sealing import unseal
from core.tenancy import session
from plugins.needs.contacts import Contact
from plugins.needs.models import Need
from plugins.needs.writing import NeedInput, receive
from plugins.wishes import entering as wishes
from plugins.wishes.entering import WishInput
from plugins.wishes.models import WishesWish
from tests.support.applications import shared_app
from tests.support.browsing import without_csrf
from tests.support.factories import TestAccount, TestTenant, make_member, make_tenant, sign_in

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def app(config: Config) -> Flask:
    found = shared_app(config)
    without_csrf(found)
    return found


def _as(app: Flask, account: TestAccount | None) -> FlaskClient:
    assert account is not None
    client = app.test_client()
    sign_in(client, account)
    return client


def _open(tenant: TestTenant, member_id: uuid.UUID) -> uuid.UUID:
    with tenant.scope():
        return data_requests.of_member(member_id)[0].id


def test_a_member_reads_takes_asks_and_the_erasure_is_decided_by_another(app: Flask) -> None:
    tenant = make_tenant()
    member = make_member(tenant, account=True)
    own, city = _as(app, member.account), _as(app, tenant.accounts["city_administrator"])
    assert member.phone in own.post("/me/data/all").text
    copied = own.post("/me/data/copy")
    assert (json.loads(copied.data)["tables"][0]["rows"][0]["id_number"], copied.headers["Cache-Control"]) == (member.id_number, "no-store")
    assert [own.post("/me/data/requests", data=data).status_code for data in (
        {"kind": "access"}, {"kind": "correction", "says": ""}, {"kind": "deletion"}, {"kind": "deletion"})] == [422, 422, 303, 303]
    asked = _open(tenant, member.id)
    page = f"/privacy/requests/{asked}"
    assert "王小明" in city.get("/privacy/").text
    assert city.post(page, data={"decision": "grant", "version": 1}).status_code == 422, "it must be confirmed"
    assert city.post(page, data={"decision": "refuse", "version": 1}).status_code == 422, "a refusal has a reason"
    assert city.post(page, data={"decision": "grant", "version": 1, "sure": "yes"}).status_code == 303
    assert city.post(page, data={"decision": "grant", "version": 1, "sure": "yes"}).status_code == 409
    assert ("（已删除）" in city.get(page).text, own.get("/me/").status_code, city.get(f"/members/{member.id}").status_code) == (True, 302, 404)
    with tenant.scope():
        acts = [entry.action for entry in entries(EntryFilter(object_id=member.id))]
        assert acts[:1] + acts[-2:] == ["member.erased", "member.copied", "member.copied"]
        assert session().get_one(Member, (tenant.id, member.id)).phone is None


def test_a_resident_is_found_by_number_and_erased_by_the_own_community_only(app: Flask) -> None:
    tenant = make_tenant(plugins=("needs", "wishes"))
    here, there = tenant.communities[0], tenant.communities[-1]
    with tenant.scope():
        needs = [receive(NeedInput(place, "楼道灯坏了", contact=Contact("王大爷", "13793238462", "3组")), by=None) for place in (here, there)]
        other = receive(NeedInput(here, "要健身器材", contact=Contact("李大妈", "13793238463", "4组")), by=None)
        wish = wishes.enter(WishInput(here, "wish", "换灯", name="王大爷", phone="137 9323 8462"), by=tenant.accounts["community_officer"].id)
    officer = _as(app, tenant.accounts["community_officer"])
    found = officer.post("/privacy/residents", data={"text": "137-9323-8462"}).text
    assert sorted(re.findall(r'name="rows" value="([^"]+)"', found)) == sorted([f"needs_need:{needs[0]}", f"wishes_wish:{wish}"])
    assert officer.post("/privacy/residents/erase", data={"rows": f"needs_need:{needs[1]}"}).status_code == 404
    assert officer.post("/privacy/residents/erase", data={"rows": [f"needs_need:{needs[0]}", f"wishes_wish:{wish}"]}).status_code == 303
    with tenant.scope():
        rows = {need: session().get_one(Need, (tenant.id, need)) for need in (*needs, other)}
        assert [(row.phone is None, row.name is None, row.has_contact) for row in rows.values()] == [(True, True, False), *[(False, False, True)] * 2]
        assert unseal("needs_need", "text", needs[0], rows[needs[0]].text) == "（已删除）"
        gone = session().get_one(WishesWish, (tenant.id, wish))
        assert (gone.phone, gone.phone_mark, gone.name_mark, gone.erased, gone.state) == (None, None, None, True, "submitted")
    assert "本社区没有" in officer.post("/privacy/residents", data={"text": "13793238462"}).text
    assert _as(app, tenant.accounts["county_officer"]).get("/privacy/residents").status_code == 403


def test_on_paper_through_the_community_and_a_copy_is_printed(app: Flask) -> None:
    tenant = make_tenant()
    member, far = make_member(tenant), make_member(tenant, unit=-1, residence=-1)
    community, county = _as(app, tenant.accounts["community_officer"]), _as(app, tenant.accounts["county_officer"])
    assert community.get(f"/privacy/members/{far.id}").status_code == 404
    assert "本人签名" in community.get(f"/privacy/members/{member.id}/paper").text
    assert community.post(f"/privacy/members/{member.id}", data={"kind": "access"}).status_code == 303
    page = f"/privacy/requests/{_open(tenant, member.id)}"
    assert (community.get("/privacy/").status_code, county.post(page + "/copy").status_code) == (403, 409)
    assert "社区代办" in county.get(page).text
    assert county.post(page, data={"decision": "grant", "version": 1, "answer": "已打印交本人"}).status_code == 303
    assert member.id_number in county.post(page + "/copy").text
    other = _as(app, tenant.others["county_officer"])
    assert (other.get(page).status_code, other.post(page + "/copy").status_code, other.get("/privacy/?state=decided").text.count("王小明")) == (404, 404, 0)


def test_a_withdrawal_holds_at_once_and_a_hold_stops_the_erasure(app: Flask) -> None:
    tenant = make_tenant()
    member = make_member(tenant, account=True)
    own, city = _as(app, member.account), _as(app, tenant.accounts["city_administrator"])
    people = profiles

    def matched() -> int:
        with tenant.scope():
            return len(session().execute(select(people().c.id)).all())

    def shown(role: str) -> str:
        with tenant.scope():
            return reveal(tenant.actor(role), member.id, "contact")["phone"]

    assert (matched(), shown("community_officer")) == (1, member.phone)
    for purpose in ("matching", "contact"):
        assert own.post("/me/data/consents", data={"purpose": purpose, "given": "no"}).status_code == 303
    assert own.post("/me/data/consents", data={"purpose": "fun", "given": "no"}).status_code == 422
    assert (matched(), shown("community_officer"), shown("unit_liaison")) == (0, member.phone[:3] + "****" + member.phone[-4:], member.phone)
    assert own.post("/me/data/consents", data={"purpose": "matching", "given": "yes"}).status_code == 303
    with tenant.scope():
        assert [(purpose, given, channel) for purpose, given, _at, channel in consents.history(member.id)] == [
            ("matching", True, "self"), ("contact", False, "self"), ("matching", False, "self")]
    assert matched() == 1
    assert city.post(f"/privacy/members/{member.id}/hold", data={"reason": "dispute"}).status_code == 303
    own.post("/me/data/requests", data={"kind": "deletion"})
    page = f"/privacy/requests/{_open(tenant, member.id)}"
    assert city.post(page, data={"decision": "grant", "version": 1, "sure": "yes"}).status_code == 409
    assert "争议处理中" in city.get("/privacy/retention").text
    city.post(f"/privacy/members/{member.id}/hold", data={"act": "lift"})
    assert city.post(page, data={"decision": "grant", "version": 1, "sure": "yes"}).status_code == 303
