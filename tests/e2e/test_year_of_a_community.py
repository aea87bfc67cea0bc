"""One year of one community, from the first need to the registers: three units, forty members, twenty-five residents."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from core.config import Config
from core.jobs.bell import bell
from tests.e2e.year import closing, needing, serving
from tests.e2e.year.calendar import Calendar
from tests.e2e.year.community import Community, found
from tests.support.serving import served
from web.app import create_app


@pytest.fixture
def year(config: Config, chromium: Browser) -> Iterator[Community]:
    """The community on the first Monday of January, and a site that lives on the same day."""
    bell.configure(config.redis_url)
    calendar = Calendar()
    with served(calendar.lived(create_app(config))) as address:
        community = found(address, calendar, chromium)
        yield community
        assert community.leave() == []


@pytest.mark.early
def test_a_year_of_a_community(year: Community) -> None:
    tally = serving.Tally()
    code = needing.come_in(year)
    year.calendar.turn(2, 1)
    needing.look_through(year)
    needing.told(year, code, "社区正在想办法")

    year.calendar.turn(3, 1)
    _post, claims = serving.posts(year, tally)
    serving.pledge(year, claims, tally)
    serving.patrol(year, claims, tally)
    closing.off_and_on(year, tally)
    serving.end_of_june(year, claims, tally)
    year.calendar.turn(8, 2)
    serving.wishes(year, tally)
    serving.menu(year, tally)

    year.calendar.turn(10, 8)
    closing.verify_and_judge(year)
    year.calendar.turn(12, 20)
    closing.agree(year, tally)
