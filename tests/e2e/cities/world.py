"""Two cities and a sector authority in one installation, the calendar by which they live, and what the test itself counts."""
from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser
from sqlalchemy import select, update

from core.access.actor import load_actor
from core.access.doors import act_as
from core.access.roles import ADMINISTRATOR, COMMUNITY
from core.audit import set_actor
from core.exchange import partners, post_office
from core.exchange.models import ExchangeIncoming, ExchangePartner
from core.service import evaluation, records
from core.service.records import RecordInput
from core.tenancy import Tenant, session, unscoped
from core.tenancy.clock import set_clock
from core.tenancy.scope import tenant_id
from tests.e2e.conftest import WIDTHS, Visitor
from tests.e2e.year.calendar import Calendar
from tests.support.factories import TestAccount, TestMember, TestTenant, make_member, make_tenant

RESIDENT = "孙桂兰"


@dataclass
class Tally:
    """What the test counts of one member's service in one community: records and minutes."""

    records: int = 0
    minutes: int = 0


@dataclass
class World:
    """The tenants by short names, their members, and what everybody did, by unit's tenant, community's tenant and member."""

    wuhan: TestTenant
    yichang: TestTenant
    sector: TestTenant
    calendar: Calendar
    address: str
    chromium: Browser
    done: dict[tuple[uuid.UUID, uuid.UUID], Tally] = field(default_factory=lambda: defaultdict(Tally))
    visitors: list[Visitor] = field(default_factory=list)

    @contextmanager
    def acting(self, tenant: TestTenant, role: str = COMMUNITY) -> Iterator[TestAccount]:
        """The tenant's scope on the calendar's day, in which that role's account acts."""
        who = tenant.accounts[role]
        with set_clock(self.calendar.moment), tenant.scope(), set_actor("account", who.id):
            actor = load_actor(who.id)
            assert actor is not None
            with act_as(actor):
                yield who

    def visit(self, width: str, tenant: TestTenant, account: TestAccount) -> Visitor:
        """Somebody signed in at a screen, "desktop" or "phone"."""
        wide, high = WIDTHS[width]
        context = self.chromium.new_context(viewport={"width": wide, "height": high}, locale="zh-CN", has_touch=width == "phone")
        context.set_default_timeout(20_000)
        visitor = Visitor(context.new_page(), self.address)
        visitor.page.on("console", visitor.note)
        self.visitors.append(visitor)
        visitor.sign_in(tenant, account)
        return visitor

    def leave(self) -> list[str]:
        """Close every screen; answers what was wrong with the pages."""
        for visitor in self.visitors:
            visitor.page.context.close()
        return [finding for visitor in self.visitors for finding in visitor.findings]

    def post(self) -> int:
        """The post office goes round until nothing is left; answers how many envelopes it carried."""
        with set_clock(self.calendar.moment):
            carried = 0
            while found := post_office.go_round():
                carried += found
            return carried

    def partner(self, at: TestTenant, of: TestTenant) -> uuid.UUID:
        """The partner's id."""
        with at.scope():
            return session().scalars(select(ExchangePartner.id).where(
                ExchangePartner.tenant_id == tenant_id(), ExchangePartner.code == of.code)).one()

    def arrived(self, at: TestTenant) -> tuple[uuid.UUID, int]:
        """The certificate that waits at a desk, and its version."""
        with at.scope():
            row = session().execute(select(ExchangeIncoming.id, ExchangeIncoming.version).where(
                ExchangeIncoming.tenant_id == tenant_id(), ExchangeIncoming.kind == "certificate", ExchangeIncoming.state == "waiting")).one()
            return row.id, row.version

    def serve(self, tenant: TestTenant, member_id: uuid.UUID, minutes: int, *, whose: uuid.UUID | None = None) -> None:
        """A service in the tenant's first community, verified and judged; `whose` is the member's id at home, by which it is counted."""
        with self.acting(tenant) as officer:
            record = records.submit(member_id, RecordInput("政策宣传", "入户宣传", self.calendar.day, minutes, tenant.communities[0], recipient=RESIDENT),
                                    entered_by=officer.id)
            evaluation.count_directly(record, "visit", "satisfied", "", self.calendar.day, by=officer.id)
        tally = self.done[tenant.communities[0], whose or member_id]
        tally.records += 1
        tally.minutes += minutes


def found(address: str, calendar: Calendar, chromium: Browser) -> World:
    """Make the three; the sector has units and no community of its own in use."""
    plugins = ("feedback",)
    wuhan, yichang = make_tenant("4201", name="武汉市", plugins=plugins), make_tenant("4205", name="宜昌市", plugins=plugins)
    sector = make_tenant("jgw", name="省直机关工委", plugins=plugins)
    with unscoped():
        session().execute(update(Tenant).where(Tenant.id == sector.id).values(kind="sector"))
    return World(wuhan, yichang, sector, calendar, address, chromium)


def agree(world: World) -> None:
    """Each pair agrees: the first on the administrators' pages, the others by what stands behind them."""
    admin = world.visit("desktop", world.sector, world.sector.accounts[ADMINISTRATOR])
    admin.open("/exchange/partners")
    admin.page.select_option("[name=code]", "4201")
    admin.press("提出互通")
    world.post()
    other = world.visit("desktop", world.wuhan, world.wuhan.accounts[ADMINISTRATOR])
    other.open("/exchange/partners")
    other.follow(other.page.get_by_role("main").get_by_role("link", name="省直机关工委").first)
    other.press("确认互通")
    for one, two in ((world.sector, world.yichang), (world.wuhan, world.yichang)):
        with world.acting(one, ADMINISTRATOR):
            partners.offer(two.code)
        world.post()
        with world.acting(two, ADMINISTRATOR):
            row = session().scalars(select(ExchangePartner).where(ExchangePartner.tenant_id == tenant_id(), ExchangePartner.code == one.code)).one()
            partners.accept(row.id, row.version)
    world.post()


def code(tenant: TestTenant) -> str:
    """The code of its first community."""
    return tenant.paths[tenant.communities[0]].rstrip("/").split("/")[-1]


def member(tenant: TestTenant, name: str, *, phone: bool = False) -> TestMember:
    """A member of the first unit."""
    return make_member(tenant, name, account=phone)
