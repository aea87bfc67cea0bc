"""The first pages: the figures are right, bounded by reach, and cost as many queries for many rows as for few."""
from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import update

from core.members.reach import grants_for
from core.registration import reporting
from core.registration.models import Obligation
from core.service import records
from core.service.records import RecordInput
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tenants import overview
from tests.support.factories import make_member, make_tenant
from tests.web.conftest import application, browser_of, tenant

__all__ = ["application", "browser_of", "tenant"]


def report(member, *, confirm: bool = True) -> None:
    identity = reporting.submit(member.id, member.residence_id, "residence", "officer", by=None)
    if confirm:
        reporting.confirm(identity, 1, by=None)


def owe(member, days: int) -> None:
    """An open obligation that is due in `days` days."""
    session().add(Obligation(member_id=member.id, unit_id=member.unit_id, community_id=member.residence_id, cause="initial",
                             basis="any", starts_on=today() - dt.timedelta(days=40), due_on=today() + dt.timedelta(days=days)))
    session().flush()


def serve(member, *, verified: bool = False) -> None:
    given = RecordInput(community_id=member.residence_id, kind="政策宣传", title="入户宣传", place="社区广场", happened_on=today(),
                        minutes=60, recipient_kind="person", recipient_group=None, recipient="李大爷")
    identity = records.submit(member.id, given, entered_by=None)
    if verified:
        records.verify(identity, 1, by=None)


@pytest.fixture
def people(tenant):
    """Four members: here, two reported in (one confirmed); one in another county; and a stranger in another city."""
    here = [make_member(tenant, name, unit=0, residence=0, account=n == 0) for n, name in enumerate(("王一", "李二", "张三"))]
    there = make_member(tenant, "赵四", unit=1, residence=7)
    other = make_tenant("4228", name="恩施州")
    stranger = make_member(other, "钱五")
    with other.scope():
        report(stranger, confirm=False)
        owe(stranger, -3)
    with tenant.scope():
        report(here[0])
        report(here[1], confirm=False)
        owe(here[2], -3)
        owe(there, 5)
        serve(here[0])
        serve(here[0], verified=True)
    return [*here, there]


def grants(tenant, role, permission="members.read"):
    return grants_for(tenant.actor(role), permission)


def test_figures_of_the_city_and_of_a_county(tenant, people):
    with tenant.scope():
        city = overview.figures(grants(tenant, "city_administrator"))
        assert city == overview.Figures(members=4, reported=1, units=3, communities=8, submitted=1, open=2, overdue=1,
                                        records={"submitted": 1, "verified": 1}, minutes=0)
        assert city.rate == 0.25
        county = overview.figures(grants(tenant, "county_officer"))
        assert (county.members, county.reported, county.units, county.communities, county.open) == (3, 1, 1, 4, 1)


def test_coverage_of_the_next_level(tenant, people):
    with tenant.scope():
        rows = overview.coverage_below(grants(tenant, "city_administrator")[0])
        assert [(r.name, r.expected, r.reported) for r in rows] == [("第02区", 3, 1), ("第03区", 1, 0)]


def test_a_communitys_day(tenant, people):
    with tenant.scope():
        day = overview.community_day(grants(tenant, "community_officer", "registration.confirm"))
        assert {name: (queue.count, [r.name for r in queue.rows]) for name, queue in (
            ("confirm", day.to_confirm), ("verify", day.to_verify), ("evaluate", day.to_evaluate), ("overdue", day.overdue))} == {
            "confirm": (1, ["李二"]), "verify": (1, ["王一"]), "evaluate": (1, ["王一"]), "overdue": (1, ["张三"])}
        assert day.reported == 1


def test_a_units_day(tenant, people):
    with tenant.scope():
        day = overview.unit_day(grants(tenant, "unit_liaison"))
        assert (day.members, day.reported, day.without_certificate, day.overdue.count, day.due_soon) == (3, 1, 3, 1, 0)


def test_a_members_own_state(tenant, people):
    with tenant.scope():
        state = overview.own_state(people[0].id)
        assert [(r.community, r.status) for r in state.report_ins] == [("001001社区", "confirmed")]
        assert (state.certificate, list(state.obligations), state.records, state.minutes) == (None, [], {"submitted": 1, "verified": 1}, 0)
        assert [r.overdue for r in overview.own_state(people[2].id).obligations] == [True]


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow_with_rows(tenant, statements, count):
    members = [make_member(tenant, f"王{n}") for n in "一二三"[:count]]
    with tenant.scope():
        for member in members:
            report(member, confirm=False)
            owe(member, -3)
            serve(member)
    with tenant.scope():
        city, community = grants(tenant, "city_administrator"), grants(tenant, "community_officer", "registration.confirm")
        statements.clear()
        overview.figures(city)
        assert len(statements) == 5
        statements.clear()
        overview.community_day(community)
        assert len(statements) == 11


@pytest.mark.parametrize(("role", "texts"), [
    ("city_administrator", ("中共武汉市委组织部", "25.0%", "各地报到率")), ("county_officer", ("第02区", "33.3%")),
    ("street_officer", ("02001街道",)), ("community_officer", ("今天的工作", "李二", "张三")), ("unit_liaison", ("第0单位", "张三")),
    ("auditor", ("审计",))])
def test_each_role_has_its_first_page(tenant, people, browser_of, role, texts):
    page = browser_of(tenant.accounts[role]).get("/")
    assert page.status_code == 200
    assert [t for t in texts if t not in page.text] == []
    assert "钱五" not in page.text


def test_a_members_first_page(tenant, people, browser_of):
    page = browser_of(people[0].account).get("/").text
    assert "您好，王一" in page
    assert "已报到" in page
    with tenant.scope():
        owe(people[0], -1)
        session().execute(update(Obligation).where(Obligation.tenant_id == tenant_id()).values(version=2))
    assert "请尽快报到" in browser_of(people[0].account).get("/").text


def test_an_empty_city_is_told_what_comes_first(tenant, browser_of):
    page = browser_of(tenant.accounts["city_administrator"]).get("/").text
    assert "还没有导入花名册" in page
    assert 'href="/imports/"' in page
