"""Begins a plugin: copies the small one of web/_scaffold under another name, and overwrites nothing."""
from __future__ import annotations

import importlib.util
import keyword
import re
import shutil
import sys
from importlib.metadata import entry_points
from pathlib import Path

from pypinyin import lazy_pinyin

from core.access.roles import permissions
from core.errors import Conflict, Invalid
from core.extension.registry import GROUP

SOURCE = Path(__file__).with_name("_scaffold")
LONGEST = 31
_MADE = shutil.ignore_patterns("__pycache__", "*.mo", "*.pyc")


def write_plugin(name: str, folder: Path) -> Path:
    """Write the plugin into `folder`/baodao-<name>; the path of what was written.

    Raises Invalid for a name that cannot be used, with one that can; Conflict when something of that name is there.
    """
    if (reason := unfit(name)) is not None:
        raise Invalid(f"插件名 {name} {reason}，请改用 {suggestion(name)}。")
    target = folder / f"baodao-{name.replace('_', '-')}"
    if target.exists():
        raise Conflict(f"{target} 已经存在，没有改动。请换一个名字，或用 --dir 另选文件夹。")
    folder.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(SOURCE, draft, ignore=_MADE)
    for path in sorted(draft.rglob("*"), reverse=True):  # what lies deeper goes first: its folder is renamed after it
        if path.is_file():
            path.write_text(named(path.read_text(encoding="utf-8"), name), encoding="utf-8")
        path.rename(path.with_name(named(path.name, name)))
    draft.rename(target)
    return target


def named(text: str, name: str) -> str:
    """The scaffold's text with the plugin's name in it."""
    camel = "".join(part.capitalize() for part in name.split("_"))
    return text.replace("plugin_name", name).replace("plugin-name", name.replace("_", "-")).replace("PluginName", camel)


def unfit(name: str) -> str | None:
    """Why a plugin cannot be called so; None when it can."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        return "只能由小写字母、数字和下划线组成，以字母开头"
    if not 2 <= len(name) <= LONGEST:
        return f"应有 2 至 {LONGEST} 个字符"
    if name.endswith("_") or "__" in name:
        return "不能以下划线结尾，也不能有连续的下划线"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return "是 Python 的保留字"
    if _taken(name):
        return "已被占用"
    return None


def suggestion(name: str) -> str:
    """A name like the given one that can be used; Chinese is written in pinyin."""
    spelt = " ".join(lazy_pinyin(name)) if not name.isascii() else name
    words = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", spelt).lower()).strip("_")
    bare = (words if words[:1].isalpha() else f"plugin_{words}".rstrip("_"))[:LONGEST].rstrip("_")
    candidates = (bare, *(f"{bare[:LONGEST - len(end)]}{end}" for end in ("_local", "_plugin", "_two")))
    return next((one for one in candidates if unfit(one) is None), "my_plugin")


def _taken(name: str) -> bool:
    """Whether a module, an installed plugin, or a part of Baodao that has permissions, bears the name."""
    return (name in sys.stdlib_module_names or name in {entry.name for entry in entry_points(group=GROUP)}
            or name in {permission.code.partition(".")[0] for permission in permissions()} or importlib.util.find_spec(name) is not None)
