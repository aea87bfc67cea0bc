"""A city with random members, report-ins, records and wishes, and the slow count of it in Python."""
from __future__ import annotations

import datetime as dt
import random
import uuid
from collections import defaultdict
from typing import Any

import pytest
from sqlalchemy import select

from core.db import new_id
from core.extension.models import Setting
from core.members.models import Member
from core.organizations.models import Organization
from core.overview.periods import MONTHS, NOW, starting
from core.registration.models import ReportIn
from core.service.models import ServiceRecord
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id
from plugins.wishes.models import WishesWish
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_member, make_tenant

SEED = random.Random(7)
RATINGS = ("satisfied", "satisfied", "fair", "dissatisfied")


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """The city, with another of the same shape beside it; nothing is counted yet."""
    SEED.seed(7)  # the same city whichever test comes first
    made, other = make_tenant(plugins=("wishes",)), make_tenant("4228", name="恩施州", plugins=("wishes",))
    fill(made)
    fill(other, people=4, records=20)
    return made


def fill(tenant: TestTenant, people: int = 14, records: int = 120) -> None:
    """Members of all units who live all over, some of them nowhere; one county wants another norm; one unit stands below another."""
    members = [make_member(tenant, f"王{n}", unit=n % 3, residence=n % 8, **({"residence_id": None} if n == 5 else {}),
                           **({"status": "left"} if n == 9 else {})) for n in range(people)]
    with tenant.scope():
        below = Organization(parent_id=tenant.units[0], kind="unit", code=f"{tenant.code}-sub", name="第0单位下属", sort_key="0",
                             path=f"{tenant.paths[tenant.units[0]]}{tenant.code}-sub/", unit_type="government", created_at=now())
        session().add(below)
        session().add(Setting(namespace="service", organization_id=tenant.counties[1], values={"activity_norm": 3, "norm_same_day": True},
                              locked=[], version=1, changed_at=now()))
        session().flush()
        session().get_one(Member, (tenant.id, members[3].id)).unit_id = below.id
        days = [today() - dt.timedelta(days=SEED.randrange(500)) for _n in range(records)]
        session().add_all(_record(SEED.choice(members), SEED.choice(tenant.communities), SEED.choice((*tenant.units, below.id)), day) for day in days)
        session().add_all(ReportIn(member_id=one.id, community_id=SEED.choice(tenant.communities), unit_id=one.unit_id, sort_key="w", basis="residence",
                                   channel="officer", status=SEED.choice(("confirmed", "confirmed", "submitted")), reported_on=SEED.choice(days),
                                   created_at=now()) for one in members)
        session().add_all(_wish(SEED.choice(tenant.communities), SEED.choice(days)) for _n in range(30))


def _record(member: Any, community: uuid.UUID, unit: uuid.UUID, day: dt.date) -> ServiceRecord:
    status = SEED.choice(("counted", "counted", "counted", "verified", "corrected"))
    return ServiceRecord(member_id=member.id, community_id=community, unit_id=unit, kind="环境卫生", title="清扫", happened_on=day,
                         minutes=SEED.randrange(10, 200), status=status, rating=SEED.choice(RATINGS) if status == "counted" else None, created_at=now())


def _wish(community: uuid.UUID, day: dt.date) -> WishesWish:
    state = SEED.choice(("accepted", "written_off"))
    return WishesWish(id=new_id(), community_id=community, number=f"w{SEED.random()}", kind="wish", channel="officer", title="换灯", state=state,
                      received_on=day, ended_on=day if state == "written_off" else None, verdict="fulfilled" if state == "written_off" else None,
                      created_at=now())


def slow(side: str) -> dict[tuple[uuid.UUID, str, dt.date], dict[str, int]]:
    """Every organization's figures by kind and first day, from all rows, one by one; inside a scope."""
    count = Slow(place=side == "place")
    count.members()
    count.records()
    count.served()
    count.wishes()
    found = {key: {name: number for name, number in figures.items() if number} for key, figures in count.found.items()}
    return {key: figures for key, figures in found.items() if figures}


class Slow:
    """The slow count of one side."""

    def __init__(self, *, place: bool) -> None:
        self.place = place
        self.tree = {row.id: row for row in self.rows(Organization)}
        self.people = {row.id: row for row in self.rows(Member) if row.status == "active"}
        self.counted = [row for row in self.rows(ServiceRecord) if row.status == "counted"]
        self.found: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def rows(self, model: Any) -> list[Any]:
        return list(session().scalars(select(model).where(model.tenant_id == tenant_id())))

    def up(self, organization_id: uuid.UUID | None) -> list[uuid.UUID]:
        """The organization and all above it."""
        at = self.tree.get(organization_id) if organization_id else None
        return [row.id for row in self.tree.values() if at is not None and at.path.startswith(row.path)]

    def home(self, member: Member) -> list[uuid.UUID]:
        return self.up(member.residence_id if self.place else member.unit_id)

    def add(self, at: list[uuid.UUID], day: dt.date | None, key: str, number: int = 1) -> None:
        for one in at:
            for kind, first in [("now", NOW)] if day is None else [(kind, starting(kind, day).since) for kind in MONTHS]:
                self.found[one, kind, first][key] += number

    def members(self) -> None:
        confirmed = [row for row in self.rows(ReportIn) if row.status == "confirmed"]
        for member in self.people.values():
            self.add(self.home(member), None, "expected")
            self.add(self.home(member), None, "reported", any(row.member_id == member.id for row in confirmed))
        for row in confirmed:
            self.add(self.up(row.community_id if self.place else row.unit_id), row.reported_on, "report_ins")

    def records(self) -> None:
        for row in self.counted:
            where = self.up(row.community_id if self.place else row.unit_id)
            for key, number in (("records", 1), ("minutes", row.minutes), (row.rating, 1)):
                self.add(where, row.happened_on, key, number)

    def served(self) -> None:
        those: dict[Any, list[ServiceRecord]] = defaultdict(list)
        for row in self.counted:
            for kind in MONTHS:
                those[row.member_id, kind, starting(kind, row.happened_on).since].append(row)
        strict = next(row.id for row in self.tree.values() if row.kind == "county" and row.code.endswith("03"))
        for (member_id, kind, first), own in those.items():
            if (member := self.people.get(member_id)) is None:
                continue
            hard = strict in self.up(member.residence_id or member.workplace_id)  # three days a year there, two records elsewhere
            reached = len({row.happened_on for row in own}) >= 3 if hard else len(own) >= 2
            for at in self.home(member):
                self.found[at, kind, first]["served"] += 1
                self.found[at, kind, first]["at_norm"] += kind == "year" and reached

    def wishes(self) -> None:
        for wish in self.rows(WishesWish) if self.place else []:
            at = self.up(wish.community_id)
            self.add(at, wish.received_on, "wishes.received")
            if wish.state == "written_off":
                self.add(at, wish.ended_on, "wishes.fulfilled")
            else:
                self.add(at, None, "wishes.waiting")
