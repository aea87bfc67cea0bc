"""A community with three units, forty members and twenty-five residents, and who acts in it."""
from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser

from core.access.actor import load_actor
from core.access.doors import act_as
from core.access.roles import COMMUNITY, LIAISON, MEMBER
from core.audit import set_actor
from core.organizations import tree
from core.tenancy.clock import set_clock
from tests.e2e.conftest import WIDTHS, Visitor
from tests.e2e.year.calendar import Calendar
from tests.support.factories import TestAccount, TestMember, TestTenant, make_account, make_member, make_tenant

PLUGINS = ("needs", "posts", "pledges", "wishes", "menu")
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章"
#: What the residents need, by the channel through which it comes (R53, R67): twenty-five people.
RESIDENTS: tuple[tuple[str, str, str], ...] = (
    ("website", "环境卫生", "三栋楼道的灯坏了很久，晚上看不见"), ("website", "文化", "希望周末能有人教老人用智能手机"),
    ("website", "治安", "东门晚上常有陌生人，想有人巡逻"), ("visit", "帮扶", "家里水管漏水，一个人不会修"),
    ("visit", "帮扶", "腿脚不便，想有人陪着去一趟医院"), ("visit", "健康", "想在家门口量血压"), ("visit", "帮扶", "孩子放学没人接，想有人照看"),
    ("visit", "法律", "和房东的合同看不明白，想问问律师"), ("notice", "环境卫生", "花坛里的垃圾没人清理"), ("notice", "文化", "想办一次邻里包饺子"),
    ("box", "帮扶", "老伴走了以后一个人，想有人常来坐坐"), ("box", "就业", "下岗一年了，想学一门手艺"), ("box", "环境卫生", "三栋楼道的灯坏了，晚上看不见路"),
    ("qq", "治安", "电动车总停在消防通道"), ("qq", "文化", "小区想有一个图书角"), ("qq", "其他", "想在小区里养一匹马"), ("qq", "环境卫生", "电梯里贴满小广告"),
    ("weibo", "环境卫生", "雨天小区门口积水"), ("weibo", "文化", "想听一场红色故事会"), ("wechat", "帮扶", "轮椅坏了，想换一个轮子"),
    ("wechat", "健康", "想请医生讲讲糖尿病"), ("wechat", "法律", "想立一份遗嘱"), ("wechat", "就业", "想找一份离家近的零工"),
    ("phone", "帮扶", "想给外地的儿子打一次视频电话"), ("other", "治安", "路口没有红绿灯，孩子过马路危险"))


@dataclass
class Community:
    """Everybody, the calendar by which they live, and the site that they use."""

    tenant: TestTenant
    units: list[uuid.UUID]
    members: list[TestMember]
    liaisons: list[TestAccount]
    calendar: Calendar
    address: str
    chromium: Browser
    visitors: list[Visitor] = field(default_factory=list)
    needs: dict[int, uuid.UUID] = field(default_factory=dict)

    @property
    def place(self) -> uuid.UUID:
        """The community."""
        return self.tenant.communities[0]

    @property
    def officer(self) -> TestAccount:
        """Its officer."""
        return self.tenant.accounts[COMMUNITY]

    @contextmanager
    def acting(self, account: TestAccount | None = None) -> Iterator[None]:
        """The tenant's scope on the calendar's day, in which the officer, or somebody else, acts."""
        who = account or self.officer
        with set_clock(self.calendar.moment), self.tenant.scope(), set_actor("account", who.id):
            actor = load_actor(who.id)
            assert actor is not None
            with act_as(actor):
                yield

    def visit(self, width: str, account: TestAccount | None = None) -> Visitor:
        """Somebody at a screen, "desktop" or "phone"; signed in where an account is given."""
        wide, high = WIDTHS[width]
        context = self.chromium.new_context(viewport={"width": wide, "height": high}, locale="zh-CN", has_touch=width == "phone",
                                            accept_downloads=True)
        context.set_default_timeout(15_000)
        visitor = Visitor(context.new_page(), self.address)
        visitor.page.on("console", visitor.note)
        visitor.page.on("pageerror", lambda error: visitor.findings.append(f"script at {visitor.page.url}: {error} {error.stack}"))
        self.visitors.append(visitor)
        if account is not None:
            visitor.sign_in(self.tenant, account)
        return visitor

    def leave(self) -> list[str]:
        """Close every screen; answers what was wrong with the pages."""
        for visitor in self.visitors:
            visitor.page.context.close()
        return [finding for visitor in self.visitors for finding in visitor.findings]


def found(address: str, calendar: Calendar, chromium: Browser) -> Community:
    """Make the community, everybody in it, with the five plugins on. Every tenth member has a phone."""
    tenant = make_tenant(plugins=PLUGINS)
    with tenant.scope():
        units = [tenant.units[0], *(tree.add(tree.get(tenant.counties[0]), "unit", f"year-{n}", f"第{n}单位", unit_type="government").id
                                    for n in (2, 3))]
    members = [make_member(tenant, f"{surname}同舟", unit_id=units[n % 3], account=n % 10 == 0, **_fits(n)) for n, surname in enumerate(SURNAMES)]
    with tenant.scope():
        liaisons = [tenant.accounts[LIAISON], *(make_account(tenant, LIAISON, unit) for unit in units[1:])]
    assert (len(members), len(RESIDENTS), sum(m.account is not None for m in members)) == (40, 25, 4)
    assert all(m.account.role == MEMBER for m in members if m.account is not None)
    return Community(tenant, units, members, liaisons, calendar, address, chromium)


def _fits(number: int) -> dict[str, Any]:
    return {"skills": ["电工"]} if number == 1 else {}
