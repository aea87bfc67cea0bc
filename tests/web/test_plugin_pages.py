"""A plugin's declared pages: one small plugin of one file has list, search, form, button and export behind all doors."""
from __future__ import annotations

import datetime as dt
import io
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError, SAWarning
from sqlalchemy.orm import aliased

import core.db
from core.access.doors import act_as
from core.config import Config
from core.extension.declarations import Table, TableColumn
from core.extension.dispatch import tell
from core.extension.registry import Registry, using
from core.members.listing import page_of
from core.organizations.models import Organization
from core.tenancy import session
from migrations.runner import upgrade
from tenants.loading import load_plugins
from tests.support import snow
from tests.support.databases import MASTER_KEYS, TestDatabase, Washer
from tests.support.factories import TestTenant, make_tenant, sign_in
from tests.support.plugins import make_record
from tests.support.statements import sent
from web.app import create_app

DAY = dt.date(2026, 1, 20)


@pytest.fixture(scope="module")
def snowed(new_database: Callable[..., TestDatabase]) -> Iterator[TestDatabase]:
    """A database with the plugin's table."""
    database = new_database()  # first: it may make the template of all databases, in which this plugin has no place
    with using(Registry()) as registry:
        assert registry.register(snow.plugin), registry.refused
        upgrade(database.migrate_url)
        yield database
        core.db.database.dispose()


@pytest.fixture
def app(snowed: TestDatabase, redis_server: str, tmp_path: Path) -> Iterator[Flask]:
    """The application with that plugin alone, on the washed database."""
    core.db.configure(snowed.app_url, statement_timeout=30)
    washer = Washer(snowed)
    with using(Registry()) as registry:
        assert registry.register(snow.plugin), registry.refused
        load_plugins()
        yield create_app(Config(database_url=snowed.app_url, redis_url=redis_server, secret_key="for tests only", master_keys=MASTER_KEYS,
                                data_dir=tmp_path, base_url="http://127.0.0.1", environment="test", log_level="WARNING", log_format="text",
                                second_factor="optional"))
        assert registry.refused == {}
    core.db.database.dispose()
    washer.wash()
    washer.close()


@pytest.fixture
def city(app: Flask) -> TestTenant:
    """A tenant that has the plugin on."""
    return make_tenant(plugins=["snow"])


def client_of(app: Flask, tenant: TestTenant, role: str) -> FlaskClient:
    client = app.test_client()
    sign_in(client, tenant.accounts[role])
    return client


def add(tenant: TestTenant, stretch: str, *, community: int = 0, day: dt.date = DAY) -> str:
    """A duty in a community; answers its id."""
    with tenant.scope():
        duty = snow.models.SnowDuty(community_id=tenant.communities[community], stretch=stretch, day=day, minutes=90)
        session().add(duty)
        session().flush()
        return str(duty.id)


def stretches(page: str) -> list[str]:
    """The stretches that a list shows, in order."""
    return re.findall(r'data-label="路段">([^<]*)</td>', page)


def token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def test_the_list_shows_what_lies_within_reach(app: Flask, city: TestTenant) -> None:
    for number, community in enumerate((0, 1, 7)):
        add(city, f"路{number}", community=community)
    assert stretches(client_of(app, city, "city_administrator").get("/p/snow/").text) == ["路2", "路1", "路0"]
    assert stretches(client_of(app, city, "county_officer").get("/p/snow/").text) == ["路1", "路0"]
    assert stretches(client_of(app, city, "community_officer").get("/p/snow/").text) == ["路0"]
    assert client_of(app, city, "unit_liaison").get("/p/snow/").status_code == 403
    assert app.test_client().get("/p/snow/").status_code == 302


def test_off_means_off(app: Flask) -> None:
    tenant = make_tenant()
    client = client_of(app, tenant, "city_administrator")
    assert [client.get("/p/snow/").status_code, client.get("/p/snow/new").status_code] == [404, 404]
    assert "扫雪" not in client.get("/account/").text


def test_the_menu_has_it_where_it_is_on(app: Flask, city: TestTenant) -> None:
    assert 'href="/p/snow/"' in client_of(app, city, "city_administrator").get("/account/").text


def test_another_tenants_rows_stay_there(app: Flask, city: TestTenant) -> None:
    other = make_tenant("4202", name="黄石市", plugins=["snow"])
    mine, theirs = add(city, "这里"), add(other, "那里")
    client = client_of(app, city, "community_officer")
    page = client.get("/p/snow/").text
    assert stretches(page) == ["这里"]
    answers = [client.post(f"/p/snow/{identity}/remove", data={"csrf_token": token(page), "confirmed": "yes"}).status_code
               for identity in (theirs, mine)]
    assert answers == [404, 303]
    with other.scope():
        assert session().scalars(select(snow.models.SnowDuty.stretch)).all() == ["那里"]


def test_a_siblings_row_is_as_absent(app: Flask, city: TestTenant) -> None:
    elsewhere = add(city, "别处", community=1)
    client = client_of(app, city, "community_officer")
    data = {"csrf_token": token(client.get("/p/snow/").text), "confirmed": "yes"}
    assert client.post(f"/p/snow/{elsewhere}/remove", data=data).status_code == 404


def test_the_form_checks_enters_and_is_noted(app: Flask, city: TestTenant) -> None:
    client = client_of(app, city, "community_officer")
    page = client.get("/p/snow/new").text
    assert f'value="{city.communities[0]}" selected' in page  # the only one there is
    form = {"csrf_token": token(page), "community_id": str(city.communities[0]), "stretch": "西马路", "day": "2026-01-20", "minutes": "0"}
    refused = client.post("/p/snow/new", data=form)
    assert (refused.status_code, "请填写 1 到 600 之间的值" in refused.text, 'value="西马路"' in refused.text) == (422, True, True)
    elsewhere = client.post("/p/snow/new", data=form | {"minutes": "30", "community_id": str(city.communities[1])})
    assert (elsewhere.status_code, "请从给出的选项中选择" in elsewhere.text) == (422, True)
    assert client.post("/p/snow/new", data=form | {"csrf_token": "", "minutes": "30"}).status_code == 400
    done = client.post("/p/snow/new", data=form | {"minutes": "30"})
    assert (done.status_code, done.location) == (303, "/p/snow/")
    assert stretches(client.get("/p/snow/").text) == ["西马路"]
    assert "登记扫雪" in client_of(app, city, "auditor").get("/audit/").text


def test_an_older_state_overwrites_nothing(app: Flask, city: TestTenant) -> None:
    identity = add(city, "旧名")
    client = client_of(app, city, "community_officer")
    page = client.get(f"/p/snow/{identity}/edit").text
    assert ('value="旧名"' in page, 'name="version" value="1"' in page) == (True, True)
    form = {"csrf_token": token(page), "community_id": str(city.communities[0]), "day": "2026-01-20", "minutes": "90", "version": "1"}
    answers = [client.post(f"/p/snow/{identity}/edit", data=form | {"stretch": name}) for name in ("新名", "更新的名")]
    assert [answer.status_code for answer in answers] == [303, 409]
    assert ("已被他人修改" in answers[1].text, 'value="更新的名"' in answers[1].text) == (True, True)
    assert stretches(client.get("/p/snow/").text) == ["新名"]
    elsewhere = add(city, "别处", community=1)
    assert [client.get(f"/p/snow/{elsewhere}/edit").status_code, client.get(f"/p/snow/{uuid.uuid4()}/edit").status_code] == [404, 404]


def test_who_may_only_read_has_no_buttons_and_no_form(app: Flask, city: TestTenant) -> None:
    add(city, "路")
    client = client_of(app, city, "city_administrator")
    page = client.get("/p/snow/").text
    assert ("/p/snow/new" in page, "/remove" in page, client.get("/p/snow/new").status_code) == (False, False, 403)


def test_a_button_asks_first(app: Flask, city: TestTenant) -> None:
    identity = add(city, "路")
    client = client_of(app, city, "community_officer")
    page = client.get("/p/snow/").text
    assert f'action="/p/snow/{identity}/remove" data-confirm="删除这一条？"' in page
    asked = client.post(f"/p/snow/{identity}/remove", data={"csrf_token": token(page)})
    assert (asked.status_code, 'name="confirmed" value="yes"' in asked.text, stretches(client.get("/p/snow/").text)) == (200, True, ["路"])


def test_fifty_a_page_in_order_and_none_twice(app: Flask, city: TestTenant) -> None:
    days = [DAY - dt.timedelta(days=number // 3) for number in range(120)]
    with city.scope():
        session().add_all(snow.models.SnowDuty(community_id=city.communities[0], stretch=f"路{number:03}", day=day, minutes=1)
                          for number, day in enumerate(days))
    client, seen, address = client_of(app, city, "city_administrator"), [], "/p/snow/"
    while address:
        page = client.get(address).text
        seen.append(stretches(page))
        found = re.search(r'rel="next" href="([^"]+)"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert [len(page) for page in seen] == [50, 50, 20]
    rows = sorted(((day, number) for number, day in enumerate(days)), reverse=True)
    assert [name for page in seen for name in page] == [f"路{number:03}" for _day, number in rows]


def test_what_is_searched_goes_by_form(app: Flask, city: TestTenant) -> None:
    for stretch in ("西马路", "东马路", "江边"):
        add(city, stretch)
    client = client_of(app, city, "city_administrator")
    form = {"csrf_token": token(client.get("/p/snow/").text), "q": "马路"}
    assert stretches(client.post("/p/snow/search", data=form).text) == ["东马路", "西马路"]
    assert stretches(client.post("/p/snow/search", data=form | {"q": "%"}).text) == []


def test_the_export_has_the_same_rows_and_no_formula(app: Flask, city: TestTenant) -> None:
    add(city, "=1+1")
    add(city, "不在这里", community=7)
    client = client_of(app, city, "county_officer")
    answer = client.post("/p/snow/export", data={"csrf_token": token(client.get("/p/snow/").text)})
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    with city.scope():
        place = session().scalar(select(Organization.name).where(Organization.id == city.communities[0]))
    assert rows == [["社区", "路段", "日期", "时长"], [place, "'=1+1", dt.datetime(2026, 1, 20), 1.5]]
    assert str(place) in client.get("/p/snow/").text
    assert "导出扫雪值班" in client_of(app, city, "auditor").get("/audit/").text
    answer.close()


def test_its_hook_and_its_setting(app: Flask, city: TestTenant) -> None:
    record = make_record(kind="snow", minutes=500, community_id=city.communities[0])
    with city.scope():
        tell("record_counted", record=record)
        assert session().scalars(select(snow.models.SnowDuty.minutes)).all() == [240]
        tell("record_withdrawn", record=record)
        assert session().scalars(select(snow.models.SnowDuty.minutes)).all() == []


def test_the_author_writes_no_tenant_filter(app: Flask, city: TestTenant) -> None:
    other = make_tenant("4202", name="黄石市", plugins=["snow"])
    add(city, "这里")
    theirs = add(other, "那里")
    duty, wider = snow.models.SnowDuty, aliased(snow.models.SnowDuty)
    with city.scope():
        run = session().execute
        assert run(select(duty.stretch)).scalars().all() == ["这里"]
        assert run(select(func.count()).select_from(duty)).scalar_one() == 1
        assert run(select(func.sum(duty.minutes))).scalar_one() == 90
        assert run(select(duty.stretch).join(wider, wider.minutes == duty.minutes)).scalars().all() == ["这里"]
        assert run(select(select(duty.id).where(duty.stretch == "那里").exists())).scalar_one() is False
        assert run(select(duty.day, func.count().over()).group_by(duty.day)).all() == [(DAY, 1)]
        assert session().get(duty, (other.id, uuid.UUID(theirs))) is None
        assert run(update(duty).values(minutes=1)).rowcount == 1
        assert run(delete(duty).where(duty.id == uuid.UUID(theirs))).rowcount == 0
        assert run(delete(duty)).rowcount == 1
        session().add(duty(community_id=city.communities[0], stretch="新的", day=DAY, minutes=2))
        session().flush()
        assert run(select(duty.tenant_id, duty.minutes)).all() == [(city.id, 2)]
    row = {"community_id": city.communities[0], "stretch": "x", "day": DAY, "minutes": 3}
    with pytest.warns(SAWarning, match="tenant_id"), pytest.raises(DBAPIError), city.scope():  # a bare INSERT is not stamped,
        session().execute(insert(duty).values(**row))
    with pytest.raises(DBAPIError, match="row-level security"), city.scope():  # and can name no other tenant
        session().execute(insert(duty).values(tenant_id=other.id, **row))
    with other.scope():
        assert session().execute(select(duty.stretch, duty.minutes)).all() == [("那里", 90)]


def test_a_list_of_what_it_cannot_narrow_is_refused(app: Flask, city: TestTenant) -> None:
    add(city, "路")
    with app.test_request_context(), city.scope(), act_as(city.actor("community_officer")):
        table = snow.pages.names()["duties"]
        assert isinstance(table, Table)
        count = replace(table, columns=(TableColumn("n", "n"),))
        with pytest.raises(TypeError, match="must name a column of snow_duty"):
            page_of(select(func.count().label("n")).select_from(snow.models.SnowDuty), count)
        with pytest.raises(KeyError, match="has no column strech（您是否想写 stretch？）"):
            page_of(select(snow.models.SnowDuty), replace(table, columns=(TableColumn("strech", "x"),)))
        sums = select(snow.models.SnowDuty.community_id, func.sum(snow.models.SnowDuty.minutes).label("n")).group_by(snow.models.SnowDuty.community_id)
        found = page_of(sums, replace(table, columns=(TableColumn("community_id", "x", "place"), TableColumn("n", "n", "hours"))))
        assert [row.n for row in found.rows] == [90]


def test_queries_of_the_list_do_not_grow(app: Flask, city: TestTenant) -> None:
    client, counts = client_of(app, city, "community_officer"), []
    for number in (1, 2):
        for _more in range(number):
            add(city, "路")
        client.get("/p/snow/")
        with sent() as statements:
            client.get("/p/snow/")
        counts.append(len(statements))
    assert counts == [3, 3]  # login, switches, rows


def test_in_english(app: Flask, city: TestTenant) -> None:
    client = client_of(app, city, "city_administrator")
    page = client.get("/p/snow/?_lang=en", follow_redirects=True).text
    assert [word in page for word in ("Snow duty", "Stretch", "Export")] == [True, True, True]
