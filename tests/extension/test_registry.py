"""Loading: a faulty plugin is refused alone and says why; clashes name the packages; order follows the requirements."""
from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from marshmallow import Schema, fields

from core.errors import ConfigurationError, NotFound
from core.extension import registry as registry_module
from core.extension.manifest import JobKind, Measure, Navigation, Permission
from core.extension.models import Term
from core.extension.registry import Registry, using
from core.extension.settings_registry import register_settings, section, withdraw_settings
from core.service.models import ServiceRecord
from tenants.loading import load_plugins
from tests.support.plugins import make_plugin

WITHOUT_DEFAULT = Schema.from_dict({"size": fields.Integer()})
SIZE = Schema.from_dict({"size": fields.Integer(load_default=3)})


def nothing(*_: object) -> None:
    """A job, or a measure, that does nothing."""


@pytest.mark.parametrize(("manifest", "reason"), [
    ({"name": "Bad-Name"}, "插件名 'Bad-Name' 只能由小写字母、数字和下划线组成，以字母开头"),
    ({"api": 2}, "插件按接口版本 2 编写，本系统提供的是版本 1，请安装相配的版本"),
    ({"requires": ("ohter",)}, "缺少所需的插件 ohter（您是否想写 other？）"),
    ({"permissions": (Permission("members.read", "x"),)}, "权限 members.read 应以 “odd.” 开头"),
    ({"jobs": (JobKind("work", "x", nothing),)}, "任务 work 应以 “odd.” 开头"),  # type: ignore[arg-type]
    ({"measures": (Measure("balance", "x", nothing),)}, "指标 balance 应以 “odd.” 开头"),  # type: ignore[arg-type]
    ({"jobs": (JobKind("odd.work", nothing, "x"),)}, "任务 odd.work 的 run 不是函数"),  # type: ignore[arg-type]
    ({"measures": (Measure("odd.rows", "x", 3),)}, "指标 odd.rows 的 read 不是函数"),  # type: ignore[arg-type]
    ({"navigation": (Navigation("x", "odd.page", "members.raed"),)},
     "菜单 odd.page 引用了未知的权限 members.raed（您是否想写 members.read？）"),
    ({"navigation": (Navigation("x", "odd.page", "members.read", group="honour"),)},
     "菜单 odd.page 的分组 honour 不存在（您是否想写 honours？）"),
    ({"settings": WITHOUT_DEFAULT}, "设置项 size 没有默认值（load_default）"),
    ({"translations": Path("/nowhere/at/all")}, "目录 all 不存在"),
    ({"models": (Term,), "migrations": Path(__file__).parent}, "表 term 的名称应以 odd_ 开头"),
    ({"terms": {"community": ("村", "village")}}, "登记失败：terms defined twice: community"),
])
def test_a_faulty_manifest_is_refused_alone(manifest: dict[str, Any], reason: str) -> None:
    registry = Registry()
    assert registry.register(make_plugin("other"))
    odd = make_plugin(**{"name": "odd", **manifest})
    assert not registry.register(odd, known_permissions=["members.read"])
    assert registry.refused == {odd.name: reason}
    assert list(registry.plugins) == ["other"]
    with pytest.raises(NotFound):
        section("odd")


def test_a_plugin_that_holds_members_must_export_and_erase() -> None:
    registry = Registry()
    plugin = make_plugin("service", models=(ServiceRecord,), migrations=Path(__file__).parent)
    assert not registry.register(plugin)
    assert registry.refused["service"] == "；".join([  # noqa: FLY002  one line a reason
        "插件存有党员的数据，必须实现 export_member_data", "插件存有党员的数据，必须实现 erase_member_data",
        "插件存有党员的数据，必须在 personal_data 中说明用途"])


def test_a_clash_names_both_packages_and_the_first_stays() -> None:
    registry = Registry()
    assert registry.register(first := make_plugin("points"), package="baodao")
    assert not registry.register(make_plugin("points"), package="baodao-points-plus")
    assert registry.plugins == {"points": first}
    assert registry.refused == {"points (2)": "软件包 baodao 和 baodao-points-plus 都提供名为 points 的插件，请卸载其中一个"}


def test_entry_points_are_loaded_in_the_order_of_their_requirements(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [EntryPoint(name, f"tests.extension.test_registry:{value}", "baodao.plugins")
             for name, value in (("aa", "NEEDS_BB"), ("bb", "FREE"), ("cc", "no_such_name"), ("dd", "nothing"), ("ee", "NEEDS_CC"))]
    monkeypatch.setattr(registry_module, "entry_points", lambda group: found)
    registry = Registry()
    registry.load()
    assert list(registry.plugins) == ["bb", "aa"]
    assert list(registry.refused) == ["cc", "dd", "ee"]
    assert registry.refused["cc"].startswith("无法导入 tests.extension.test_registry:no_such_name：AttributeError")
    assert registry.refused["dd"] == "tests.extension.test_registry:nothing 不是 Plugin 清单，而是 function"
    assert registry.refused["ee"] == "缺少所需的插件 cc"


def test_an_unknown_role_refuses_the_plugin_alone() -> None:
    with using(Registry()) as registry:
        registry.register(make_plugin("fine"))
        registry.register(make_plugin("odd", permissions=(Permission("odd.read", "x", ("mayor",)),), settings=SIZE))
        load_plugins()
        assert list(registry.plugins) == ["fine"]
        assert registry.refused == {"odd": "权限 odd.read 引用了未知的角色 mayor"}
    with pytest.raises(NotFound):
        section("odd")


def test_a_section_of_settings_has_one_owner_and_defaults() -> None:
    with pytest.raises(ConfigurationError, match="没有默认值"):
        register_settings("core_test", WITHOUT_DEFAULT, "x")
    assert register_settings("core_test", SIZE, "x") is register_settings("core_test", SIZE, "x")
    with pytest.raises(ConfigurationError, match="已由"):
        register_settings("core_test", Schema.from_dict({}), "x")
    withdraw_settings("core_test")


FREE = make_plugin("bb")
NEEDS_BB = make_plugin("aa", requires=("bb",))
NEEDS_CC = make_plugin("ee", requires=("cc",))
