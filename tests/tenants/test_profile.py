"""Profiles: what is read, and how each fault is told by file and key."""
from __future__ import annotations

import pytest

from core.errors import ConfigurationError, Invalid
from core.extension.registry import Registry, using
from tenants.loading import load_plugins
from tenants.profile import SHIPPED, Profile, Sector, load, parse
from tests.support.plugins import make_plugin

GOOD = """
code = "4202"
slug = "huangshi"
name = "黄石市"
short_name = "黄石"
committee = "中共黄石市委组织部"
"""


def faults(extra: str, text: str = GOOD) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as caught:
        parse(text + extra, "huangshi.toml")
    assert caught.value.message.startswith("配置文件 huangshi.toml 有")
    return caught.value.fields


def test_a_small_profile_has_defaults():
    assert parse(GOOD, "x.toml") == Profile("4202", "huangshi", "黄石市", "黄石", "中共黄石市委组织部", "city", ("4202",), (), (), {}, {})


def test_a_full_profile(tmp_path):
    path = tmp_path / "huangshi.toml"
    path.write_text(GOOD + '[[sectors]]\ncode="S01"\nname="市直机关工委"\n[settings.registration]\ninitial_due=2026-03-31\n'
                    '[terms.zh_Hans_CN]\ncommunity="村"\n', "utf-8")
    found = load(path)
    assert found.sectors == (Sector("S01", "市直机关工委"),)
    assert found.settings == {"registration": {"initial_due": "2026-03-31"}}
    assert found.terms == {"zh_Hans_CN": {"community": "村"}}
    assert found.as_dict()["sectors"] == [{"code": "S01", "name": "市直机关工委"}]


@pytest.mark.parametrize(("extra", "expected"), [
    ('comittee = "x"', {"comittee": ["没有这个配置项（您是否想写 committee？）"]}),
    ('[[sectors]]\ncod = "S01"\nname = "甲"', {"sectors.0.code": ["缺少这一项"], "sectors.0.cod": ["没有这个配置项（您是否想写 code？）"]}),
    ('[[sectors]]\ncode = "S01"\nname = "甲"\n[[sectors]]\ncode = "S01"\nname = "乙"', {"sectors.code": ["重复：S01"]}),
    ('plugins = ["point"]', {"plugins.point": ["没有安装这个插件（您是否想写 points？）"]}),
    ('plugins = ["broken"]', {"plugins.broken": ["插件不能使用：坏了"]}),
    ('[settings.registraton]\nmonths = 1', {"settings.registraton": ["没有这组设置（您是否想写 registration？）"]}),
    ('[settings.registration]\nreport_too = "one"', {"settings.registration.report_too": ["没有这个设置（您是否想写 report_to？）"]}),
    ('[settings.registration]\nreport_to = "all"', {"settings.registration.report_to": ["只能是 one、both 之一"]}),
    ('[terms.zh]\ncommunity = "村"', {"terms.zh": ["没有这种语言"]}),
    ('[terms.en]\ncomunity = "village"', {"terms.en.comunity": ["没有这个用语（您是否想写 community？）"]}),
])
def test_each_fault_is_told_by_its_key(extra, expected):
    registry = Registry()
    registry.register(make_plugin("points"))
    registry.refuse("broken", "坏了")
    with using(registry):
        assert faults(extra) == expected


def test_the_row_without_an_authority_is_no_tenant():
    assert list(faults("", GOOD.replace("4202", "4290"))) == ["code"]


def test_all_faults_at_once():
    assert sorted(faults('colour = "red"', GOOD.replace('"4202"', '"42"').replace('slug = "huangshi"', ""))) == ["code", "colour", "slug"]


def test_broken_files_are_told(tmp_path):
    with pytest.raises(Invalid, match=r"x\.toml 不是正确的 TOML 文件"):
        parse("code = ", "x.toml")
    with pytest.raises(ConfigurationError, match="无法读取配置文件"):
        load(tmp_path / "none.toml")


def test_the_shipped_profiles_are_accepted():
    load_plugins()
    found = {p.stem: load(p) for p in sorted(SHIPPED.glob("*.toml"))}
    assert {name: (p.code, p.plugins) for name, p in found.items()} == {"enshi": ("4228", ()), "hubei-jgw": ("hubei-jgw", ()), "wuhan": ("4201", ("points",))}
