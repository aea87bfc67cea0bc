"""What goes out to the province: once, when it is due and wanted, nothing below a county, as the administrator saw it, and nobody else's."""
from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update
from sqlalchemy.exc import ProgrammingError

from core.access import operators
from core.config import Config
from core.extension.models import Setting
from core.organizations import tree
from core.overview import province
from core.overview.models import OverviewFigure, OverviewState
from core.overview.periods import Period
from core.tenancy import ProvinceRelease, now, session, set_clock, unscoped
from core.tenancy.scope import tenant_id
from tests.support.applications import shared_app
from tests.support.browsing import without_csrf
from tests.support.databases import TestDatabase
from tests.support.factories import PASSWORD, TestTenant, make_tenant, sign_in

QUARTER = Period("quarter", dt.date(2026, 4, 1))


@pytest.fixture
def july(database: TestDatabase) -> Iterator[None]:
    """The twentieth of July 2026, when the second quarter is due."""
    with set_clock(dt.datetime(2026, 7, 20, 4, tzinfo=dt.UTC)):
        yield


def city(code: str, *numbers: int, on: bool = True) -> TestTenant:
    """A city with two counties more than usual, each with so many members, of whom all but nine have reported in, and as many records."""
    made = make_tenant(code, name=f"{code}市")
    with made.scope():
        session().add(Setting(namespace="overview", organization_id=None, values={"province": on}, locked=[], version=1, changed_at=now()))
        for more in ("04", "05"):
            tree.add(tree.get(made.root), "county", f"{code}{more}", f"第{more}区")
        counties = tree.children(made.root, kinds=("county",))
        for county, number in zip(sorted(counties, key=lambda row: row.code), numbers, strict=True):
            session().add_all([
                OverviewFigure(organization_id=county.id, side="place", kind="now", since=dt.date(1970, 1, 1),
                               figures={"expected": number, "reported": number - 9}),
                OverviewFigure(organization_id=county.id, side="place", kind="quarter", since=QUARTER.since,
                               figures={"served": number - 20, "records": number, "satisfied": number - 7, "minutes": number * 60})])
        session().add(OverviewState(counted_at=now()))
    return made


def let_out(tenant: TestTenant) -> dict[str, dict[str, int | None]]:
    with tenant.scope():
        return {row.county_name: row.figures["values"] for row in session().scalars(
            select(ProvinceRelease).where(ProvinceRelease.tenant_number == tenant_id()).order_by(ProvinceRelease.county_code))}


def operator(config: Config) -> FlaskClient:
    client = without_csrf(shared_app(config)).test_client()
    with unscoped():
        operators.create_operator("root", PASSWORD)
        token = operators.sign_in("root", PASSWORD).token
    with client.session_transaction() as cookie:
        cookie["operator"] = token
    return client


@pytest.mark.usefixtures("july")
def test_a_quarter_goes_out_once_as_the_administrator_sees_it(config: Config) -> None:
    made, quiet = city("4201", 100, 22, 60, 70), city("4228", 100, 100, 100, 100, on=False)
    with made.scope():
        assert province.due_quarter() == QUARTER
        before = {line.name: dict(line.values) for line in province.outgoing(QUARTER).lines}
        assert province.release() == 4
    assert let_out(made) == before
    assert before["4201市"]["expected"] == 252
    left_out = {name for name, values in before.items() if values["expected"] is None}
    assert ("第03区" in left_out, len(left_out)) == (True, 3)  # of 22 members two have served, which is too few, and two more counties
    with made.scope():
        session().scalars(select(OverviewFigure).where(OverviewFigure.tenant_id == tenant_id())).first().figures = {"expected": 1}
        session().flush()
        assert province.release() == 0  # what is out stays as it is
    with pytest.raises(ProgrammingError, match="permission denied"), made.scope():
        session().execute(update(ProvinceRelease).values(county_name="别区"))  # nor can the application change it
    with quiet.scope():
        assert province.release() == 0
    assert (let_out(made), let_out(quiet)) == (before, {})
    client = without_csrf(shared_app(config)).test_client()
    sign_in(client, made.accounts["city_administrator"])
    page = client.get("/overview/province").text
    assert ("已打开" in page, "2026年第2季度" in page, "2026年7月20日" in page) == (True, True, True)
    sign_in(client, made.accounts["county_officer"])
    assert client.get("/overview/province").status_code == 404  # a county administers no city


@pytest.mark.usefixtures("july")
def test_the_province_reads_cities_and_counties_and_nothing_below(config: Config) -> None:
    for one in (city("4201", 100, 90, 60, 70), city("4228", 40, 22, 50, 60)):
        with one.scope():
            province.release()
    client = operator(config)
    page = client.get("/operator/province/").text
    rows = re.findall(r'data-label="地区"[^>]*>(?:<a[^>]*>)?([^<]+)', page)
    assert rows == ["合计（只含列出的数字）", "4201市", "4228市"]
    below = client.get("/operator/province/?tenant=4228").text
    assert re.findall(r'data-label="地区"[^>]*>(?:<a[^>]*>)?([^<]+)', below) == ["4228市", "第02区", "第03区", "第04区", "第05区"]
    assert "不提供" in below
    assert not re.search(r"街道|社区<|单位<", below.split("<main")[1])
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.post("/operator/province/export.xlsx").data)).get_sheet_by_index(0).to_python()
    assert [row[1] for row in book[1:6]] == ["合计", "第02区", "第03区", "第04区", "第05区"]
    assert client.get("/operator/province/?tenant=9999").status_code == 404


def test_the_province_without_anything_says_how_it_begins(config: Config, database: TestDatabase) -> None:
    assert "还没有市（州）提供数字" in operator(config).get("/operator/province/").text
