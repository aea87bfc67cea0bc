"""A turn is planned, counts by itself, gets its log, and is seen where it belongs."""
import datetime as dt

import pytest
from sqlalchemy import select
from weekly_duty.models import WeekDuty

from core.api import session, today
from web.testing.factories import make_tenant
from web.testing.records import make_counted_record, withdraw_record


@pytest.fixture
def planner(tenant, browser):
    return browser(tenant.accounts["city_administrator"])


@pytest.fixture
def turn(tenant, community, unit, planner):
    answer = planner.post("/p/weekly_duty/new", community_id=str(community), unit_id=str(unit), day=today().isoformat())
    assert answer.status_code == 303, answer.text
    return the_turn(tenant)


def the_turn(tenant):
    with tenant.scope():
        return session().scalars(select(WeekDuty)).one()


def test_a_turn_goes_from_monday_to_sunday(turn, community, unit):
    assert (turn.community_id, turn.unit_id, turn.starts_on.weekday(), turn.ends_on - turn.starts_on) == (
        community, unit, 0, dt.timedelta(days=6))
    assert turn.starts_on <= today() <= turn.ends_on


def test_services_of_the_units_people_count_by_themselves(turn, tenant, member):
    record = make_counted_record(tenant, member)
    assert the_turn(tenant).services == 1
    withdraw_record(tenant, record)
    assert the_turn(tenant).services == 0


def test_the_community_writes_the_log_and_then_the_turn_stays(turn, tenant, officer_browser, planner):
    written = officer_browser.post(f"/p/weekly_duty/{turn.id}/log", log="清扫楼道，走访三户", version="1")
    assert written.status_code == 303, written.text
    planner.post(f"/p/weekly_duty/{turn.id}/remove", confirmed="1")
    assert "清扫楼道，走访三户" in officer_browser.get("/p/weekly_duty/").text
    assert the_turn(tenant).log == "清扫楼道，走访三户"


def test_the_same_week_is_not_planned_twice(turn, planner, community, unit):
    again = planner.post("/p/weekly_duty/new", community_id=str(community), unit_id=str(unit), day=turn.ends_on.isoformat())
    assert again.status_code == 409


def test_other_communities_and_other_cities_do_not_see_it(turn, tenant, browser):
    other = make_tenant("4228", name="恩施州", plugins=["weekly_duty"])
    seen = {who: browser(account).get("/p/weekly_duty/").text.count("第0单位") for who, account in {
        "here": tenant.accounts["community_officer"], "there": tenant.others["community_officer"],
        "elsewhere": other.accounts["city_administrator"]}.items()}
    assert seen == {"here": 1, "there": 0, "elsewhere": 0}
