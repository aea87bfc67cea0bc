"""The burden page is read from the house: a form that is added is counted, a plugin that is switched on is named, each point says how it is kept."""
from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import request
from marshmallow import Schema, fields
from python_calamine import CalamineWorkbook

from core.access.roles import COMMUNITY, COUNTY, LIAISON, MEMBER, STREET
from core.config import Config
from tests.support.applications import shared_app
from tests.support.browsing import without_csrf
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_tenant, sign_in
from web.burden import asking, forms, promises
from web.burden.forms import FieldFact, FormFact
from web.burden.ways import WAYS
from web.forms import load_form


class SampleForm(Schema):
    """One field of each kind."""

    name = fields.String(required=True, metadata={"title": "姓名"})
    kind = fields.String(metadata={"title": "类别", "choices": (("a", "甲"),)})
    row_id = fields.UUID(required=True)  # no title: carried along
    picture = fields.Raw(metadata={"title": "照片", "widget": "file"})


def write() -> object:
    return load_form(SampleForm(), request.form), request.form.get("reason", "")


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    return make_tenant(plugins=("wishes",))


def test_a_form_is_read_from_its_view() -> None:
    def view() -> object:
        return write()
    assert forms.fields_of(view) == ()  # what is called outside of the pages' package is not looked into
    assert set(forms.fields_of(write)) == {FieldFact("name", "姓名", required=True, written=True), FieldFact("kind", "类别"),
                                           FieldFact("picture", "照片", written=True, photo=True), FieldFact("reason", "理由", required=True, written=True)}
    assert forms.fields_of(lambda: None) == ()


def test_known_forms_are_as_they_are(config: Config) -> None:
    known = {form.endpoint: form for form in forms.forms(shared_app(config))}
    record, wish = known["records.new"], known["wishes.new"]
    assert (record.permission, {"kind", "title", "happened_on", "minutes"} <= {one.name for one in record.required}) == ("records.self", True)
    assert (wish.plugin, {one.name for one in wish.required}) == ("wishes", {"community_id", "kind", "text"})
    assert "members.search" not in known
    assert sum(one.photo for form in known.values() for one in form.fields) == 0  # no form of the house asks for a picture (R5)
    assert [step for way in WAYS for step in way.steps if step not in shared_app(config).view_functions] == []


def test_a_plugin_that_is_on_adds_to_what_is_asked(tenant: TestTenant, config: Config) -> None:
    plain, app = make_tenant("4228"), shared_app(config)
    with plain.scope():
        before, nothing = {role.role: role for role in asking.by_role(app)}, asking.added(app)
    with tenant.scope():
        after, added = {role.role: role for role in asking.by_role(app)}, asking.added(app)
    assert nothing == []
    assert [one.plugin for one in added] == ["wishes"]
    for role in (MEMBER, COMMUNITY, LIAISON, STREET, COUNTY):
        assert added[0].by_role[role] == (len(after[role].forms) - len(before[role].forms), after[role].fields - before[role].fields,
                                          after[role].required - before[role].required)
    assert added[0].by_role[COMMUNITY][0] > 0


def test_what_is_asked_twice_is_found_by_name_and_title() -> None:
    one = FieldFact("phone", "手机号", written=True)
    role = asking.RoleFact(COMMUNITY, (FormFact("a.x", "members.write", "", (one, FieldFact("reason", "理由", written=True))),
                                       FormFact("b.x", "members.import", "", (one, FieldFact("reason", "理由", written=True))),
                                       FormFact("c.x", "members.import", "", (FieldFact("phone", "电话", written=True),))))
    assert [(found.title, len(found.forms)) for found in asking.twice([role])] == [("手机号", 2)]


def test_points_follow_what_is_set_and_switched_on(tenant: TestTenant, config: Config) -> None:
    def kept(city: TestTenant) -> dict[str, str]:
        with city.scope():
            return {str(point.asks)[:6]: point.how for point in promises.points(asking.by_role(shared_app(config)), 0)}
    quiet, loud = kept(tenant), kept(make_tenant("4228", plugins=("points",)))
    assert (quiet["除安全、应急"], loud["除安全、应急"]) == (promises.SETTING, promises.PEOPLE)
    assert quiet["不强制上传工"] == promises.PRODUCT
    with tenant.scope():
        photo: Any = asking.RoleFact(MEMBER, (FormFact("a.x", "records.self", "", (FieldFact("picture", "照片", photo=True),)),))
        assert [point.how for point in promises.points([photo], 0) if str(point.asks).startswith("不强制上传")] == [promises.PEOPLE]  # the twin


def test_administrator_and_county_read_it_and_take_it_along(tenant: TestTenant, config: Config) -> None:
    client = without_csrf(shared_app(config)).test_client()
    for role, status in (("city_administrator", 200), ("county_officer", 200), ("community_officer", 403), ("unit_liaison", 403)):
        sign_in(client, tenant.accounts[role])
        assert client.get("/burden/").status_code == status, role
    sign_in(client, make_tenant("4228", plugins=("needs", "wishes")).accounts["city_administrator"])
    page = client.get("/burden/").text
    assert re.findall(r'data-label="一年几次"[^>]*>([\d.]+)', page) == ["2.0", "12.2"]  # the norm, and a bulletin every thirty days
    sign_in(client, tenant.accounts["city_administrator"])
    page = client.get("/burden/").text
    assert ("微心愿" in page, "国办函〔2026〕12号" in page, "去看设置" in page) == (True, True, True)
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.post("/burden/export.xlsx").data))
    assert book.sheet_names[:3] == ["按角色", "表单", "办一件事"]
    assert [row[0] for row in book.get_sheet_by_index(0).to_python()[1:]] == [str(role.title) for role in _roles(tenant, config)]


def _roles(tenant: TestTenant, config: Config) -> list[asking.RoleFact]:
    with tenant.scope():
        return asking.by_role(shared_app(config))
