"""The plugin that is looked at: its manifest, its files, and why it was refused, if it was."""
from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from core.access.roles import permissions
from core.errors import ConfigurationError, Invalid, NotFound
from core.extension.checks import FAULTS
from core.extension.completing import completed
from core.extension.known import known_beside
from core.extension.manifest import Plugin
from core.extension.registry import GROUP, current
from core.spelling import did_you_mean
from tenants.loading import load_plugins


@dataclass(frozen=True)
class Subject:
    """`package`: its dotted name; `folder`: where its files are; `refused`: why the registry did not let it in."""

    plugin: Plugin
    package: str
    folder: Path
    refused: str | None = None

    def sources(self) -> Iterator[Path]:
        """Its Python files, those of its tests and migrations aside."""
        return (path for path in sorted(self.folder.rglob("*.py"))
                if not {"tests", "migrations"} & set(path.relative_to(self.folder).parts))

    def faults(self, kind: str) -> list[str]:
        """What loading finds wrong of this kind (a key of core.extension.checks.FAULTS)."""
        core = [permission.code for permission in permissions() if permission.plugin is None]
        return list(FAULTS[kind](self.plugin, known_beside(self.plugin, current().plugins.values(), core, self.package)))

    def place(self, path: Path, line: int) -> str:
        """File and line, as a developer looks for them."""
        return f"{path.relative_to(self.folder.parent).as_posix()}:{line}"


def find_subject(name: str) -> Subject:
    """The installed plugin of that name, loaded or refused. Raises NotFound, and says how to install it."""
    load_plugins()
    for entry in sorted(entry_points(group=GROUP), key=lambda e: e.name):
        if (plugin := _loaded(entry)) is not None and plugin.name == name:
            return subject_of(plugin, entry.module)
        if plugin is None and entry.name == name:
            raise NotFound(f"插件 {name} 不能导入：{current().refused.get(name, entry.value)}。")
    raise NotFound(f"没有安装名为 {name} 的插件{did_you_mean(name, {e.name for e in entry_points(group=GROUP)})}。"
                   "请先在插件的文件夹里运行 pip install -e . 。")


def subject_of(plugin: Plugin, module: str) -> Subject:
    """The plugin with what the registry says of it; `module` is where its manifest stands. Raises Invalid."""
    found = importlib.import_module(module)
    package = module if hasattr(found, "__path__") else module.rpartition(".")[0] or module
    home = importlib.import_module(package)
    if not hasattr(home, "__path__"):
        raise Invalid(f"插件 {plugin.name} 应是一个包（文件夹），现在是单个文件 {package}.py。")
    folder = Path(inspect.getfile(home)).parent
    if (let_in := current().plugins.get(plugin.name)) is not None:
        return Subject(let_in, package, folder)
    return Subject(_completed(plugin), package, folder, current().refused.get(plugin.name, "没有载入"))


def _completed(plugin: Plugin) -> Plugin:
    try:
        return completed(plugin)
    except ConfigurationError:  # it is why the plugin was refused
        return plugin


def _loaded(entry: EntryPoint) -> Plugin | None:
    try:
        found = entry.load()
    except Exception:  # noqa: BLE001  the registry has logged it, whatever it is
        return None
    return found if isinstance(found, Plugin) else None
