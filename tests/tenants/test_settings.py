"""Settings: each level may override the one above, a lock holds for those below, and nothing is overwritten or forgotten."""
from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from marshmallow import Schema, fields, validate
from sqlalchemy import select, update

# Read for the settings that they register.
import core.organizations.settings
import core.registration.settings
import core.service.settings  # noqa: F401
import tenants.contact  # noqa: F401
from core.audit.models import AuditEntry
from core.errors import Conflict, Invalid, NotFound
from core.extension.models import Setting
from core.extension.settings import Value, effective, explain
from core.extension.settings_registry import register_settings, withdraw_settings
from core.organizations import tree
from core.tenancy import now, session, tenant_scope, unscoped
from tenants import settings
from tenants.activation import disable
from tests.extension.conftest import Install
from tests.support.cities import make_city


class Rules(Schema):
    """Settings of a made-up room."""

    days = fields.Integer(load_default=30, validate=validate.Range(1, 366))
    places = fields.List(fields.String(), load_default=lambda: ["residence"])
    start = fields.Date(load_default=None, allow_none=True)


@pytest.fixture
def rules() -> Iterator[str]:
    """The namespace of Rules."""
    register_settings("rules", Rules, "规则", local=True)
    yield "rules"
    withdraw_settings("rules")


@pytest.fixture
def county(city: int) -> tuple[uuid.UUID, uuid.UUID]:
    """A county and a community in it."""
    with tenant_scope(city):
        root = tree.add(None, "committee", "4201", "市委组织部")
        found = tree.add(root, "county", "420102", "江岸区")
        street = tree.add(found, "street", "420102003", "一元街道")
        return found.id, tree.add(street, "community", "420102003001", "扬子社区").id


def by_level(city: int, place: uuid.UUID | None = None) -> dict[str, tuple[object, str, str | None]]:
    """Value, origin and lock of each setting."""
    with tenant_scope(city):
        return {name: (v.value, v.origin, v.locked_by) for name, v in explain("rules", place).items()}


def save(city: int, values: dict[str, object], place: uuid.UUID | None = None, **options: object) -> int:
    """Save at a level, against the version that is there."""
    with tenant_scope(city):
        version = settings.get("rules", place).version
        return settings.save("rules", values, place, **{"version": version, **options})  # type: ignore[arg-type]


def test_each_level_overrides_the_one_above(rules: str, city: int, county: tuple[uuid.UUID, uuid.UUID]) -> None:
    assert by_level(city) == {"days": (30, "default", None), "places": (["residence"], "default", None),
                              "start": (None, "default", None)}
    with unscoped():
        settings.save_for_all(rules, {"days": 40})
    assert by_level(city)["days"] == (40, "operator", None)
    save(city, {"days": 50})
    assert by_level(city)["days"] == (50, "tenant", None)
    save(city, {"days": 60}, county[0])
    assert by_level(city)["days"] == (50, "tenant", None)
    assert [by_level(city, place)["days"] for place in county] == [(60, "organization", None)] * 2
    other = make_city(2)
    assert by_level(other)["days"] == (40, "operator", None)
    save(city, {}, county[0])
    assert by_level(city, county[1])["days"] == (50, "tenant", None)


def test_a_lock_holds_for_the_levels_below_and_what_they_said_comes_back(rules: str, city: int,
                                                                         county: tuple[uuid.UUID, uuid.UUID]) -> None:
    save(city, {"days": 60}, county[0])
    save(city, {"days": 50}, locked=["days"])
    assert by_level(city, county[1])["days"] == (50, "tenant", "tenant")
    with pytest.raises(Invalid) as caught:
        save(city, {"days": 70}, county[0])
    assert caught.value.fields == {"days": ["上级已锁定此项，不能修改。"]}
    save(city, {"days": 50}, locked=[])
    assert by_level(city, county[1])["days"] == (60, "organization", None)
    with unscoped():
        settings.save_for_all(rules, {"days": 45}, locked=["days"])
    assert by_level(city, county[1])["days"] == (45, "operator", "operator")
    with pytest.raises(Invalid):
        save(city, {"days": 70})


def test_values_are_checked_by_the_schema(rules: str, city: int) -> None:
    with pytest.raises(Invalid) as caught:
        save(city, {"days": 0, "strat": "2015-01-01", "start": "soon"})
    assert caught.value.fields == {
        "days": ["Must be greater than or equal to 1 and less than or equal to 366."],
        "start": ["Not a valid date."], "strat": ["没有这个设置（您是否想写 start？）。"]}
    with pytest.raises(Invalid):
        save(city, {}, locked=["dyas"])


def test_values_come_back_as_python_values(rules: str, city: int) -> None:
    save(city, {"days": "31", "start": "2015-01-01", "places": ["residence", "workplace"]})
    with tenant_scope(city):
        found = effective("rules")
        assert (found["days"], found["start"].isoformat(), found["places"]) == (31, "2015-01-01", ["residence", "workplace"])
        assert settings.get("rules").own == {"days": 31, "start": "2015-01-01", "places": ["residence", "workplace"]}


def test_what_equals_the_inherited_value_goes_on_following_it(rules: str, city: int) -> None:
    save(city, {"days": 30, "places": ["workplace"]})
    with unscoped():
        settings.save_for_all(rules, {"days": 40})
    assert by_level(city)["days"] == (40, "operator", None)
    save(city, {"days": 40}, locked=["days"])
    with unscoped():
        settings.save_for_all(rules, {"days": 45})
    assert by_level(city)["days"] == (40, "tenant", "tenant")


@pytest.mark.parametrize("before", [0, 1])
def test_nobody_overwrites_what_another_has_saved_meanwhile(rules: str, city: int, before: int) -> None:
    for number in range(before):
        save(city, {"days": 20 + number})
    save(city, {"days": 50})
    with pytest.raises(Conflict), tenant_scope(city):
        settings.save("rules", {"days": 60}, version=before)
    assert by_level(city)["days"] == (50, "tenant", None)


def test_every_change_is_kept_and_audited_and_no_change_is_not(rules: str, city: int) -> None:
    assert [save(city, {"days": 50}), save(city, {"days": 50}), save(city, {"start": "2015-01-01"})] == [1, 1, 2]
    with tenant_scope(city):
        assert [(c.before, c.after) for c in settings.history("rules")] == [
            ({"values": {"days": 50}, "locked": []}, {"values": {"start": "2015-01-01"}, "locked": []}),
            ({"values": {}, "locked": []}, {"values": {"days": 50}, "locked": []})]
        assert session().execute(select(AuditEntry.action, AuditEntry.details).order_by(AuditEntry.seq)).all() == [
            ("settings.changed", {"namespace": "rules", "names": ["days"], "locked": []}),
            ("settings.changed", {"namespace": "rules", "names": ["days", "start"], "locked": []})]


def test_only_what_is_read_by_place_can_be_set_by_place(city: int, county: tuple[uuid.UUID, uuid.UUID]) -> None:
    """A value that nobody asks for by place would be saved, shown, and never hold."""
    with tenant_scope(city):
        assert [s.namespace for s in settings.available(county[0])] == ["service"]
        for namespace in ("registration", "organizations", "contact"):
            assert settings.get(namespace).version == 0
            with pytest.raises(NotFound):
                settings.save(namespace, {}, county[0], version=0)


def test_only_counties_have_their_own(rules: str, city: int, county: tuple[uuid.UUID, uuid.UUID]) -> None:
    with tenant_scope(city):
        with pytest.raises(NotFound):
            settings.get("rules", county[1])
        with pytest.raises(NotFound):
            settings.get("rules", uuid.uuid4())
        with pytest.raises(NotFound):
            settings.get("no_such_room")


def test_a_plugins_settings_are_closed_with_it(install: Install, city: int) -> None:
    install("sample", manifest={"settings": Rules})
    with tenant_scope(city):
        assert settings.get("sample").values["days"] == Value(30, "default")
        assert "sample" in [s.namespace for s in settings.available()]
        settings.save("sample", {"days": 31}, version=0)
        disable("sample")
        with pytest.raises(NotFound):
            settings.get("sample")
        assert "sample" not in [s.namespace for s in settings.available()]
        assert effective("sample")["days"] == 31  # old records still need their rules


def test_a_stored_value_that_no_longer_fits_gives_way(rules: str, city: int) -> None:
    save(city, {"days": 31, "places": ["workplace"]})
    with tenant_scope(city):
        session().execute(update(Setting).where(Setting.tenant_id == city).values(
            values={"days": "many", "places": ["workplace"], "gone": 1}))
    assert by_level(city) == {"days": (30, "default", None), "places": (["workplace"], "tenant", None),
                              "start": (None, "default", None)}


@pytest.mark.parametrize("rows", [1, 3])
def test_all_settings_of_a_scope_cost_two_queries(rules: str, city: int, statements: list[str], rows: int) -> None:
    with tenant_scope(city):
        session().add_all(Setting(namespace=f"room{n}", values={}, locked=[], changed_at=now()) for n in range(rows))
    with tenant_scope(city):
        statements.clear()
        effective("rules")
        explain("rules")
        assert [s.split("FROM ")[1].split()[0] for s in statements if "FROM" in s] == ["operator_setting", "setting"]
