"""Rights over one's own data on the pages: by the member, through unit or community on paper, and at the desk that decides."""
from __future__ import annotations

import json
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
from core.tenancy import session
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
