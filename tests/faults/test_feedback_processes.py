"""Workers are shot while they make the year's packs: no pair is left out and none has two packs, nor a member two lines."""
from __future__ import annotations

import datetime as dt
import signal
import time
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import func, insert, select, text, tuple_

from core.members.models import Member
from core.registration.models import ReportIn
from core.tenancy import now, session, today
from plugins.feedback import making, periods, running
from plugins.feedback.models import FeedbackLine, FeedbackPack
from tests.faults.figures import FULL, figure
from tests.faults.forking import Forked
from tests.faults.test_jobs_processes import Start, ringing, start, wait
from tests.faults.test_points_processes import open_jobs
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_member, make_tenant

__all__ = ["ringing", "start"]
pytestmark = [pytest.mark.fault, pytest.mark.promise(14)]
PEOPLE, SHOTS, EVERY = (20_000, 15, 1.0) if FULL else (24, 2, 0.5)  # people a community


@pytest.fixture
def city(database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> TestTenant:
    """Eight communities with members of three units in each; batches of one community, so that a shot falls between two."""
    tenant = make_tenant(plugins=("feedback",))
    monkeypatch.setattr(running, "BATCH", 1)
    pattern = make_member(tenant, "王一").id
    with tenant.scope():
        columns = ", ".join(c.key for c in Member.__table__.c if c.key not in ("tenant_id", "id", "unit_id", "id_number_index"))
        session().execute(text(f"insert into member (tenant_id, id, unit_id, {columns}) select tenant_id, gen_random_uuid(), u, {columns}"
                               " from member, generate_series(1, :people), unnest(cast(:units as uuid[])) u where id = :pattern"),
                          {"people": PEOPLE // 3, "units": [str(u) for u in tenant.units], "pattern": pattern})
    with database.connect_admin() as admin:
        admin.execute("ANALYZE member")  # a key check planned while the table was small would read all of it for each row
    with tenant.scope():
        people = session().scalars(select(Member.id).where(Member.id != pattern)).all()
        session().execute(insert(ReportIn), [
            {"tenant_id": tenant.id, "id": uuid.uuid4(), "member_id": one, "community_id": place, "sort_key": "", "basis": "residence",
             "channel": "officer", "status": "confirmed", "reported_on": today() - dt.timedelta(days=1), "created_at": now()}
            for place in tenant.communities for one in people])
    return tenant


def press(tenant: TestTenant, presses: int = 2) -> None:
    """Press for the whole city, twice at once, as two officers would."""
    with tenant.scope():
        for _ in range(presses):
            running.begin(tenant.root, periods.containing(today(), "year"), again=False, by=None)


def shoot(start: Start, url: str, tenant: TestTenant) -> None:
    """Workers are killed again and again; those that live finish."""
    workers: list[Forked] = [start(url), start(url)]
    for number in range(SHOTS):
        time.sleep(EVERY)
        workers[number % 2].kill()
        assert workers[number % 2].wait() == -signal.SIGKILL
        workers[number % 2] = start(url)
    wait(lambda: open_jobs(tenant) == 0, 600 if FULL else 120)


def held(tenant: TestTenant) -> tuple[int, int, int, int]:
    """Packs, pairs that have one, lines, and people in a pair that have one."""
    with tenant.scope():
        packs = session().execute(select(func.count(), func.count(tuple_(FeedbackPack.community_id, FeedbackPack.unit_id).distinct()))).one()
        lines = session().execute(select(func.count(), func.count(tuple_(FeedbackLine.pack_id, FeedbackLine.member_id).distinct()))).one()
        return packs[0], packs[1], lines[0], lines[1]


def expected(tenant: TestTenant) -> tuple[int, int, int, int]:
    pairs, lines = len(tenant.communities) * len(tenant.units), len(tenant.communities) * (PEOPLE // 3) * len(tenant.units)
    return pairs, pairs, lines, lines


def test_a_press_that_is_shot_loses_and_doubles_no_pack(city: TestTenant, ringing: str, start: Start) -> None:
    press(city)
    shoot(start, ringing, city)
    assert held(city) == expected(city)
    figure(14, f"packs of {len(city.communities)} communities, two presses at once, {SHOTS} shots", "each pair one",
           f"{held(city)[0]} packs of {held(city)[1]} pairs, {held(city)[2]} lines")


@pytest.fixture
def without_the_key(database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The pair's key taken away: one that any two packs differ in stands in its place."""
    def key(columns: str) -> None:
        with database.connect_admin() as admin:
            admin.execute("TRUNCATE feedback_pack CASCADE")
            admin.execute("ALTER TABLE feedback_pack DROP CONSTRAINT uq_feedback_pack_pair")
            admin.execute(f"ALTER TABLE feedback_pack ADD CONSTRAINT uq_feedback_pack_pair UNIQUE ({columns})")
    held = ", ".join(making.PAIR)
    key(f"{held}, id")
    monkeypatch.setattr(making, "PAIR", [*making.PAIR, "id"])
    yield
    key(held)


@pytest.mark.usefixtures("without_the_key")
def test_twin_without_the_key_of_the_pair_two_presses_are_two_packs(city: TestTenant, ringing: str, start: Start) -> None:
    press(city)
    start(ringing)
    wait(lambda: open_jobs(city) == 0, 120)
    packs, pairs, _lines, _people = held(city)
    assert (packs, pairs) == (2 * expected(city)[0], expected(city)[0])
