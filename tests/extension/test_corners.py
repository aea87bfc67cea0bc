"""What plugins seldom do: two hooks of one name, pages that repeat themselves, names that are no tables, hooks that nobody hears."""
from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from sqlalchemy import Integer, cast, select

from core.errors import ScopeError
from core.extension import registry as registry_module, rule_kinds, suspension
from core.extension.approval_kinds import ApprovalKind, ApprovalSettings
from core.extension.dispatch import collect, require, tell_one
from core.extension.locating import located
from core.extension.manifest import Measure
from core.extension.measures import measure_values
from core.extension.migrating import enable_row_level_security
from core.extension.registry import Registry, using
from core.members.models import Member
from core.tenancy import session, tenant_scope
from tests.extension.conftest import Install
from tests.extension.test_refusals import SOUND
from tests.support.plugins import imported, make_plugin, make_record

TWICE = """
from types import ModuleType
import sys
other = ModuleType(__name__ + ".other")

def again(member_id):
    return []
again.__name__, again.__module__ = "member_panels", other.__name__
other.again = hookimpl(again)
sys.modules[other.__name__] = other
"""
MARK = 'pages = PluginPages("{name}")'


@pytest.mark.parametrize(("old", "new", "said"), [
    (MARK, f'{MARK}\nmore = PluginPages("{{name}}")', "一个插件只用一个 PluginPages；请在一处建立，各模块从那里导入"),
    ('("/new", DutyForm', '("/", DutyForm', "页面 enter（/）与另一个重名或同一地址"),
    ('columns=(TableColumn("minutes", "时长", "hours"),)', "columns=()", "页面 duties 没有列（columns）"),
    ('@pages.form("/<uuid:id>/edit"', '@pages.form("/edit"', "页面 edit 写了 row=Duty，地址中却没有 <uuid:id>"),
    ("row=Duty)", "row=Elsewhere)", "页面 edit 的 row=Elsewhere 不是本插件的模型"),
])
def test_pages_that_cannot_be_are_refused_in_a_sentence(database: object, tmp_path: Path, old: str, new: str, said: str) -> None:
    source = SOUND.replace("class Settings(Schema)", "class Elsewhere:\n    pass\n\nclass Settings(Schema)", 1)
    name = f"c{abs(hash((old, new))) % 10**8}"
    with imported(tmp_path, name, source.replace(old, new, 1)) as module, using(Registry()) as registry:
        assert not registry.register(module.plugin, known_permissions=["members.read"])
        assert (list(registry.plugins), said in registry.refused[name].replace(name, "NAME")) == ([], True), registry.refused[name]


def test_one_plugin_twice_among_the_entry_points_is_told_and_the_first_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules[__name__]
    monkeypatch.setattr(module, "double", make_plugin("double"), raising=False)
    entries = [EntryPoint(name, f"{__name__}:double", registry_module.GROUP) for name in ("one", "two")]
    monkeypatch.setattr(registry_module, "entry_points", lambda group: entries)
    with using(Registry()) as registry:
        registry.load()
        assert (list(registry.plugins), list(registry.refused)) == (["double"], ["double (2)"])


def test_a_plugin_whose_jobs_cannot_be_leaves_no_switch_behind() -> None:
    kind = ApprovalKind("odd.close", "停用", "odd.ask", "odd.confirm", lambda _act: None, lambda _content: [])
    with using(Registry()) as registry:
        assert not registry.register(make_plugin("odd", approvals=(kind,), terms={"community": ("村", "village")}), known_permissions=["members.read"])
        assert registry.refused["odd"]
        assert "odd_close" not in ApprovalSettings._declared_fields


def test_a_package_that_is_none_or_says_a_hook_twice_is_refused(database: object, tmp_path: Path) -> None:
    with using(Registry()) as registry:
        assert not registry.register(make_plugin("odd", package="no_such_package"))
        assert registry.refused == {"odd": "package='no_such_package' 不是已导入的包；请写 package=__name__"}
    with imported(tmp_path, "doubly", SOUND + TWICE) as module, using(Registry()) as registry:
        assert not registry.register(module.plugin, known_permissions=["members.read"])
        assert registry.refused["doubly"].startswith("钩子 member_panels 实现了两次：")
    with using(Registry()) as registry:
        assert not registry.register(make_plugin("bare", models=(Member,)))
        assert "插件有数据表，却没有迁移目录（migrations）" in registry.refused["bare"]


def test_a_table_of_another_name_is_no_table() -> None:
    for name in ("needs; drop table member", "Needs", "", "1needs"):
        with pytest.raises(ValueError, match="not a table's name"):
            enable_row_level_security(name)


def test_what_nobody_hears_or_works_at_answers_nothing(city: int, install: Install) -> None:
    heard: list[object] = []

    def record_counted(record: object) -> None:
        heard.append(record)
    install("hears", record_counted=record_counted)
    with tenant_scope(city):
        assert require("export_member_data", member_id=None) == {}
        assert collect("member_panels", member_id=None) == ()
        assert tell_one("absent", "record_counted", record=make_record()) is False
        assert suspension.lift("hears") is False
        assert heard == []
        assert measure_values("hears.none") is None
    assert rule_kinds.no_faults({"any": 1}) == []


def test_a_measure_that_fails_to_say_how_is_none(city: int, install: Install) -> None:
    def fails() -> object:
        raise RuntimeError("no")

    def rows() -> object:
        return select(Member.id.label("member_id"), cast(60, Integer).label("value"))
    install("gauge", manifest={"measures": (Measure("gauge.bad", "坏", lambda _m: 0, values=fails), Measure("gauge.good", "好", lambda _m: 0, values=rows))})
    with tenant_scope(city):
        assert measure_values("gauge.bad") is None
        good = measure_values("gauge.good")
        assert good is not None
        assert session().execute(good).all() == []


def test_a_plugin_may_not_commit(city: int, install: Install) -> None:
    said: list[str] = []

    def record_counted(record: object) -> None:
        for end in (session().commit, session().get_nested_transaction().commit):
            try:
                end()
            except ScopeError as error:
                said.append(str(error))
    install("hasty", record_counted=record_counted)
    with tenant_scope(city):
        tell_one("hasty", "record_counted", record=make_record())
    assert said == ["the transaction is not the plugin's to end; the scope does", "a plugin may not commit; the scope does"]


def test_an_error_without_a_place_is_told_by_its_kind() -> None:
    assert located(ValueError("没有位置")) == "ValueError: 没有位置"
