"""Finds datasets by name: core's own and those of the tenant's plugins that are on; and the folders of formats that plugins ship."""
from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from core.errors import NotFound
from core.extension.activation import enabled_plugins
from core.extension.dataset import Dataset
from core.extension.registry import current
from core.i18n import _
from core.spelling import did_you_mean

_core: dict[str, Dataset] = {}


def define_datasets(datasets: Iterable[Dataset]) -> None:
    """Make core's own datasets known; plugins name theirs in the manifest."""
    _core.update({dataset.name: dataset for dataset in datasets})


def datasets() -> dict[str, Dataset]:
    """Core's datasets and those of the tenant's plugins that are on, by name."""
    enabled = enabled_plugins()
    return _core | {d.name: d for p in current().plugins.values() if p.name in enabled for d in p.datasets}


def dataset(name: str) -> Dataset:
    """The dataset of that name. Raises NotFound with a sentence when there is none here, as when its plugin is off."""
    known = datasets()
    if name in known:
        return known[name]
    for plugin in current().plugins.values():
        if any(d.name == name for d in plugin.datasets):
            raise NotFound(_("这份格式需要插件“%(plugin)s”的数据，本地没有启用这个插件。", plugin=plugin.title))
    raise NotFound(_("这份格式需要名为 %(name)s 的数据，本系统没有%(hint)s。", name=name, hint=did_you_mean(name, known)))


def report_format_folders() -> dict[str, Path]:
    """The folders of report formats that the tenant's enabled plugins ship, by plugin."""
    enabled = enabled_plugins()
    return {p.name: p.report_formats for p in current().plugins.values() if p.name in enabled and p.report_formats is not None}
