"""The story of registration: rosters, certificates, report-ins by every door, receipts, moves, and those who are late."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Row, select

from core.access.roles import ADMINISTRATOR, COUNTY
from core.audit import set_actor
from core.members.models import Member
from core.organizations.models import Organization
from core.registration import certificates, membership, obligations, reporting
from core.registration.models import Certificate, Obligation
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tenants import settings
from tenants.importing.run import run
from web.demo.people import workbook
from web.demo.services import REASON_TEXTS
from web.demo.serving import Serving
from web.demo.stage import Stage

Days = dt.timedelta
FIRST_ROUND = Days(days=85)
MONTH = Days(days=30)
STAR_SERVICES = 8


@dataclass(slots=True)
class Registering:
    """Fills the stage's queue with what happens to certificates, report-ins and obligations."""

    stage: Stage
    serving: Serving
    star: uuid.UUID | None = None
    reported: dict[uuid.UUID, tuple[uuid.UUID, dt.date]] = field(default_factory=dict)
    people: dict[uuid.UUID, Row] = field(default_factory=dict)
    _certificates: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)

    @property
    def administrator(self) -> uuid.UUID:
        """The administrator's account."""
        return next(made for key, made in self.stage.accounts.items() if key.startswith(ADMINISTRATOR))

    def open_year(self) -> list[Row]:
        """The first day: the date is set, the first roster imported; answers the members, whose ways `plan` lays out."""
        with set_actor("account", self.administrator):
            view = settings.get("registration")
            settings.save("registration", {**view.own, "initial_due": (today() + FIRST_ROUND).isoformat()}, version=view.version)
        return self.receive(workbook(self.stage.city.first_roster(today()), self.stage.city.units), "花名册.xlsx")

    def plan_first(self, arrived: list[Row], star: Row) -> None:
        """The first round: most come in time; `star` is the one who signs in, and comes early. Some move house later."""
        stage, self.star = self.stage, star.id
        stage.at(stage.first + Days(days=9), lambda: self.by_phone(star, "residence"))
        if stage.city.local:
            stage.at(stage.first + Days(days=20), lambda: self.at_desk(star, "workplace"))
        due, others = today() + FIRST_ROUND, [who for who in arrived if who.id != star.id]
        laggards = [who for who in others if who.unit_id == star.unit_id][-2:]
        for who in laggards:
            self.overdue(who, due, resolved=None)
        self.plan([who for who in others if who not in laggards], due, late=0.1, never=0.05)
        for who in stage.rng.sample(others, 6):
            stage.at(stage.first + Days(days=stage.rng.randint(150, 305)), partial(self.move, who))

    def receive(self, content: bytes, name: str) -> list[Row]:
        """Import a roster; answers the members that it brought."""
        with set_actor("account", self.administrator):
            run(content, name, write=True)
        rows = session().execute(select(
            Member.id, Member.name, Member.unit_id, Member.residence_id, Member.workplace_id).where(
            Member.tenant_id == tenant_id()).order_by(Member.sort_key, Member.id)).all()
        arrived = [row for row in rows if row.id not in self.people]
        self.people |= {row.id: row for row in arrived}
        day = today()
        for unit in dict.fromkeys(row.unit_id for row in arrived):
            self.stage.at(day + Days(days=self.stage.rng.randint(1, 4)), partial(self.issue, unit))
        return arrived

    def receive_sample(self, content: bytes) -> None:
        """The shipped sample roster, handed over in the middle of the year."""
        arrived = self.receive(content, "sample_roster.xlsx")
        self.plan(arrived, today() + MONTH, late=0.12, never=0.14)

    def receive_late(self) -> None:
        """Those who joined lately: some wait for the community's answer, some have not begun."""
        stage = self.stage
        units = [u for u in stage.city.units if u.name == stage.city.unit]
        arrived = self.receive(workbook(stage.city.late_roster(today()), units), "新增党员.xlsx")
        for number, who in enumerate(arrived[:-2]):
            day = stage.today - Days(days=number % 3)
            stage.at(day, partial(self.by_phone, who, "residence", answer=False), hour=8)

    def plan(self, arrived: list[Row], due: dt.date, *, late: float, never: float) -> None:
        """Let each report in: in time, late, or not at all."""
        rng, begin = self.stage.rng, today()
        for who in arrived:
            fate = rng.random()
            if fate < never:
                self.overdue(who, due, resolved=None)
                continue
            day = begin + Days(days=rng.randint(6, (due - begin).days))
            if fate < never + late:
                day = due + Days(days=rng.randint(6, 40))
                self.overdue(who, due, resolved=day)
            self.come(who, day)

    def come(self, who: Row, day: dt.date) -> None:
        """Plan one person's report-in; where both communities are asked for, mostly both."""
        stage, rng = self.stage, self.stage.rng
        both = stage.city.local and who.workplace_id not in (None, who.residence_id)
        basis = "workplace" if not both and who.workplace_id and rng.random() < 0.2 else "residence"
        for one in (basis, "workplace") if both and rng.random() < 0.8 else (basis,):
            door = rng.choices((self.at_desk, self.by_phone, self.on_paper), (11, 6, 3))[0]
            stage.at(day, partial(door, who, one))
            day += Days(days=rng.randint(0, 5))

    def at_desk(self, who: Row, basis: str) -> None:
        """The officer takes the certificate's number."""
        place = self._place(who, basis)
        officer = self.stage.officer(place)
        held = self._certificates.get(who.id)
        self.stage.as_account(officer, lambda: reporting.accept(who.id, place, basis, by=officer, certificate_id=held))
        self._note(who, place)

    def by_phone(self, who: Row, basis: str, *, answer: bool = True) -> None:
        """The member does it; the community answers some days later, now and then after sending it back once."""
        stage, place = self.stage, self._place(who, basis)
        own, officer = stage.member(who.id, who.name, who.unit_id), stage.officer(place)
        with set_actor("account", own):
            made = reporting.submit(who.id, place, basis, "phone", by=own, certificate_id=self._certificates.get(who.id))
        if not answer:
            return
        day = today() + Days(days=stage.rng.randint(1, 3))
        if stage.rng.random() < 0.08:
            stage.at(day, lambda: stage.as_account(officer, lambda: reporting.send_back(made, 1, "请到社区补交报到证原件。", by=officer)))
            stage.at(day + Days(days=2), lambda: self.at_desk(who, basis))
        else:
            stage.at(day, lambda: stage.as_account(officer, lambda: reporting.confirm(made, 1, by=officer)))
            self._note(who, place)

    def on_paper(self, who: Row, basis: str) -> None:
        """The community answers on paper, and the unit keys the receipt in some days later."""
        stage, day, place = self.stage, today(), self._place(who, basis)
        liaison, number = stage.liaison(who.unit_id), f"回字第{stage.rng.randint(1, 999):03}号"
        stage.at(day + Days(days=stage.rng.randint(1, 6)), lambda: stage.as_account(
            liaison, lambda: reporting.key_in_paper_receipt(who.id, place, basis, day, number, by=liaison)))
        self._note(who, place)

    def issue(self, unit_id: uuid.UUID) -> None:
        """Certificates for all of a unit, by the county or sector that leads it."""
        path = session().execute(select(Organization.path).where(Organization.tenant_id == tenant_id(),
                                                                 Organization.id == unit_id)).scalar_one()
        issuer = certificates.issuer_for(path)
        by = self.stage.accounts.get(f"{COUNTY} {issuer}", self.administrator)
        self.stage.as_account(by, lambda: certificates.issue(issuer, unit_id, by=by))
        self._certificates |= dict(session().execute(select(Certificate.member_id, Certificate.id).where(
            Certificate.tenant_id == tenant_id(), Certificate.unit_id == unit_id, Certificate.status == "valid")).all())

    def move(self, who: Row) -> None:
        """Somebody moves house, and mostly reports in again within the month."""
        stage, rng = self.stage, self.stage.rng
        if who.id not in self.reported:
            return
        homes = [code for code, _weight in stage.city.homes]
        home = session().execute(select(Organization.id).where(Organization.tenant_id == tenant_id(),
                                                               Organization.code == rng.choice(homes))).scalar_one()
        liaison = stage.liaison(who.unit_id)
        with set_actor("account", liaison):
            moved = membership.move(who.id, "residence", home, today())
        if moved and rng.random() < 0.7:
            stage.at(today() + Days(days=rng.randint(4, 25)), lambda: self._again(who, home))

    def _again(self, who: Row, home: uuid.UUID) -> None:
        if self._open(who.id):
            officer = self.stage.officer(home)
            self.stage.as_account(officer, lambda: reporting.accept(who.id, home, "residence", by=officer))
            self._note(who, home)

    def overdue(self, who: Row, due: dt.date, *, resolved: dt.date | None) -> None:
        """The unit asks after somebody who is late: a reason, a reminder, more time."""
        stage, rng = self.stage, self.stage.rng
        last = resolved or stage.today
        if rng.random() < 0.75:
            stage.at(min(due + Days(days=rng.randint(1, 5)), last), lambda: self._ask(who))
        if rng.random() < 0.4:
            stage.at(due + Days(days=3), lambda: self._extend(who))

    def _ask(self, who: Row) -> None:
        code, text = self.stage.rng.choice(list(REASON_TEXTS.items()))
        liaison = self.stage.liaison(who.unit_id)
        with set_actor("account", liaison):
            for row in self._open(who.id):
                obligations.remind(row.id, self.stage.rng.choice(("phone", "in_person", "message")), row.version)
                obligations.record_reason(row.id, code, text, row.version + 1)

    def _extend(self, who: Row) -> None:
        with set_actor("account", self.stage.liaison(who.unit_id)):
            for row in self._open(who.id):
                obligations.extend(row.id, today() + MONTH, "单位说明情况，同意延期一个月。", row.version)

    def _open(self, member_id: uuid.UUID) -> list[Row]:
        return list(session().execute(select(Obligation.id, Obligation.version).where(
            Obligation.tenant_id == tenant_id(), Obligation.member_id == member_id, Obligation.status == "open")).all())

    @staticmethod
    def _place(who: Row, basis: str) -> uuid.UUID:
        return who.workplace_id if basis == "workplace" else who.residence_id

    def _note(self, who: Row, place: uuid.UUID) -> None:
        if who.id not in self.reported:
            self.reported[who.id] = (place, today())
            self.serving.plan(who, place, today(), STAR_SERVICES if who.id == self.star else None)
