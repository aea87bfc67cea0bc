"""Provisioning: the tree of real divisions, the difference before it is made, and nothing the second time."""
from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from core.audit import EntryFilter, entries
from core.audit.verify import verify
from core.errors import Conflict
from core.extension.registry import Registry, using
from core.extension.settings import effective
from core.organizations.models import Organization
from core.tenancy import Division, Tenant, session, tenant_scope, unscoped
from core.tenancy.scope import tenant_id as scope_tenant
from tenants import activation, divisions, settings, terms
from tenants.profile import Profile, parse
from tenants.provisioning import apply, plan
from tests.support.plugins import make_plugin

XIANTAO = """
code = "429004"
slug = "xiantao"
name = "仙桃市"
short_name = "仙桃"
committee = "中共仙桃市委组织部"
"""
EXTRA = """
[[sectors]]
code = "S01"
name = "市直机关工委"
[settings.registration]
report_to = "both"
initial_due = 2026-03-31
[terms.zh_Hans_CN]
community = "村"
"""


def profile(extra: str = "") -> Profile:
    return parse(XIANTAO + extra, "xiantao.toml")


def tenant(code: str = "429004") -> Tenant:
    with unscoped() as opened:
        return opened.scalars(select(Tenant).where(Tenant.code == code)).one()


def subjects(changes):
    return [(c.action, c.subject, c.after) for c in changes]


def test_a_county_level_city_is_a_tenant_with_its_streets_right_below(masters):
    planned = plan(profile())
    assert subjects(planned) == [("create", "tenant", "429004"), ("create", "places.committee", 1), ("create", "places.street", 25),
                                 ("create", "places.community", 767)]
    made = apply(profile(), masters)
    assert made[0].subject == "divisions"
    assert made[1:] == planned
    row = tenant()
    assert (row.slug, row.name, row.short_name, row.status, row.kind) == ("xiantao", "仙桃市", "仙桃", "active", "city")
    with tenant_scope(row.id):
        found = session().execute(select(Organization.kind, Organization.path, Organization.division_kind)
                                  .where(Organization.tenant_id == row.id)).all()
        assert Counter(r.kind for r in found) == {"committee": 1, "street": 25, "community": 767}
        assert {r.path.count("/") for r in found if r.kind == "community"} == {3}
        assert {r.path.split("/")[0] for r in found} == {"429004"}
        assert {r.division_kind for r in found if r.kind == "community"} <= {"居委会", "村委会", "other"}
        assert [e.action for e in entries(EntryFilter())] == ["tenant.applied"]
        assert verify() == []


def test_the_second_time_changes_nothing(masters):
    apply(profile(EXTRA), masters)
    assert plan(profile(EXTRA)) == []
    assert apply(profile(EXTRA), masters) == []
    with tenant_scope(tenant().id):
        assert [e.action for e in entries(EntryFilter())].count("tenant.applied") == 1


def test_a_changed_profile_shows_its_difference_first_and_then_makes_it(masters):
    apply(profile(), masters)
    changed = profile(EXTRA.replace("市直机关工委", "市直机关党工委"))
    planned = plan(changed)
    assert [c.text for c in planned] == [
        "新增行业系统党组织 1 个", "报到 · 向哪里报到：居住地或工作地社区，任选一处 → 居住地和工作地社区都要报到",
        "报到 · 首次报到截止日期：（未填） → 2026-03-31", "用语“社区”：社区 → 村"]
    with tenant_scope(tenant().id):
        assert effective("registration")["report_to"] == "one"  # planning has written nothing
    assert apply(changed, masters) == planned
    with tenant_scope(tenant().id):
        assert effective("registration")["report_to"] == "both"
        assert terms.terms_for_tenant() == {"community": "村"}
    back = apply(profile(), masters)
    assert [c.text for c in back] == ["报到 · 向哪里报到：居住地和工作地社区都要报到 → 居住地或工作地社区，任选一处",
                                      "报到 · 首次报到截止日期：2026-03-31 → （未填）", "用语“社区”：村 → 社区"]


def test_names_follow_the_profile(masters):
    apply(profile(EXTRA), masters)
    other = parse(XIANTAO.replace("组织部", "组织部门") + EXTRA.replace("市直机关工委", "机关工委"), "x.toml")
    assert [c.text for c in apply(other, masters)] == ["429004 更名：中共仙桃市委组织部 → 中共仙桃市委组织部门",
                                                       "429004S01 更名：市直机关工委 → 机关工委"]


def test_what_the_tenant_chose_itself_stays(masters):
    apply(profile(EXTRA), masters)
    with tenant_scope(tenant().id):
        view = settings.get("registration")
        settings.save("registration", {**view.own, "phone": False}, version=view.version)
        terms.save_terms({**terms.terms_for_tenant(), "unit": "机关单位"})
    assert plan(profile(EXTRA)) == []
    apply(profile(), masters)
    with tenant_scope(tenant().id):
        assert effective("registration")["phone"] is False
        assert terms.terms_for_tenant() == {"unit": "机关单位"}


def test_plugins_are_switched_on_and_only_a_profile_switches_its_own_off(masters):
    registry = Registry()
    registry.register(make_plugin("garden"))
    registry.register(make_plugin("choir"))
    with using(registry):
        on = parse(XIANTAO.replace("committee =", 'plugins = ["garden"]\ncommittee ='), "x.toml")
        assert ("update", "plugin.garden", True) in subjects(apply(on, masters))
        with tenant_scope(tenant().id):
            activation.enable("choir")
        assert apply(on, masters) == []
        assert subjects(apply(profile(), masters)) == [("update", "plugin.garden", False)]
        with tenant_scope(tenant().id):
            assert {p.plugin.name: p.enabled for p in activation.plugins()} == {"garden": False, "choir": True}


def test_a_slug_that_another_tenant_has_is_refused(masters):
    apply(profile(), masters)
    with pytest.raises(Conflict, match="地址简称 xiantao 已被仙桃市（429004）使用"):
        plan(parse(XIANTAO.replace("429004", "429005"), "qianjiang.toml"))


def test_a_sector_tenant_takes_the_places_of_its_areas(masters):
    text = ('code = "gzw"\nkind = "sector"\nslug = "gzw"\nname = "省国资委"\nshort_name = "国资委"\ncommittee = "省国资委党委"\n'
            'areas = ["420102"]')
    apply(parse(text, "gzw.toml"), masters)
    with tenant_scope(tenant("gzw").id):
        paths = session().scalars(select(Organization.path).where(Organization.kind == "county", Organization.tenant_id == scope_tenant()))
        assert list(paths) == ["gzw/420102/"]


def test_the_reference_table_is_stored_once_and_mended(masters):
    with unscoped() as opened:
        assert divisions.store() is True
        assert divisions.store() is False
        opened.get_one(Division, "420102").name = "别的名字"
        opened.flush()
        assert divisions.store() is True
        assert opened.get_one(Division, "420102", populate_existing=True).name == "江岸区"
        assert opened.get_one(Division, "420602006207").name == "莫𡐓村委会"


def test_a_whole_city(masters):
    city = parse('code = "4201"\nslug = "wuhan"\nname = "武汉市"\nshort_name = "武汉"\ncommittee = "中共武汉市委组织部"', "wuhan.toml")
    made = [(c.subject, c.after) for c in apply(city, masters)[2:]]
    assert made == [("places.committee", 1), ("places.county", 13), ("places.street", 193), ("places.community", 3495)]
