"""The overview over HTTP: each role sees its own places, the numbers are those counted, and the page costs the same for one place as for three."""
from __future__ import annotations

import io
import re

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from core.access.tokens import create_token
from core.audit.models import AuditEntry
from core.config import Config
from core.jobs import run_due
from core.organizations import tree
from core.overview.keeping import recount
from core.overview.periods import starting
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tests.overview.conftest import slow
from tests.support.applications import shared_app
from tests.support.browsing import without_csrf
from tests.support.databases import TestDatabase
from tests.support.factories import TestAccount, TestTenant, make_tenant, sign_in
from tests.support.statements import sent


@pytest.fixture
def city(tenant: TestTenant) -> TestTenant:
    with tenant.scope():
        recount()
    return tenant


def client_of(config: Config, account: TestAccount) -> FlaskClient:
    client = without_csrf(shared_app(config)).test_client()
    sign_in(client, account)
    return client


def tiles(page: str) -> dict[str, str]:
    """What the tiles say, by title."""
    return dict(re.findall(r'stat-title">([^<]+)</span>\s*<span class="stat-value">([\d,.]+)', page))


def names(page: str) -> list[str]:
    """The places of the first table, in order."""
    return re.findall(r'data-label="名称"[^>]*><a[^>]*>([^<]+)</a>', page.split("下级：其他功能", maxsplit=1)[0])


def test_each_role_sees_its_own_place_and_nothing_beside_it(city: TestTenant, config: Config) -> None:
    year = starting("year", today()).since
    with city.scope():
        wanted = {side: slow(side) for side in ("place", "unit")}
    seen = {"city_administrator": (city.root, "place", ["第02区", "第03区"]), "county_officer": (city.counties[0], "place", ["02001街道", "02002街道"]),
            "street_officer": (city.streets[0], "place", ["001001社区", "001002社区"]), "community_officer": (city.communities[0], "place", []),
            "unit_liaison": (city.units[0], "unit", ["第0单位下属"])}
    others = {city.counties[1], city.streets[-1], city.communities[-1], city.sectors[0], city.units[-1]}
    strange = make_tenant("4203").root
    for role, (place, side, below) in seen.items():
        client = client_of(config, city.accounts[role])
        page = client.get("/overview/").text
        numbers = {**wanted[side].get((place, "now", starting("year", today()).since.replace(1970)), {}), **wanted[side].get((place, "year", year), {})}
        said = tiles(page)
        assert (said["在册党员"], said["服务次数"], said["参加服务的党员"], said["达到每年次数的党员"]) == tuple(
            f"{numbers.get(key, 0):,}" for key in ("expected", "records", "served", "at_norm")), role
        assert names(page) == below, role
        assert {client.get(f"/overview/?at={other}").status_code for other in {*others, strange}} == ({200, 404} if role == "city_administrator" else {404})
        assert client.get(f"/overview/?at={strange}").status_code == 404
    assert client_of(config, city.accounts["auditor"]).get("/overview/").status_code == 403


def test_periods_sides_and_drill_down(city: TestTenant, config: Config) -> None:
    client = client_of(config, city.accounts["city_administrator"])
    month = starting("month", today())
    page = client.get(f"/overview/?period={month.former.code}").text
    with city.scope():
        wanted = slow("place")
    numbers = wanted.get((city.root, "month", month.former.since), {})
    assert tiles(page)["服务次数"] == str(numbers.get("records", 0))
    assert f"上期 {wanted.get((city.root, 'month', month.former.former.since), {}).get('records', 0)}" in page
    assert tiles(page)["收到的心愿"] == str(numbers.get("wishes.received", 0))
    assert f"period={month.code}" in page
    assert f"period={month.next.code}" not in client.get(f"/overview/?period={month.code}").text  # what has not begun is not offered
    assert names(client.get("/overview/?side=unit").text) == ["第02区", "第03区", "国资委党委", "市直机关工委"]
    assert names(client.get(f"/overview/?side=unit&at={city.sectors[0]}").text) == ["第1单位"]
    assert "data-chart" in page
    assert "查看数据表" in page  # the same figures as text


def test_before_the_first_count_the_page_says_so_and_counts_on_demand(tenant: TestTenant, config: Config) -> None:
    client = client_of(config, tenant.accounts["city_administrator"])
    assert "还没有统计过" in client.get("/overview/").text
    answers = [client.post("/overview/recount", data={"at": str(tenant.root)}) for _twice in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location.split("?")[0] == answers[1].location.split("?")[0]  # one job for both
    run_due()
    page = client.get("/overview/").text
    assert "还没有统计过" not in page
    assert int(tiles(page)["服务次数"]) > 0


def test_an_empty_city_says_what_comes(database: TestDatabase, config: Config) -> None:
    empty = make_tenant()
    assert "这个时段还没有数据" in client_of(config, empty.accounts["community_officer"]).get("/overview/").text


def test_the_workbook_holds_what_the_page_shows_and_is_noted(city: TestTenant, config: Config) -> None:
    client = client_of(config, city.accounts["city_administrator"])
    answer = client.post("/overview/export.xlsx", data={"at": str(city.root), "period": str(today().year)})
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    own, below, months = (book.get_sheet_by_index(n).to_python() for n in range(3))
    said = tiles(client.get("/overview/").text)
    rows = {row[1]: row[3] for row in own[1:]}
    assert (rows["服务次数"], rows["收到的心愿"]) == (float(said["服务次数"]), float(said["收到的心愿"]))
    assert [row[0] for row in below] == ["名称", "第02区", "第03区"]
    assert len(months) == 13
    with city.scope():
        assert session().scalars(select(AuditEntry.action).where(AuditEntry.tenant_id == tenant_id(), AuditEntry.action == "overview.exported")).all() == [
            "overview.exported"]


def test_the_page_costs_the_same_for_two_places_and_for_five(city: TestTenant, config: Config) -> None:
    counts = []
    for grown in (0, 3):
        with city.scope():
            for number in range(grown):
                tree.add(tree.get(city.root), "county", f"more-{number}", f"又一区{number}")
                tree.add(tree.get(city.streets[0]), "community", f"more-community-{number}", f"又一社区{number}")
            recount()
        for role in ("city_administrator", "community_officer"):
            client = client_of(config, city.accounts[role])
            client.get("/overview/")
            with sent() as seen:
                length = len(client.get("/overview/").data)
            counts.append((role, len(seen), length))
    assert [(role, count) for role, count, _length in counts] == [("city_administrator", 8), ("community_officer", 23)] * 2
    assert counts[0][2] < counts[2][2]  # the twin: the list did grow


def test_programs_get_the_same_numbers_within_their_reach(city: TestTenant, config: Config) -> None:
    with city.scope():
        token = create_token(city.actor("county_officer"), "figures", ["overview.read"], 1)
        wanted = slow("place").get((city.counties[0], "year", starting("year", today()).since), {})
    client = without_csrf(shared_app(config)).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    found = client.get(f"/api/v1/overview/{city.counties[0]}").json
    figures = {one["key"]: one["value"] for one in found["figures"]}
    assert {key: figures[key] for key in ("records", "minutes", "wishes.received")} == {key: wanted[key] for key in ("records", "minutes", "wishes.received")}
    below = client.get(f"/api/v1/overview/{city.counties[0]}/below?limit=1").json
    rest = client.get(f"/api/v1/overview/{city.counties[0]}/below?limit=1&cursor={below['next']}").json
    assert [one["name"] for one in below["items"] + rest["items"]] == ["02001街道", "02002街道"]
    assert client.get(f"/api/v1/overview/{city.root}").status_code == 404

