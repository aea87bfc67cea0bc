"""A year between tenants: partners agree, members of the sector report in and serve in the city, one is sent back, one moves for good (R9, R29)."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import func, select

from core import audit
from core.access import accounts
from core.access.models import Account
from core.audit import set_actor
from core.audit.models import AuditEntry
from core.config import Config
from core.exchange import arrivals, asking, certifying, partners, post_office
from core.exchange.certifying import Destination
from core.exchange.models import ExchangeIncoming, ExchangePartner
from core.members.models import Member
from core.organizations.models import Organization
from core.registration import membership, reporting
from core.service import evaluation, records
from core.service.models import ServiceRecord
from core.service.records import RecordInput
from core.tenancy import Tenant, session, set_clock, tenant_scope, today, unscoped
from core.tenancy.scope import tenant_id
from tenants.activation import enable
from web.demo import sector
from web.demo.cities import ENSHI, WUHAN, City
from web.demo.sector import SECTOR

MARK = "demo.populated"
DAY = dt.timedelta(days=1)
NOT_HERE = "所填地址不在本社区范围，请核对居住地后另行介绍。"
#: days before today, which guest, kind, title, minutes, rating
SERVICES = ((150, 0, "政策宣传", "讲解防汛知识", 90, "satisfied"), (96, 0, "环境卫生", "雨后清理排水口", 120, "satisfied"),
            (64, 1, "文化娱乐", "组织邻里节乒乓球赛", 150, "satisfied"), (40, 0, "困难帮扶", "陪独居老人就医", 180, "satisfied"),
            (22, 1, "文明创建", "文明养犬劝导", 60, "fair"))


@dataclass(slots=True)
class Crossing:
    """The tenants of the story by their codes, its last day, and how many days before that somebody moves."""

    tenants: dict[str, int]
    last: dt.date
    moved: int

    def play(self, staff: list[uuid.UUID]) -> None:
        """All of it; `staff` are the members of the sector's unit, who cross one after the other."""
        self.agree(((SECTOR, WUHAN), (WUHAN, ENSHI)))
        self.certify(staff[:3], 205)
        self.answer(2)
        for service in SERVICES:
            self.serve(*service)
        self.post(20)
        self.move(self.moved)
        self.certify(staff[3:4], 2)
        self.wish(staff[4])

    def agree(self, pairs: tuple[tuple[City, City], ...]) -> None:
        """The first of each pair proposes, the second accepts."""
        for one, other in pairs:
            with self._acting(one, "admin", 210):
                partners.offer(other.code)
        self.post(210)
        for one, other in pairs:
            with self._acting(other, "admin", 209):
                row = session().scalars(select(ExchangePartner).where(ExchangePartner.tenant_id == tenant_id(), ExchangePartner.code == one.code)).one()
                partners.accept(row.id, row.version)
        self.post(209)

    def certify(self, who: list[uuid.UUID], ago: int) -> None:
        """The liaison certifies members of the unit to the city's community; they arrive the same day."""
        with self._acting(SECTOR, "unit", ago) as by:
            partner = self._partner(WUHAN)
            for number, member in enumerate(who):
                certifying.send(member, Destination(partner, WUHAN.community, "residence", share_phone=number == 0), channel="unit", by=by)
        self.post(ago)

    def answer(self, taken: int) -> None:
        """The community takes some in, and sends the others back with the reason."""
        with self._acting(WUHAN, "community", 200) as by:
            for number, (arrival, version) in enumerate(self._arrivals()):
                if number < taken:
                    arrivals.admit(arrival, version, by=by)
                else:
                    arrivals.turn_away(arrival, version, NOT_HERE, by=by)
        self.post(200)

    def serve(self, ago: int, guest: int, kind: str, title: str, minutes: int, rating: str) -> None:
        """A guest serves, and is judged."""
        with self._acting(WUHAN, "community", ago) as by:
            given = RecordInput(kind, title, today(), minutes, self._place(WUHAN), recipient_kind="public")
            made = records.submit(self._guests()[guest], given, entered_by=by)
            evaluation.count_directly(made, "visit", rating, None, today(), by=by)

    def move(self, ago: int) -> None:
        """A member of the city's unit moves to the other city for good, with the records; the community there, then a unit takes the member on."""
        with self._acting(WUHAN, "unit", ago) as by:
            to = Destination(self._partner(ENSHI), ENSHI.community, "residence", today(), carry=True)
            certifying.send(self._mover(), to, channel="unit", by=by)
        self.post(ago)
        with self._acting(ENSHI, "community", max(ago - 3, 0)) as by:
            [(arrival, version)] = self._arrivals()
            member = arrivals.admit(arrival, version, by=by)
        with self._acting(ENSHI, "community", max(ago - 8, 0)) as by:
            reporting.accept(member, self._place(ENSHI), "residence", by=by)
            membership.move(member, "unit", self._named(ENSHI.unit), today())
        self.post(max(ago - 8, 0))

    def wish(self, member: uuid.UUID) -> None:
        """Somebody asks for a letter, which waits for the unit."""
        with self._acting(SECTOR, "unit", 1) as by:
            asking.ask(member, Destination(self._partner(WUHAN), WUHAN.community, "residence"), by=by)

    def post(self, ago: int) -> None:
        """The post office goes round until nothing is left."""
        with set_clock(self.last - ago * DAY):
            while post_office.go_round():
                pass

    @contextmanager
    def _acting(self, city: City, username: str, ago: int) -> Iterator[uuid.UUID]:
        with set_clock(self.last - ago * DAY), tenant_scope(self.tenants[city.code]):
            by = accounts.named(username)
            with set_actor("account", by):
                yield by

    @staticmethod
    def _place(city: City) -> uuid.UUID:
        return session().scalars(select(Organization.id).where(Organization.tenant_id == tenant_id(), Organization.code == city.community)).one()

    @staticmethod
    def _named(unit: str) -> uuid.UUID:
        return session().scalars(select(Organization.id).where(Organization.tenant_id == tenant_id(), Organization.name == unit)).one()

    @staticmethod
    def _partner(city: City) -> uuid.UUID:
        return session().scalars(select(ExchangePartner.id).where(ExchangePartner.tenant_id == tenant_id(), ExchangePartner.code == city.code)).one()

    @staticmethod
    def _arrivals() -> list[tuple[uuid.UUID, int]]:
        rows = session().execute(select(ExchangeIncoming.id, ExchangeIncoming.version).where(
            ExchangeIncoming.tenant_id == tenant_id(), ExchangeIncoming.kind == "certificate", ExchangeIncoming.state == "waiting")
            .order_by(ExchangeIncoming.id)).all()
        return [(row.id, row.version) for row in rows]

    @staticmethod
    def _guests() -> list[uuid.UUID]:
        return list(session().scalars(select(ExchangeIncoming.member_id).where(
            ExchangeIncoming.tenant_id == tenant_id(), ExchangeIncoming.kind == "certificate", ExchangeIncoming.state == "done")
            .order_by(ExchangeIncoming.id)))

    @staticmethod
    def _mover() -> uuid.UUID:
        """The member of the unit with most records who has no account of the cast; the story needs the others where they are."""
        done = select(func.count()).where(ServiceRecord.tenant_id == tenant_id(), ServiceRecord.member_id == Member.id,
                                          ServiceRecord.status == "counted").correlate(Member).scalar_subquery()
        cast = select(Account.member_id).where(Account.tenant_id == tenant_id(), Account.member_id.is_not(None), Account.password_hash.is_not(None))
        return session().scalars(select(Member.id).where(
            Member.tenant_id == tenant_id(), Member.unit_id == Crossing._named(WUHAN.unit), Member.status == "active", Member.id.not_in(cast))
            .order_by(done.desc(), Member.sort_key.desc(), Member.id).limit(1)).one()


def ensure(config: Config, password: str, told: Callable[[], object] = lambda: None, *, moved: int = 45) -> bool:
    """Make the sector and play what crossed, once; answers whether it was to be done. To be called outside any scope.

    `moved` is how many days ago a member of the first city moves: not before the unit had its people.
    """
    known = _tenants()
    if not {WUHAN.code, ENSHI.code} <= known.keys() or (SECTOR.code in known and _is_begun(known[SECTOR.code])):
        return False
    told()
    sector.provision(config)
    crossing = Crossing(_tenants(), today(), moved)
    for code in (SECTOR.code, WUHAN.code):
        with tenant_scope(crossing.tenants[code]):
            enable("feedback")
    with set_clock(crossing.last - 220 * DAY), tenant_scope(crossing.tenants[SECTOR.code]):
        staff = sector.populate(password)
        audit.record(MARK, "tenant", None, {"code": SECTOR.code})
    crossing.play(staff)
    return True


def _tenants() -> dict[str, int]:
    with unscoped() as opened:
        rows = opened.execute(select(Tenant.code, Tenant.id).where(Tenant.code.in_((WUHAN.code, ENSHI.code, SECTOR.code)))).all()
    return {row.code: row.id for row in rows}


def _is_begun(tenant: int) -> bool:
    with tenant_scope(tenant):
        return session().scalar(select(AuditEntry.id).where(AuditEntry.tenant_id == tenant_id(), AuditEntry.action == MARK).limit(1)) is not None
