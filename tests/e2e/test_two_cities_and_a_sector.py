"""A year of two cities and a sector authority with members who cross between them: each unit holds a right year-end pack (R9, R25, R29, R72)."""
from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from core.config import Config
from core.jobs.bell import bell
from tests.e2e.cities import closing, crossing
from tests.e2e.cities.world import World, agree, found, member
from tests.e2e.year.calendar import Calendar
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant
from tests.support.serving import served
from web.app import create_app


@pytest.fixture
def world(config: Config, database: TestDatabase, chromium: Browser) -> Iterator[World]:
    """The three on the first Monday of January, and a site that lives on the same day."""
    bell.configure(config.redis_url)
    calendar = Calendar()
    with served(calendar.lived(create_app(config))) as address:
        made = found(address, calendar, chromium)
        yield made
        assert made.leave() == []


@pytest.mark.early
def test_a_year_of_two_cities_and_a_sector(world: World) -> None:
    wuhan, yichang, sector = world.wuhan, world.yichang, world.sector
    agree(world)

    world.calendar.turn(3, 1)
    clerk, driver = member(sector, "欧阳远行", phone=True), member(sector, "司马同舟")  # of one unit, in two cities
    teacher, doctor, stays = member(wuhan, "诸葛行知"), member(wuhan, "上官明理"), member(wuhan, "夏侯长江")
    guest = crossing.by_phone(world, clerk)
    driver_there = crossing.by_officers(world, sector, yichang, driver)
    teacher_there = crossing.by_officers(world, wuhan, yichang, teacher)
    assert (crossing.receipts(sector), crossing.receipts(wuhan)) == ({clerk.id, driver.id}, {teacher.id})

    world.calendar.turn(5, 10)
    for who, there, tenant, minutes in ((clerk, guest, wuhan, 60), (clerk, guest, wuhan, 90), (driver, driver_there, yichang, 120),
                                        (teacher, teacher_there, yichang, 30)):
        world.serve(tenant, there, minutes, whose=who.id)
    world.serve(wuhan, doctor.id, 45)
    world.serve(wuhan, stays.id, 75)
    assert world.post() == 4  # what guests did goes home

    world.calendar.turn(7, 1)
    doctor_there = crossing.move(world, wuhan, yichang, doctor)
    world.calendar.turn(9, 20)
    world.serve(yichang, doctor_there, 100)
    assert world.post() == 0  # who has moved for good has no other home

    world.calendar.turn(12, 20)
    closing.make_by_page(world, wuhan)
    closing.make_by_services(world, wuhan)
    closing.make_by_services(world, yichang)
    world.post()

    def told(tenant: TestTenant, who: uuid.UUID) -> tuple[int, int]:
        tally = world.done[tenant.communities[0], who]
        return tally.records, tally.minutes

    assert closing.lines(sector, sector.units[0]) == [
        ("宜昌市" + closing.name(yichang), {driver.id: told(yichang, driver.id)}),
        ("武汉市" + closing.name(wuhan), {clerk.id: told(wuhan, clerk.id)})]
    own, elsewhere = closing.lines(wuhan, wuhan.units[0])
    assert own == ("", {doctor.id: told(wuhan, doctor.id), stays.id: told(wuhan, stays.id)})  # what was done before the move is told as well
    assert elsewhere == ("宜昌市" + closing.name(yichang), {teacher.id: told(yichang, teacher.id)})
    assert closing.lines(yichang, yichang.units[0]) == [("", {doctor_there: told(yichang, doctor_there)})]

    closing.answer_by_page(world, sector)
    assert world.post() == 1
    assert closing.answers(wuhan) + closing.answers(yichang) == [("已了解，感谢社区。", "answered")]
    assert closing.noted(wuhan) + closing.noted(yichang) == 1
