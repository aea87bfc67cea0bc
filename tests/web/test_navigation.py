"""The navigation shows what a person may open and marks where they are."""
from __future__ import annotations

import pytest

from web import navigation
from web.navigation import NavigationGroup, NavigationItem, build, register


@pytest.fixture(autouse=True)
def _only_these_items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_groups", {})
    register("work", "日常", NavigationItem("工作台", "home", order=1, tab=1), NavigationItem("导入", "imports", permission="import.run"))
    register("work", "日常", NavigationItem("工作台", "home"))
    register("admin", "管理", NavigationItem("账号", "accounts", permission="account.manage"), order=90)


def _built(permissions: set[str], path: str, extra: tuple[NavigationGroup, ...] = ()) -> tuple[list[object], list[object]]:
    groups, tabs = build(allowed=permissions.__contains__, url_for=lambda name: f"/{name}", path=path, extra=extra)
    return [(g.title, [(i.title, i.url, i.active) for i in g.items]) for g in groups], [t.title for t in tabs]


def test_items_without_permission_are_left_out_and_empty_groups_too() -> None:
    assert _built(set(), "/home") == ([("日常", [("工作台", "/home", True)])], ["工作台"])


def test_the_longest_matching_address_is_active_and_plugins_join_groups() -> None:
    extra = (NavigationGroup("work", "日常", items=(NavigationItem("积分", "imports/points", order=60),)),)
    assert _built({"import.run", "account.manage"}, "/imports/points/3", extra)[0] == [
        ("日常", [("工作台", "/home", False), ("导入", "/imports", False), ("积分", "/imports/points", True)]),
        ("管理", [("账号", "/accounts", False)]),
    ]
