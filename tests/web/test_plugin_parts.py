"""The other parts of declared pages: filters, a page with a template of its own, words for codes, sums, what a function refuses."""
from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import Schema, fields, validate
from sqlalchemy import func, select

from core.config import Config
from core.errors import Conflict, Invalid
from core.extension.declarations import PluginPages, TableColumn
from core.extension.manifest import Permission
from core.extension.registry import Registry, using
from core.organizations.models import Organization
from tests.support.factories import TestTenant, make_tenant, sign_in
from tests.support.plugins import make_plugin
from web.app import create_app

READ, ROLES = "probe.read", ("city_administrator",)
pages = PluginPages("probe")


class KindFilter(Schema):
    """By kind."""

    kind = fields.String(validate=validate.OneOf(["county", "street"], labels=["区县", "街道"]), metadata={"title": "种类"})


class NameForm(Schema):
    """A name."""

    name = fields.String(required=True, metadata={"title": "名称"})


@pages.table("/", title="名册", permission=READ, filters=KindFilter, links=("refuse", "count"), menu="组织名册", icon="list", columns=(
    TableColumn("name", "名称"), TableColumn("kind", "种类", words={"county": "区县"}), TableColumn("active", "在用", "yes_no")))
def places(kind: str | None) -> Any:
    query = select(Organization.id, Organization.name, Organization.kind, Organization.active).order_by(Organization.path)
    return query.where(Organization.kind == kind) if kind else query


@pages.table("/kinds", title="合计", permission=READ, columns=(TableColumn("kind", "种类"), TableColumn("many", "个数", "integer")))
def kinds() -> Any:
    return select(Organization.kind, func.count().label("many")).group_by(Organization.kind).order_by(Organization.kind)


@pages.page("/board/<kind>", title="公示", permission=READ, template="board.html")
def board(kind: str) -> dict[str, Any]:
    return {"kind": kind}


@pages.form("/refuse", NameForm, title="登记", permission=READ, then="kinds")
def refuse(name: str) -> str:
    if name == "taken":
        raise Conflict("已经有了")
    if name == "odd":
        raise Invalid("请改正", {"name": ["名称不对"]})
    return f"{name}好了"


@pages.action("/count", title="清点", permission=READ, done="清点完毕")
def count() -> None:
    raise Conflict("现在不能清点")


@pytest.fixture
def app(config: Config, tmp_path: Path) -> Iterator[Flask]:
    """The application with that plugin alone."""
    (tmp_path / "board.html").write_text("{% extends 'base.html' %}{% block title %}{{ title }}{% endblock %}"
                                         "{% block content %}<b>{{ kind }}</b>{% endblock %}", encoding="utf-8")
    with using(Registry()) as registry:
        plugin = make_plugin("probe", pages=pages, templates=tmp_path, permissions=(Permission(READ, "看", ROLES),))
        assert registry.register(plugin), registry.refused
        yield create_app(config)
        assert registry.refused == {}


@pytest.fixture
def city(app: Flask) -> TestTenant:
    """A tenant that has the plugin on."""
    return make_tenant(plugins=["probe"])


@pytest.fixture
def client(app: Flask, city: TestTenant) -> FlaskClient:
    """The administrator's browser."""
    browser = app.test_client()
    sign_in(browser, city.accounts["city_administrator"])
    return browser


def cells(page: str, title: str) -> list[str]:
    return re.findall(rf'data-label="{title}"[^>]*>([^<]*)</td>', page)


def send(client: FlaskClient, address: str, **values: str) -> Any:
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/account/").text)
    assert token
    return client.post(address, data={"csrf_token": token[1], **values}, follow_redirects=True)


def test_a_filter_narrows_and_a_wrong_one_is_left_out(client: FlaskClient) -> None:
    every = client.get("/p/probe/").text
    assert (len(cells(every, "名称")), set(cells(every, "在用"))) == (20, {"是"})
    assert set(cells(client.get("/p/probe/?kind=county").text, "种类")) == {"区县"}
    assert len(cells(client.get("/p/probe/?kind=nonsense").text, "名称")) == 20
    assert ">组织名册<" in client.get("/account/").text


def test_sums_have_one_page(client: FlaskClient) -> None:
    page = client.get("/p/probe/kinds").text
    assert dict(zip(cells(page, "种类"), cells(page, "个数"), strict=True)) == {
        "committee": "1", "community": "8", "county": "2", "sector": "2", "street": "4", "unit": "3"}


def test_a_page_of_ones_own_has_its_template(client: FlaskClient) -> None:
    page = client.get("/p/probe/board/%3Ci%3E").text
    assert ("<h1>公示</h1>" in page, "<b>&lt;i&gt;</b>" in page) == (True, True)


def test_what_the_function_says_is_shown_where_it_belongs(client: FlaskClient) -> None:
    taken, odd, done = (send(client, "/p/probe/refuse", name=name) for name in ("taken", "odd", "一切"))
    assert (taken.status_code, "已经有了" in taken.text, 'value="taken"' in taken.text) == (409, True, True)
    assert (odd.status_code, "名称不对" in odd.text) == (422, True)
    assert (done.status_code, "一切好了" in done.text, "<h1>合计</h1>" in done.text) == (200, True, True)
    refused = send(client, "/p/probe/count")
    assert ("现在不能清点" in refused.text, "清点完毕" in refused.text) == (True, False)
