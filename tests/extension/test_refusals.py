"""What is misspelt in a plugin is refused when it is loaded, for that plugin alone, and the refusal says what was meant."""
from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from zlib import crc32

import pytest

from core.errors import NotFound
from core.extension import registry as registry_module
from core.extension.registry import Registry, using
from core.extension.settings import effective
from core.tenancy import tenant_scope
from tests.support.plugins import imported, loaded, make_plugin

SOUND = """
import uuid
from marshmallow import Schema, fields
from sqlalchemy import select
from sqlalchemy.orm import Mapped
from core.api import (Base, Measure, Panel, Permission, PlaceField, Plugin, PluginPages, TableColumn, TenantRow, acting, allowed, hookimpl,
                      is_enabled, measure, session, settings, tenant_foreign_key, term)

class Duty(TenantRow, Base):
    __tablename__ = "{name}_duty"
    __table_args__ = (tenant_foreign_key("community_id", "organization"),)
    __reach__ = "community_id"
    community_id: Mapped[uuid.UUID]
    minutes: Mapped[int]

class Settings(Schema):
    most = fields.Integer(load_default=240)

class DutyForm(Schema):
    community_id = PlaceField("community", "{name}.write")
    minutes = fields.Integer(required=True)

pages = PluginPages("{name}")

@pages.table("/", title="值班", permission="{name}.read", menu=True, export="{name}.take", links=("enter",),
             columns=(TableColumn("minutes", "时长", "hours"),))
def duties():
    return select(Duty)

@pages.form("/new", DutyForm, title="登记", permission="{name}.write", then="duties")
def enter(community_id, minutes):
    return Duty(community_id=community_id, minutes=minutes)

@pages.form("/<uuid:id>/edit", DutyForm, title="修改", permission="{name}.write", row=Duty)
def edit(duty, **values):
    duty.minutes = values["minutes"]

@pages.page("/board", title="公示", permission="{name}.read", template="board.html")
def board():
    return {"most": settings("{name}")["most"], "mine": allowed(acting(), "{name}.write"), "word": term("community")}

@hookimpl
def member_panels(member_id):
    chosen = settings("{name}")
    return [Panel("值班", "{name}/board.html", {"most": chosen["most"], "all": measure("{name}.all", member_id)})]

def count(member_id):
    return 1

plugin = Plugin("{name}", "值班", "", "1", package=__name__, settings=Settings, measures=(Measure("{name}.all", "次数", count),),
                permissions=(Permission("{name}.read", "查看", ("community_officer",)), Permission("{name}.write", "登记"),
                             Permission("{name}.take", "导出")))
"""
LINE = {text: number for number, text in enumerate(SOUND.split("\n"), start=1)}


def prepare(folder: Path, name: str) -> None:
    """The folders that lie beside the module."""
    (folder / name / "templates").mkdir(parents=True)
    (folder / name / "templates" / "board.html").write_text("", encoding="utf-8")


def refusal(folder: Path, name: str, source: str) -> str:
    """Why a plugin of that source is refused; the one beside it stays."""
    with imported(folder, name, source) as module, using(Registry()) as registry:
        assert registry.register(make_plugin("other"))
        assert not registry.register(module.plugin)
        assert list(registry.plugins) == ["other"]
        return registry.refused[name]


def test_the_sound_one_is_let_in(tmp_path: Path) -> None:
    prepare(tmp_path, "dutya")
    with loaded(tmp_path, "dutya", SOUND) as registry:
        assert [entry.endpoint for entry in registry.plugins["dutya"].navigation] == ["dutya.duties"]
        assert registry.plugins["dutya"].tables == ("dutya_duty",)


@pytest.mark.parametrize(("right", "wrong", "reason"), [
    ("def member_panels(", "def member_panel(", "没有名为 member_panel 的钩子（您是否想写 member_panels？）"),
    ("member_panels(member_id)", "member_panels(memberid)", "钩子 member_panels 没有参数 memberid（您是否想写 member_id？）"),
    ('settings("{name}")["most"]', 'settings("{nmae}")["most"]', "{file} 第 {line} 行：没有名为 {nmae} 的设置（您是否想写 {name}？）"),
    ('settings("{name}")["most"]', 'settings("{name}")["msot"]', "{file} 第 {line} 行：设置 {name} 没有 msot 这一项（您是否想写 most？）"),
    ('{"most": chosen["most"]', '{"most": chosen["mots"]', "{file} 第 {line} 行：设置 {name} 没有 mots 这一项（您是否想写 most？）"),
    ('settings("{name}")["most"]', 'settings("{name}").get("msot")', "{file} 第 {line} 行：设置 {name} 没有 msot 这一项（您是否想写 most？）"),
    ('allowed(acting(), "{name}.write")', 'allowed(acting(), "{name}.wirte")',
     "{file} 第 {line} 行：没有名为 {name}.wirte 的权限（您是否想写 {name}.write？）"),
    ('allowed(acting(), "{name}.write")', 'acting().can("{name}.wirte")',
     "{file} 第 {line} 行：没有名为 {name}.wirte 的权限（您是否想写 {name}.write？）"),
    ('allowed(acting(), "{name}.write")', 'is_enabled("othre")', "{file} 第 {line} 行：没有名为 othre 的插件（您是否想写 other？）"),
    ('term("community")', 'term("comunity")', "{file} 第 {line} 行：没有名为 comunity 的用语（您是否想写 community？）"),
    ('measure("{name}.all"', 'measure("{name}.al"', "{file} 第 {line} 行：没有名为 {name}.al 的指标（您是否想写 {name}.all？）"),
    ('"{name}/board.html"', '"{name}/bord.html"', "{file} 第 {line} 行：没有名为 {name}/bord.html 的模板（您是否想写 {name}/board.html？）"),
    ('title="值班", permission="{name}.read"', 'title="值班", permission="{name}.raed"',
     "菜单 {name}.duties 引用了未知的权限 {name}.raed（您是否想写 {name}.read？）；页面 duties 引用了未知的权限 {name}.raed（您是否想写 {name}.read？）"),
    ('export="{name}.take"', 'export="{name}.tkae"', "页面 duties 引用了未知的权限 {name}.tkae（您是否想写 {name}.take？）"),
    ('PlaceField("community", "{name}.write")', 'PlaceField("community", "{name}.wrte")',
     "页面 enter 引用了未知的权限 {name}.wrte（您是否想写 {name}.write？）；页面 edit 引用了未知的权限 {name}.wrte（您是否想写 {name}.write？）"),
    ('links=("enter",)', 'links=("entre",)', "页面 duties 提到的页面 entre 不存在（您是否想写 enter？）"),
    ('then="duties"', 'then="dutis"', "页面 enter 提到的页面 dutis 不存在（您是否想写 duties？）"),
    ('then="duties"', 'then="edit"', "页面 enter 之后不能去 edit：那里需要知道是哪一条，或只是一个按钮"),
    ('template="board.html"', 'template="bored.html"', "页面 board 的模板 templates/bored.html 不存在（您是否想写 board.html？）"),
    ("def enter(community_id, minutes)", "def enter(community_id, minuts)",
     "页面 enter 的函数要参数 minuts，但没有这个值（您是否想写 minutes？）；页面 enter 的函数没有接收 minutes 的参数"),
    ('"/new"', '"new"', "页面 enter 的地址 'new' 应以 / 开头"),
    (", row=Duty)", ")", "页面 edit 的地址有 <uuid:id>，请写 row=模型，由系统取出这一条并核对查看范围"),
    ('"时长", "hours"', '"时长", "hour"', "页面 duties 的列 minutes 种类 'hour' 不存在（您是否想写 hours？）"),
    ('__reach__ = "community_id"', '__reach__ = "comunity_id"',
     "表 {name}_duty 的 __reach__ = 'comunity_id' 不是指向组织或党员的列（您是否想写 community_id？）"),
    ('    __reach__ = "community_id"\n', "",
     ('表 {name}_duty 的行属于组织或党员（community_id）。请在模型中写明按哪一列限定查看范围，如 __reach__ = "community_id"；'
      "全市可见的写 __reach__ = None")),
    ('PluginPages("{name}")', 'PluginPages("{nmae}")', "PluginPages('{nmae}') 应写插件自己的名字 {name}"),
    ('("community_officer",)', '("comunity_officer",)', "权限 {name}.read 引用了未知的角色 comunity_officer（您是否想写 community_officer？）"),
    ('package=__name__,', 'package=__name__, requires=("othr",),', "缺少所需的插件 othr（您是否想写 other？）"),
])
def test_what_is_misspelt_is_refused_with_what_was_meant(tmp_path: Path, right: str, wrong: str, reason: str) -> None:
    name = f"duty{crc32((right + wrong).encode())}"  # of a module that was imported before SQLAlchemy remembers the classes
    assert right in SOUND
    prepare(tmp_path, name)
    source = SOUND.replace(right, wrong, 1).replace("{nmae}", f"x{name}")
    line = next((number for number, text in enumerate(source.split("\n"), start=1) if wrong.replace("{nmae}", f"x{name}") in text), 0)
    told = refusal(tmp_path, name, source)
    assert told == (reason.replace("{file}", f"{name}/__init__.py").replace("{line}", str(line)).replace("{name}", name)
                    .replace("{nmae}", f"x{name}"))


@pytest.mark.parametrize(("source", "reason"), [
    ("from core.api import Plugin\nx = 1 / 0\n", "ZeroDivisionError: division by zero（{name}/__init__.py 第 2 行）"),
    ("from core.api import Plugin\n\ndef x(:\n", "SyntaxError: invalid syntax（{name}/__init__.py 第 3 行）"),
    ("from core.api import Plugin, hookimp\n",
     "ImportError: cannot import name 'hookimp' from 'core.api' ({api})（您是否想写 hookimpl？）（{name}/__init__.py 第 1 行）"),
    ("from core.api import Plugin\nplugin = Plugin('x', 'x', '', '1',\n    permisions=())\n",
     "TypeError: Plugin.__init__() got an unexpected keyword argument 'permisions'（您是否想写 permissions？）（{name}/__init__.py 第 2 行）"),
    ("import json\njson.loads('{')\n",
     "JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)（{name}/__init__.py 第 2 行）"),
], ids=["error", "syntax", "import", "argument", "elsewhere"])
def test_an_error_of_its_own_names_file_and_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, reason: str) -> None:
    name = f"broken{crc32(source.encode())}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(registry_module, "entry_points", lambda group: [EntryPoint(name, f"{name}:plugin", "baodao.plugins")])
    registry = Registry()
    registry.load()
    api = sys.modules["core.api"].__file__
    assert registry.refused == {name: f"无法导入 {name}:plugin：{reason}".replace("{name}", name).replace("{api}", str(api))}


def test_whoever_needs_a_refused_one_is_refused_too() -> None:
    with using(Registry()) as registry:
        registry.register(make_plugin("base"))
        registry.register(make_plugin("upper", requires=("base",)))
        registry.register(make_plugin("apart"))
        registry.refuse("base", "页面不能挂载")
        assert (list(registry.plugins), registry.refused) == (["apart"], {"base": "页面不能挂载", "upper": "缺少所需的插件 base"})


def test_at_run_time_a_wrong_name_says_what_was_meant(city: int, registry: Registry, tmp_path: Path) -> None:
    prepare(tmp_path, "dutyr")
    with loaded(tmp_path, "dutyr", SOUND), tenant_scope(city):
        with pytest.raises(KeyError, match="没有设置项 mots（您是否想写 most？）"):
            effective("dutyr")["mots"]
        with pytest.raises(KeyError, match="您是否想写 most"):
            effective("dutyr").get("mots")
        with pytest.raises(NotFound, match="您是否想写 dutyr"):
            effective("dutyrr")
        assert effective("dutyr") == {"most": 240}
