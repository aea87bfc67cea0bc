"""The six traps of pluggy, each shown in the naive use first, then held shut by the registry and the dispatch."""
from __future__ import annotations

import types
import uuid
import warnings
from collections.abc import Iterator
from typing import Any

import pluggy
import pytest

from core.extension import hookspecs, registry as registry_module
from core.extension.dispatch import collect, tell
from core.extension.facts import Panel
from core.extension.hookspecs import hookimpl
from core.extension.registry import Registry
from core.tenancy import tenant_scope
from tests.extension.conftest import Install
from tests.support.plugins import make_plugin, make_record

MEMBER = uuid.uuid4()


@pytest.fixture
def naive() -> pluggy.PluginManager:
    """Pluggy as its manual shows it."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


def titled(title: str) -> Any:
    """A hook function that answers one panel."""
    def member_panels(member_id: uuid.UUID) -> list[Panel]:
        return [Panel(title, "x.html")]
    return member_panels


def broken(member_id: uuid.UUID) -> list[Panel]:
    """A hook function that raises."""
    raise ValueError("broken")


def hooks(**functions: Any) -> types.SimpleNamespace:
    """An object with these hook implementations, for the naive manager."""
    return types.SimpleNamespace(**{name: hookimpl(function) for name, function in functions.items()})


def titles(city: int) -> list[str]:
    """What the tenant's plugins answer."""
    with tenant_scope(city):
        return [panel.title for panel in collect("member_panels", member_id=MEMBER)]


def test_1_one_failure_loses_no_other_answer(naive: pluggy.PluginManager, install: Install, city: int) -> None:
    naive.register(hooks(member_panels=titled("good")))
    naive.register(hooks(member_panels=broken))
    with pytest.raises(ValueError, match="broken"):
        naive.hook.member_panels(member_id=MEMBER)
    install("first", member_panels=titled("first"))
    install("bad", member_panels=broken)
    install("last", member_panels=titled("last"))
    assert titles(city) == ["first", "last"]


def test_2_a_plugin_that_is_off_cannot_answer_under_another_name(naive: pluggy.PluginManager, registry: Registry) -> None:
    renamed = hookimpl(titled("renamed"), specname="member_panels")
    plugin = types.ModuleType("plugin")
    vars(plugin)["panels"] = renamed
    naive.register(plugin)
    off = {other for other in [plugin] if hasattr(other, "member_panels")}  # how pluggy 1.6 finds whom to leave out
    subset = naive.subset_hook_caller("member_panels", off)
    assert subset(member_id=MEMBER) == [[Panel("renamed", "x.html")]]  # though it is off, it is asked
    assert not registry.register(make_plugin("sly", {"panels": renamed}))
    assert "specname" in registry.refused["sly"]
    assert registry.plugins == {}


def test_3_a_generator_raises_where_it_can_be_contained(naive: pluggy.PluginManager, install: Install, city: int) -> None:
    def lazily(member_id: uuid.UUID) -> Iterator[Panel]:
        yield Panel("never seen", "x.html")
        raise ValueError("late")

    naive.register(hooks(member_panels=lazily))
    [answer] = naive.hook.member_panels(member_id=MEMBER)  # no error yet
    with pytest.raises(ValueError, match="late"):
        list(answer)
    install("lazy", member_panels=lazily)
    install("good", member_panels=titled("good"))
    assert titles(city) == ["good"]


def test_4_a_refused_plugin_is_not_half_registered(install: Install, registry: Registry, city: int,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    def member_panels(member: uuid.UUID) -> list[Panel]:  # the argument is member_id
        return [Panel("wrong", "x.html")]

    class Keeping(pluggy.PluginManager):
        """Registers before it verifies, as pluggy up to 1.6 does."""

        def register(self, plugin: object, name: str | None = None) -> str | None:
            try:
                return super().register(plugin, name)
            except pluggy.PluginValidationError:
                self._name2plugin[name or "?"] = plugin
                raise

    registry.manager = Keeping(hookspecs.PROJECT)
    registry.manager.add_hookspecs(hookspecs)
    with monkeypatch.context() as unseen:  # our own check comes first and would leave pluggy nothing to refuse
        unseen.setattr(registry_module, "faults", lambda *_: [])
        assert not registry.register(make_plugin("wrong", {"member_panels": member_panels}))
    assert registry.manager.list_name_plugin() == []
    assert "{'member'}" in registry.refused["wrong"]
    install("right", member_panels=titled("right"))
    assert titles(city) == ["right"]


def test_5_a_misspelt_hook_is_refused_with_the_right_name(naive: pluggy.PluginManager, registry: Registry) -> None:
    naive.register(hooks(record_count=titled("never asked")))  # silent
    assert not registry.register(make_plugin("typo", {"record_count": titled("x")}))
    assert registry.refused["typo"] == "没有名为 record_count 的钩子（您是否想写 record_counted？）"


def test_6_a_missing_argument_is_an_error_at_the_call(naive: pluggy.PluginManager, registry: Registry, city: int) -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert naive.hook.member_panels() == []  # nobody asks for it, so a warning is all
    assert len(heard) == 1
    with tenant_scope(city):
        with pytest.raises(TypeError, match=r"member_panels takes \['member_id'\], not \[\]"):
            collect("member_panels")
        with pytest.raises(TypeError, match="record_counted takes"):
            tell("record_counted", record=make_record(), more=1)
        with pytest.raises(TypeError, match="no hook 'member_panel' to collect"):
            collect("member_panel", member_id=MEMBER)
        with pytest.raises(TypeError, match="to tell"):
            tell("member_panels", member_id=MEMBER)


@pytest.mark.parametrize("options", [{"wrapper": True}, {"hookwrapper": True}, {"tryfirst": True}, {"trylast": True}])
def test_what_the_dispatch_would_not_honour_is_refused(registry: Registry, options: dict[str, bool]) -> None:
    def member_panels(member_id: uuid.UUID) -> Iterator[None]:
        yield
    assert not registry.register(make_plugin("odd", {"member_panels": hookimpl(member_panels, **options)}))
    assert list(registry.refused) == ["odd"]


def test_a_default_value_would_swallow_the_argument(registry: Registry) -> None:
    def member_panels(member_id: uuid.UUID | None = None) -> list[Panel]:
        return []
    assert not registry.register(make_plugin("odd", {"member_panels": member_panels}))
    assert "默认值" in registry.refused["odd"]
