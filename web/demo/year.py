"""The plan of one city's year: who signs in, when rosters arrive, and what still waits for an answer today."""
from __future__ import annotations

import uuid
from functools import partial

from sqlalchemy import Row, select

from core.access.roles import LIAISON, MEMBER
from core.organizations import tree
from core.organizations.models import Organization
from core.service import records
from core.tenancy import session
from core.tenancy.scope import tenant_id
from web.demo.asking import asked_again
from web.demo.cities import SAMPLE
from web.demo.registering import Registering
from web.demo.serving import Days, Serving, version_of
from web.demo.stage import Stage

SAMPLE_AFTER = Days(days=170)
LATE_BEFORE = Days(days=12)


def play(stage: Stage, password: str) -> None:
    """Live the whole year of one city, in the open scope."""
    city, registering = stage.city, Registering(stage, Serving(stage))

    def begin() -> None:
        for seat in city.seats:
            if seat.role not in (LIAISON, MEMBER):
                stage.admit(seat.role, seat.username, seat.name, tree.by_code(seat.code).id, password=password)
        arrived = registering.open_year()
        registering.plan_first(arrived, _cast(stage, arrived, password))

    stage.at(stage.first, begin, hour=9)
    if city.sample:
        stage.at(stage.first + SAMPLE_AFTER, lambda: registering.receive_sample(SAMPLE.read_bytes()), hour=9)
    stage.at(stage.today - LATE_BEFORE, registering.receive_late, hour=9)
    stage.at(stage.today - Days(days=2), lambda: _unanswered(stage, registering), hour=7)
    stage.run()


def _cast(stage: Stage, arrived: list[Row], password: str) -> Row:
    """The unit's liaison and one of its members, who sign in; answers the member."""
    unit, home = _organization(name=stage.city.unit), _organization(code=stage.city.community)
    star = next(who for who in arrived if who.unit_id == unit and who.residence_id == home)
    for seat in stage.city.seats:
        if seat.role == LIAISON:
            stage.admit(LIAISON, seat.username, seat.name, unit, password=password)
        elif seat.role == MEMBER:
            stage.admit(MEMBER, seat.username, star.name, unit, password=password, member_id=star.id)
    return star


def _unanswered(stage: Stage, registering: Registering) -> None:
    """Services of the last days that the community of the story has yet to verify, and some that wait for the recipient."""
    home = _organization(code=stage.city.community)
    there = [who for who in registering.people.values() if registering.reported.get(who.id, (None,))[0] == home]
    left: list[uuid.UUID] = []
    for number, who in enumerate(there[:7]):
        leave = partial(registering.serving.submit, who, home, stage.today - Days(days=3), left=left)
        stage.at(stage.today - Days(days=number % 2 + 1), leave, hour=8)
    stage.at(stage.today - Days(days=1), lambda: _verify_some(stage, home, left[:3]), hour=20)
    stage.at(stage.today - Days(days=1), lambda: asked_again(stage, home), hour=21)


def _verify_some(stage: Stage, community: uuid.UUID, waiting: list[uuid.UUID]) -> None:
    officer = stage.officer(community)
    for record in waiting:
        stage.as_account(officer, partial(records.verify, record, version_of(record), by=officer))


def _organization(*, code: str | None = None, name: str | None = None) -> uuid.UUID:
    which = Organization.code == code if code else Organization.name == name
    found: uuid.UUID = session().execute(select(Organization.id).where(Organization.tenant_id == tenant_id(), which)).scalar_one()
    return found
