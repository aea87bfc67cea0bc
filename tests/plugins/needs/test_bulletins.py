"""Demand bulletins: gathered, edited, numbered, public, withdrawn with a reason; never by themselves."""
from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
from sqlalchemy import select

from core.errors import Conflict
from core.tenancy import session, set_clock, today
from plugins.needs import bulletins
from plugins.needs.models import Bulletin, BulletinItem
from tests.plugins.needs.conftest import ADDRESS, NAME, PHONE, TEXT, Open, at_once, hidden, make_need, send
from tests.service.test_records import in_scope
from tests.support.factories import TestTenant


def test_gathered_edited_published_and_read_by_everybody(browser: Open, tenant: TestTenant) -> None:
    first, left = make_need(tenant, summary="楼道灯坏了"), make_need(tenant, summary="张三家要人陪护")
    make_need(tenant, "还没有分类")
    officer, address = browser(tenant.accounts["community_officer"]), "/p/needs/bulletins/"
    page = officer.get(address)
    fields = {"community": str(tenant.communities[0]), "bulletin_id": hidden(page, "bulletin_id"), "title": "需求公告", "introduction": "欢迎认领",
              "need": str(first), f"summary-{first}": "3 号楼楼道灯要修", f"summary-{left}": "张三家要人陪护"}
    assert send(officer, address, **{**fields, f"summary-{first}": ""}).status_code == 422
    done = [send(officer, address, **fields).location for _time in range(2)]
    assert done[0] == done[1] == f"{address}{fields['bulletin_id']}"
    public = browser().get(f"/t/{tenant.slug}/p/needs/bulletins/{fields['bulletin_id']}").text
    assert ([told for told in (NAME, PHONE, ADDRESS, TEXT, "张三") if told in public], "3 号楼楼道灯要修" in public, "第1号" in public) == ([], True, True)
    assert officer.get(f"{done[0]}/pdf").data[:5] == b"%PDF-"
    with tenant.scope():
        assert [row.id for row in bulletins.candidates(tenant.communities[0])] == [left]
        assert [(row.year, row.number) for row in session().scalars(select(Bulletin))] == [(today().year, 1)]
        assert len(session().scalars(select(BulletinItem)).all()) == 1


def test_withdrawn_the_reason_is_read_and_its_needs_may_stand_in_the_next(browser: Open, tenant: TestTenant) -> None:
    need_id = make_need(tenant, summary="楼道灯坏了")
    with tenant.scope():
        bulletin_id = bulletins.publish(tenant.communities[0], "需求公告", "", {need_id: "楼道灯坏了"}, by=None)
    officer, address = browser(tenant.accounts["community_officer"]), f"/p/needs/bulletins/{bulletin_id}"
    outcomes = [send(officer, address, f"{address}/withdraw", **fields).status_code for fields in (
        {"version": 1, "reason": ""}, {"version": 2, "reason": "写错了"}, {"version": 1, "reason": "写错了地址"}, {"version": 2, "reason": "再撤一次"})]
    assert outcomes == [422, 409, 303, 409]
    public = browser().get(f"/t/{tenant.slug}/p/needs/bulletins/{bulletin_id}").text
    assert ("写错了地址" in public, "楼道灯坏了" in public) == (True, False)
    with tenant.scope():
        assert [row.id for row in bulletins.candidates(tenant.communities[0])] == [need_id]
    stranger = browser(tenant.others["community_officer"])
    assert [stranger.get(address).status_code, send(stranger, "/p/needs/", f"{address}/withdraw").status_code] == [404, 404]


def test_two_publish_at_once_and_each_need_stands_in_one(tenant: TestTenant) -> None:
    one, other = make_need(tenant, summary="楼道灯坏了"), make_need(tenant, summary="要修健身器材")

    def publish(*ids: uuid.UUID) -> object:
        return in_scope(tenant, lambda: bulletins.publish(tenant.communities[0], "需求公告", "", dict.fromkeys(ids, "要修"), by=None))
    outcomes = at_once(publish(one), publish(one, other), publish(other))  # type: ignore[arg-type]
    assert sum(isinstance(found, uuid.UUID) for found in outcomes) >= 1
    assert {type(found) for found in outcomes} <= {uuid.UUID, Conflict}
    with tenant.scope():
        items = list(session().scalars(select(BulletinItem.need_id)))
        numbers = sorted(session().scalars(select(Bulletin.number)))
    assert (len(items) == len(set(items)), numbers) == (True, list(range(1, len(numbers) + 1)))


@pytest.mark.parametrize(("days", "reminded"), [(29, False), (30, True)])
def test_the_officer_is_reminded_after_the_interval_only(browser: Open, tenant: TestTenant, days: int, reminded: bool) -> None:
    need_id = make_need(tenant, summary="楼道灯坏了")
    officer = browser(tenant.accounts["community_officer"])
    assert "还没有发布过需求公告" in officer.get("/p/needs/").text
    with tenant.scope():
        bulletins.publish(tenant.communities[0], "需求公告", "", {need_id: "楼道灯坏了"}, by=None)
    make_need(tenant, summary="要修健身器材")
    with set_clock(today() + dt.timedelta(days=days)), tenant.scope():
        assert bulletins.is_due(tenant.communities[0], bulletins.days_since(tenant.communities[0])) is reminded
    assert re.search("上一期需求公告", officer.get("/p/needs/").text) is None
