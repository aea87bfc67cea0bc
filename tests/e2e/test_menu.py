"""The service menu by the pages alone, on a telephone: a member offers, the community lists, a resident orders and chooses a time."""
from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest

from core.tenancy import today
from tests.e2e.conftest import Visitor
from tests.support.factories import make_member, make_tenant


@pytest.mark.long  # the year of a community walks it in each run
@pytest.mark.parametrize("visit", ["phone"], indirect=True)
def test_from_an_offer_to_a_time_in_the_calendar(visit: Callable[[], Visitor]) -> None:
    tenant = make_tenant(plugins=("menu",))
    member = make_member(tenant, "王小明", account=True)
    assert member.account is not None
    own, community, resident = visit(), visit(), visit()
    own.sign_in(tenant, member.account)
    community.sign_in(tenant, tenant.accounts["community_officer"])

    own.open("/p/menu/me/offers/new")
    own.page.fill("[name=title]", "修水龙头")
    own.page.select_option("[name=category]", "家电维修")
    own.page.fill("[name=times]", "周六 9:00-11:30")
    own.press("保存")
    community.open("/p/menu/offers/")
    community.press("上架")

    code = tenant.paths[tenant.communities[0]].rstrip("/").rpartition("/")[2]
    resident.open(f"/t/{tenant.slug}/p/menu/{code}")
    resident.press("点这一项", role="link")
    resident.page.fill("[name=phone]", "13971234567")
    resident.page.wait_for_timeout(2100)  # a form that comes back faster than a person types is refused
    resident.press("提交")
    receipt = re.search(r"\d{4} \d{4} \d{4}", resident.text)
    assert receipt is not None

    own.open("/p/menu/me/")
    own.press("修水龙头", role="link")
    own.page.fill("[name=day1]", (today() + dt.timedelta(days=3)).isoformat())
    own.page.fill("[name=begins1]", "09:00")
    own.page.fill("[name=ends1]", "10:30")
    own.press("接单，请居民选时间")
    resident.press("凭回执码查看", role="link")
    resident.page.fill("[name=code]", receipt[0])
    resident.press("查看")
    resident.press("选这个")
    assert "09:00-10:30" in resident.text
    own.open("/p/menu/me/")
    assert "09:00-10:30" in own.text
    own.open("/p/menu/me/calendar")
    own.press("生成订阅地址")
    assert ".ics" in own.page.get_by_label("订阅地址").input_value()
