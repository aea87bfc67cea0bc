"""Deeds on screen: the member declares on the phone, officers enter from paper, whoever stands above decides."""
from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.access.roles import ADMINISTRATOR, COMMUNITY, COUNTY, LIAISON
from core.rules import packs
from core.rules.models import Deed
from core.tenancy import session, today
from tenants.activation import disable
from tests.rules.conftest import AWARD, VISIT, Told
from tests.rules.test_pages import text
from tests.service.conftest import Browser, app, browser
from tests.support.factories import TestMember, TestTenant, make_member
from tests.support.statements import sent

__all__ = ["app", "browser"]
Open = Callable[..., Browser]


@pytest.fixture(autouse=True)
def _rule(tenant: TestTenant) -> None:
    """The rule in force knows awards and visits."""
    with tenant.scope():
        packs.publish(packs.draft("gifts", "default", {"title": "x", "deeds": [AWARD, VISIT]}), today())


def fields(**changes: Any) -> dict[str, str]:
    """A filled form."""
    return {"deed_id": str(uuid.uuid4()), "kind": "award", "level": "省级", "quantity": "1", "happened_on": today().isoformat(),
            "evidence": "鄂表〔2026〕1 号", **changes}


def states(tenant: TestTenant) -> list[tuple[str, str]]:
    """Kind and state of every deed."""
    with tenant.scope():
        return [tuple(row) for row in session().execute(select(Deed.kind, Deed.status).order_by(Deed.created_at))]


def newest(tenant: TestTenant) -> str:
    """The address of the deed that came last."""
    with tenant.scope():
        return f"/deeds/{session().scalars(select(Deed.id).order_by(Deed.created_at.desc())).first()}"


def test_declared_on_the_phone_and_approved_above(tenant: TestTenant, member: TestMember, browser: Open, told: Told) -> None:
    own, officer, county = (browser(a) for a in (member.account, tenant.accounts[COMMUNITY], tenant.accounts[COUNTY]))
    page = text(own.get("/deeds/own/new"))
    assert ("获得表彰" in page, "走访" in page) == (True, False)
    form = fields()
    assert [own.post("/deeds/own/new", "/deeds/own/", **form).status_code for _n in range(2)] == [303, 303]
    assert states(tenant) == [("award", "declared")]
    address = newest(tenant)
    assert ("由上级审核" in text(officer.get(address)), officer.post(address, address, version="1", act="approve").status_code) == (True, 403)
    assert county.post(address, address, version="1", act="approve").status_code == 303
    assert county.post(address, address, version="1", act="approve").status_code == 409
    assert ("已认定" in text(own.get("/deeds/own/")), len(told.deeds)) == (True, 1)


def test_entered_from_paper_for_a_member_or_a_unit(tenant: TestTenant, member: TestMember, browser: Open, told: Told) -> None:
    administrator = browser(tenant.accounts[ADMINISTRATOR])
    found = administrator.post("/deeds/enter", "/deeds/enter", text="王小明").get_data(as_text=True)
    address = re.search(r"/deeds/enter/[0-9a-f-]+", found)
    assert address is not None
    assert administrator.post(address[0], address[0], **fields()).status_code == 303
    units = administrator.post("/deeds/enter", "/deeds/enter", text="第0单位").get_data(as_text=True)
    unit = re.search(r"/deeds/enter/unit/[0-9a-f-]+", units)
    assert unit is not None
    assert administrator.post(unit[0], unit[0], **fields(level="市级")).status_code == 303
    assert [(d.member_id, d.level) for _w, d in told.deeds] == [(member.id, "省级"), (None, "市级")]


def test_a_wrong_form_comes_back_filled(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    own = browser(member.account)
    answer = own.post("/deeds/own/new", "/deeds/own/", **fields(evidence="", level="国家级"))
    assert (answer.status_code, states(tenant)) == (422, [])


def test_refused_and_withdrawn_with_a_reason_that_the_member_reads(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    own, county = browser(member.account), browser(tenant.accounts[COUNTY])
    for act, said in (("refuse", "证书不是本人的"), ("withdraw", "登记错了")):
        own.post("/deeds/own/new", "/deeds/own/", **fields())
        address = newest(tenant)
        version = 1
        if act == "withdraw":
            county.post(address, address, version="1", act="approve")
            version = 2
        assert county.post(address, address, version=str(version), act=act, reason=" ").status_code == 422
        assert county.post(address, address, version=str(version), act=act, reason=said).status_code == 303
        assert said in text(own.get("/deeds/own/"))
    assert [s for _k, s in states(tenant)] == ["refused", "withdrawn"]


def test_the_member_takes_back_what_waits(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    own = browser(member.account)
    own.post("/deeds/own/new", "/deeds/own/", **fields())
    address = f"/deeds/own/{newest(tenant).rpartition('/')[2]}/withdraw"
    assert own.post(address, "/deeds/own/", version="1").status_code == 303
    assert states(tenant) == [("award", "withdrawn")]


def test_nobody_reaches_past_the_own_place(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    stranger = make_member(tenant, "赵远", residence=7, unit=1, account=True)
    near, far = browser(tenant.accounts[COMMUNITY]), browser(tenant.others[COMMUNITY])
    browser(member.account).post("/deeds/own/new", "/deeds/own/", **fields())
    address = newest(tenant)
    assert ("王小明" in text(near.get("/deeds/")), "王小明" in text(far.get("/deeds/"))) == (True, False)
    assert [far.get(a).status_code for a in (address, f"/deeds/enter/{member.id}")] == [404, 404]
    assert far.post(address, "/deeds/", version="1", act="approve").status_code == 404
    other = browser(stranger.account)
    assert "鄂表" not in text(other.get("/deeds/own/"))
    assert other.post(f"/deeds/own/{address.rpartition('/')[2]}/withdraw", "/deeds/own/", version="1").status_code == 404
    liaison = browser(tenant.accounts[LIAISON])
    assert (liaison.get(address).status_code, "王小明" in text(liaison.get("/deeds/"))) == (200, True)


def test_off_means_off(tenant: TestTenant, browser: Open) -> None:
    officer = browser(tenant.accounts[COMMUNITY])
    assert (officer.get("/deeds/").status_code, ">事项登记<" in officer.get("/").get_data(as_text=True)) == (200, True)
    with tenant.scope():
        disable("gifts")
    assert (officer.get("/deeds/").status_code, ">事项登记<" in officer.get("/").get_data(as_text=True)) == (404, False)


@pytest.mark.parametrize("count", [1, 3])
def test_lists_ask_as_often_for_three_as_for_one(tenant: TestTenant, member: TestMember, browser: Open, count: int) -> None:
    own, county = browser(member.account), browser(tenant.accounts[COUNTY])
    for _n in range(count):
        own.post("/deeds/own/new", "/deeds/own/", **fields())
    counts = []
    for one, address in ((own, "/deeds/own/"), (county, "/deeds/")):
        one.get(address)
        with sent() as seen:
            assert one.get(address).status_code == 200
        counts.append(len(seen))
    assert counts == [5, 6]
