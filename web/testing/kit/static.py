"""What the manifest and the files say, before anything runs."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.db import Base
from core.extension.checks import FAULTS
from core.i18n import LazyString
from core.privacy.tags import untagged_text_columns
from core.spelling import did_you_mean
from tenants.audit_titles import ACTIONS, OBJECTS
from web.testing.kit.checks import static
from web.testing.kit.sources import Call, audit_calls, imports, tree
from web.testing.kit.subject import Subject
from web.testing.kit.translations import chinese_sources, untranslated

HOUSE = ("core", "tenants", "web", "plugins", "migrations", "tests")
OPEN = ("core.api", "core.pages")


@static("清单有效，插件能被载入")
def manifest_is_valid(subject: Subject) -> Iterator[str]:
    """Whatever keeps the plugin out and is not told by a check of its own."""
    told = [fault for kind in ("hooks", "tables", "settings") for fault in subject.faults(kind)]
    found = [fault for kind in FAULTS for fault in subject.faults(kind) if fault not in told]
    yield from (f"{fault}。请改正。" for fault in dict.fromkeys(found))
    if subject.refused is not None and not told and not found:
        yield f"插件没有被载入：{subject.refused}。请改正后重新启动。"


@static("钩子都存在，参数写对")
def hooks_are_known(subject: Subject) -> Iterator[str]:
    """A misspelt hook would never be asked."""
    yield from (f"{fault}。钩子见手册“钩子”一章。" for fault in subject.faults("hooks"))


@static("只引用 core.api 和 core.pages")
def only_core_api_is_imported(subject: Subject) -> Iterator[str]:
    """Everything else of Baodao may move without notice."""
    for path in (*subject.sources(), *_migrations(subject)):
        for name, line in imports(tree(path)):
            top = name.partition(".")[0]
            if top in HOUSE and name not in (*OPEN, subject.package) and not name.startswith(f"{subject.package}."):
                yield f"{subject.place(path, line)} 引用了 {name}：插件只能引用 core.api 和 core.pages。请改用其中的名称；缺少时请提出需求。"


@static("数据表以插件名开头，列有标注，索引以 tenant_id 开头")
def tables_are_its_own(subject: Subject) -> Iterator[str]:
    """What can be seen of the tables without a database."""
    yield from (f"{fault}。" for fault in subject.faults("tables"))
    mine = set(subject.plugin.tables)
    for column in untagged_text_columns(Base.metadata):
        if column.partition(".")[0] in mine:
            yield f"{column} 没有标注是否个人信息。请在 mapped_column 中写 info=plain() 或 info=personal(\"种类\")；JSON 列用 plain(\"为什么\")。"
    for name in sorted(mine & Base.metadata.tables.keys()):
        for index in Base.metadata.tables[name].indexes:
            if [column.name for column in index.columns][:1] != ["tenant_id"]:
                yield f"索引 {index.name} 不以 tenant_id 开头，查询用不上它。请写成 Index(名称, \"tenant_id\", ……)。"


@static("审计日志中的操作都有名称")
def acts_have_titles(subject: Subject) -> Iterator[str]:
    """An auditor reads words, not codes."""
    actions, objects = {*ACTIONS, *subject.plugin.audit_titles}, {*OBJECTS, *subject.plugin.audit_titles}
    for path in subject.sources():
        for call in audit_calls(tree(path)):
            yield from _untitled(subject, path, call, actions, objects)


@static("中英文都完整")
def both_languages_are_complete(subject: Subject) -> Iterator[str]:
    """The texts of code, templates and manifest, each with its English."""
    for field in ("title", "description"):
        if not isinstance(getattr(subject.plugin, field), LazyString):
            yield f"清单的 {field} 没有写成 _l(\"……\")，不能翻译。"
    yield from (f"{place} 的“{text}”没有英文译文。请在 {po} 中补上。" for text, place, po in untranslated(subject))
    yield from (f"{place} 的“{text}”不是中文：原文一律用中文，译文写在 .po 里。" for text, place in chinese_sources(subject))


def _migrations(subject: Subject) -> list[Path]:
    return sorted(subject.plugin.migrations.glob("*.py")) if subject.plugin.migrations else []


def _untitled(subject: Subject, path: Path, call: Call, actions: set[str], objects: set[str]) -> Iterator[str]:
    for given, known in ((call.action, actions), (call.object_type, objects)):
        if given is not None and not any(given.fullmatch(code) for code in known):
            code = given.pattern.replace("\\", "")
            yield (f"{subject.place(path, call.line)} 记入审计日志的 {code} 没有名称{did_you_mean(code, known)}。"
                   "请在清单的 audit_titles 中写明。")
