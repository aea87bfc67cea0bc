"""Members cross: a certificate goes, the community accepts, the receipt closes the register at home; one moves for good (R27 to R29)."""
from __future__ import annotations

import uuid

from sqlalchemy import select

from core.access.roles import COMMUNITY, LIAISON
from core.exchange import arrivals, certifying
from core.exchange.certifying import Destination
from core.exchange.models import ExchangeReceipt
from core.members.models import Member
from core.registration import membership, reporting
from core.registration.models import Obligation
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tests.e2e.cities.world import World, code
from tests.support.factories import TestMember, TestTenant


def by_phone(world: World, who: TestMember) -> uuid.UUID:
    """A member of the sector who lives in Wuhan asks on the phone, the liaison signs, the community accepts on its page; answers the guest."""
    assert who.account is not None
    phone = world.visit("phone", world.sector, who.account)
    phone.open("/exchange/mine")
    phone.follow(phone.page.get_by_role("main").locator("a.btn-big"))
    phone.page.select_option("[name=partner_id]", str(world.partner(world.sector, world.wuhan)))
    phone.page.fill("[name=q]", code(world.wuhan))
    phone.press("查找社区")
    phone.page.check(f"[name=community_code][value='{code(world.wuhan)}']")
    phone.page.check("[name=basis][value=residence]")
    phone.press("提交申请")
    desk = world.visit("desktop", world.sector, world.sector.accounts[LIAISON])
    desk.open("/exchange/outgoing")
    desk.follow(desk.page.locator("form[action$='/fulfil'] button"))
    assert world.post() == 1
    officer = world.visit("desktop", world.wuhan, world.wuhan.accounts[COMMUNITY])
    officer.open("/exchange/arrivals")
    officer.follow(officer.page.get_by_role("main").get_by_role("link", name=who.name).first)
    assert "签名有效" in officer.text
    officer.press("接收并确认报到")
    guest = guest_of(world.wuhan, who.name)
    assert world.post() == 1
    phone.open("/exchange/mine")
    return guest


def by_officers(world: World, home: TestTenant, away: TestTenant, who: TestMember) -> uuid.UUID:
    """The same without a phone: the liaison signs, the other community accepts."""
    _certify(world, home, away, who)
    waiting = world.arrived(away)
    with world.acting(away) as officer:
        guest = arrivals.admit(*waiting, by=officer.id)
    assert world.post() == 1
    return guest


def move(world: World, home: TestTenant, away: TestTenant, who: TestMember) -> uuid.UUID:
    """Somebody moves for good and lets the records go along: the month begins anew, and the new community confirms within it."""
    _certify(world, home, away, who, moves=True)
    waiting = world.arrived(away)
    with world.acting(away) as officer:
        guest = arrivals.admit(*waiting, by=officer.id)
        duty = session().scalars(select(Obligation).where(Obligation.tenant_id == tenant_id(), Obligation.member_id == guest)).one()
        assert (duty.status, duty.starts_on, (duty.due_on - duty.starts_on).days >= 28) == ("open", world.calendar.day, True)
        reporting.accept(guest, away.communities[0], "residence", by=officer.id)
        membership.move(guest, "unit", away.units[0], world.calendar.day)  # the new unit takes the member on
    with home.scope():
        assert session().get_one(Member, (tenant_id(), who.id)).status == "left"
    assert world.post() == 0
    return guest


def _certify(world: World, home: TestTenant, away: TestTenant, who: TestMember, *, moves: bool = False) -> None:
    to = Destination(world.partner(home, away), code(away), "residence", world.calendar.day if moves else None, carry=moves)
    with world.acting(home, LIAISON) as account:
        certifying.send(who.id, to, channel="unit", by=account.id)
    assert world.post() >= 1


def guest_of(tenant: TestTenant, name: str) -> uuid.UUID:
    """The guest of that name."""
    with tenant.scope():
        return session().scalars(select(Member.id).where(Member.tenant_id == tenant_id(), Member.name == name)).one()


def receipts(tenant: TestTenant) -> set[uuid.UUID]:
    """Of whom a receipt has come home and holds."""
    with tenant.scope():
        return set(session().scalars(select(ExchangeReceipt.member_id).where(ExchangeReceipt.tenant_id == tenant_id(), ExchangeReceipt.in_force)))
