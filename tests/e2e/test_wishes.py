"""A wish by the pages alone, on a telephone: handed in by a resident, accepted, claimed, done, written off by the receipt's code."""
from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from core.residents import tickets
from tests.e2e.conftest import Visitor
from tests.support.factories import make_member, make_tenant


@pytest.mark.long  # the year of a community walks it in each run
@pytest.mark.parametrize("visit", ["phone"], indirect=True)
def test_a_wish_from_the_resident_and_back(visit: Callable[[], Visitor], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tickets.redeem_ticket.__kwdefaults__, "least", tickets.LEAST * 0)
    tenant = make_tenant(plugins=("wishes",))
    member = make_member(tenant, "王小明", account=True)
    assert member.account is not None
    resident, community, own = visit(), visit(), visit()
    community.sign_in(tenant, tenant.accounts["community_officer"])
    own.sign_in(tenant, member.account)
    place = f"/t/{tenant.slug}/p/wishes/{tenant.paths[tenant.communities[0]].rstrip('/').rpartition('/')[2]}"

    resident.open(place)
    resident.press("我也有一个心愿", role="link")
    resident.page.fill("[name=text]", "孙女在外地，想学会视频通话")
    resident.page.fill("[name=phone]", "13971234567")
    resident.press("提交")
    code = re.search(r"\d{4} \d{4} \d{4}", resident.text)
    assert code is not None

    community.open("/p/wishes/")
    community.follow(community.page.get_by_role("main").locator(".data-table a").first)
    for name in ("concrete", "real", "easy"):
        community.page.check(f"[name={name}][value=yes]")
    community.page.fill("#accept-title", "学用手机视频通话")
    community.press("通过，上墙待认领")
    assert "待认领" in community.text

    own.open("/p/wishes/me/")
    own.press("学用手机视频通话", role="link")
    own.press("我来认领")
    own.press("查看居民的联系方式")
    assert "13971234567" in own.text
    own.page.get_by_text("办好了").click()
    own.page.fill("[name=proof]", "教会了，还写了步骤")
    own.press("登记办好")

    resident.open(f"/t/{tenant.slug}/p/wishes/done")
    resident.page.fill("[name=code]", code[0])
    resident.press("下一步")
    resident.page.check("[name=fulfilled][value=yes]")
    resident.page.check("[name=rating][value=satisfied]")
    resident.press("提交")
    community.open(community.page.url.removeprefix(community.address))
    community.page.once("dialog", lambda question: question.accept())
    community.press("查验并计入")
    assert "查验并计入" not in community.text.replace("已查验并计入", "")
