"""A tenant's own profile file: written, read again to the same state, compared, applied, and undone by the file from before."""
from __future__ import annotations

import tomllib
import uuid
from typing import Any

import pytest

from core.audit import EntryFilter, entries
from core.errors import Conflict, Invalid
from core.extension.settings import effective
from core.tenancy import session, tenant_scope, unscoped
from tenants import activation, portable, provisioning, settings, state, terms
from tenants.differences import Change
from tenants.loading import load_plugins
from tenants.profile import parse
from tests.support.factories import TestTenant, make_tenant


@pytest.fixture
def tenant(database) -> TestTenant:
    """A tenant with points on, and own values at both levels."""
    load_plugins()
    found = make_tenant(plugins=["points"])
    with found.scope():
        put("registration", {"report_to": "both", "reasons": ["出差", '他说 "不" \\ ']}, locked=["months"])
        put("service", {"longest_minutes": 300, "activity_norm": 4}, locked=["activity_norm"])
        put("points", {"hours_cap": 3})
        put("service", {"backdate_days": 30}, found.counties[0])
        put("points", {"points_per_hour": 5}, found.counties[1])
        terms.save_terms({"community": "村"})
        terms.save_terms({"community": "village"}, "en")
    return found


def put(namespace: str, values: dict, place: uuid.UUID | None = None, **options) -> None:
    settings.save(namespace, values, place, version=settings.get(namespace, place).version, **options)


def text_of(tenant: TestTenant) -> str:
    with tenant.scope():
        return portable.export()


def planned(tenant: TestTenant, text: str) -> list[tuple[str, object, object]]:
    with tenant.scope():
        return [(c.subject, c.before, c.after) for c in portable.plan(text, "x.toml").changes]


def applied(tenant: TestTenant, text: str) -> tuple[list[Change], str]:
    with tenant.scope():
        return portable.apply(text, "x.toml", portable.plan(text, "x.toml").seen)


def parts(tenant: TestTenant) -> tuple[Any, ...]:
    """What a file can change."""
    with tenant.scope():
        known = state.read()
    return known.plugins, known.settings, known.own, known.locked, known.counties, known.terms


def test_what_is_written_is_read_again_as_no_change(tenant: TestTenant) -> None:
    text = text_of(tenant)
    assert planned(tenant, text) == []
    assert applied(tenant, text)[0] == []
    with tenant.scope():
        assert "profile.applied" not in {e.action for e in entries(EntryFilter())}


def test_another_tenant_becomes_the_same_by_the_file(tenant: TestTenant) -> None:
    text, other = text_of(tenant), make_tenant("4202", name="黄石市")
    counties = text.replace("420102", "420202").replace("420103", "420203")
    applied(other, counties)
    found = tomllib.loads(text_of(other))
    wanted = tomllib.loads(counties)
    for part in ("plugins", "settings", "locked", "counties", "terms"):
        assert found[part] == wanted[part] != ({} if part != "plugins" else [])
    with other.scope():
        assert effective("registration")["reasons"] == ["出差", '他说 "不" \\ ']
        assert [effective("service", c)["backdate_days"] for c in other.counties] == [30, 90]


def test_the_operators_command_reads_the_same_file(tenant: TestTenant, masters) -> None:
    text = text_of(tenant)
    assert parse(text, "x.toml").counties == {"420102": {"service": {"backdate_days": 30}}, "420103": {"points": {"points_per_hour": 5}}}
    with unscoped() as opened:
        opened.get_one(portable.Tenant, tenant.id).profile = parse(text, "x.toml").as_dict()
    before = parts(tenant)
    other = parse(text.replace("backdate_days = 30", "backdate_days = 40").replace('service = ["activity_norm"]', ""), "x.toml")
    made = {c.subject: c.after for c in provisioning.apply(other, masters) if c.subject.startswith(("county", "locked", "setting"))}
    assert made == {"county.420102.service.backdate_days": 40, "locked.service.activity_norm": False}
    back = provisioning.apply(parse(text, "x.toml"), masters)
    assert [c.subject for c in back] == ["locked.service.activity_norm", "county.420102.service.backdate_days"]
    assert parts(tenant) == before


def test_the_file_from_before_undoes_everything(tenant: TestTenant) -> None:
    # A county's value below a lock, and a locked value, are the hardest to bring back.
    with tenant.scope():
        put("service", {"longest_minutes": 300, "activity_norm": 4, "backdate_days": 45}, locked=["activity_norm", "backdate_days"])
    before = parts(tenant)
    empty = 'plugins = []\n[settings]\n[locked]\n[counties]\n[terms]\n'
    made, undo = applied(tenant, empty)
    assert {c.subject.split(".")[0] for c in made} == {"plugin", "setting", "locked", "county", "term"}
    plugins, _holds, _own, locked, counties, words = parts(tenant)
    assert (plugins, set(locked.values()), words) == (frozenset(), {frozenset()}, {"zh_Hans_CN": {}, "en": {}})
    assert counties == {"420103": {"points": {"points_per_hour": 5}}}  # of a plugin that is off; it comes back with it
    applied(tenant, undo)
    assert parts(tenant) == before


def test_a_part_that_is_missing_stays(tenant: TestTenant) -> None:
    assert planned(tenant, "") == []
    assert planned(tenant, "[terms.en]\ncommunity = \"town\"") == [
        ("term.zh_Hans_CN.community", "村", "社区"), ("term.en.community", "village", "town")]
    assert planned(tenant, "plugins = []") == [("plugin.points", True, False)]


def test_what_the_operator_has_locked_is_told_and_stays(tenant: TestTenant) -> None:
    with unscoped():
        settings.save_for_all("registration", {"months": 2}, locked=["months"])
    text = text_of(tenant).replace("[settings.registration]", "[settings.registration]\nmonths = 7\nphone = false")
    with tenant.scope():
        found = portable.plan(text, "x.toml")
    assert [c.subject for c in found.changes] == ["setting.registration.phone"]
    assert found.barred == ["报到 · 新党员、搬家或换工作地后几个月内报到"]
    applied(tenant, text)
    with tenant.scope():
        assert (effective("registration")["months"], effective("registration")["phone"]) == (2, False)


@pytest.mark.parametrize(("text", "fields"), [
    ("[settings.registraton]\nmonths = 1", {"settings.registraton": ["没有这组设置（您是否想写 registration？）"]}),
    ("[settings.registration]\nmonts = 1", {"settings.registration.monts": ["没有这个设置（您是否想写 months？）"]}),
    ("[settings.registration]\nmonths = 99", {"settings.registration.months": ["值不合要求：可填 1 至 12 个月"]}),
    ("[counties.420109.service]\nbackdate_days = 9", {"counties.420109": ["没有这个区县（您是否想写 420103？）"]}),
    ("[counties.420102.registration]\nmonths = 9", {"counties.420102.registration": ["这组设置全市统一，区县没有自己的"]}),
    ("[locked]\nservice = [\"kids\"]", {"locked.service.kids": ["没有这个设置（您是否想写 kinds？）"]}),
    ("plugins = []\n[settings.points]\nhours_cap = 1", {"settings.points": ["请先在 plugins 中启用这个插件"]}),
    ("setings = 1", {"setings": ["没有这个配置项（您是否想写 settings？）"]}),
])
def test_each_fault_is_told_by_its_key(tenant: TestTenant, text: str, fields: dict[str, list[str]]) -> None:
    with tenant.scope(), pytest.raises(Invalid) as caught:
        portable.plan(text, "x.toml")
    assert caught.value.fields == fields


def test_nothing_is_done_when_something_has_changed_since_it_was_seen(tenant: TestTenant) -> None:
    text = text_of(tenant).replace('report_to = "both"', 'report_to = "one"')
    with tenant.scope():
        seen = portable.plan(text, "x.toml").seen
    with tenant.scope():
        activation.disable("points")
    with pytest.raises(Conflict), tenant.scope():
        portable.apply(text, "x.toml", seen)
    with tenant.scope():
        assert effective("registration")["report_to"] == "both"


def test_a_file_that_cannot_be_made_true_changes_nothing(tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    before = parts(tenant)
    text = text_of(tenant).replace('report_to = "both"', 'report_to = "one"').replace('community = "村"', 'community = "屯"')
    monkeypatch.setattr("tenants.terms.LONGEST", 0)  # the last step fails
    with pytest.raises(Invalid):
        applied(tenant, text)
    assert parts(tenant) == before


def test_a_file_of_another_city_is_named(tenant: TestTenant) -> None:
    with tenant.scope():
        assert portable.plan('code = "4228"\nslug = "enshi"\nname = "恩施州"', "x.toml").foreign == "恩施州"
        assert portable.plan(portable.export(), "x.toml").foreign is None
        assert session().get_one(portable.Tenant, tenant.id).name == "武汉市"


def test_an_empty_value_over_a_given_one_survives_the_file(tenant: TestTenant) -> None:
    with unscoped():
        settings.save_for_all("registration", {"initial_due": "2026-03-31"})
    with tenant_scope(tenant.id):
        put("registration", {"initial_due": None})
    text = text_of(tenant)
    assert "initial_due = { blank = true }" in text
    assert planned(tenant, text) == []
    assert planned(tenant, text.replace("initial_due = { blank = true }", "")) == [("setting.registration.initial_due", None, "2026-03-31")]
