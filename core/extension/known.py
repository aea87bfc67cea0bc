"""What exists beside a plugin when it is loaded: permissions, roles, measures, terms, sections of settings and other plugins."""
from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.extension.completing import folder_of, modules_of
from core.extension.manifest import Measure, Plugin
from core.extension.settings_registry import sections
from core.terms import TERMS


@dataclass(frozen=True, slots=True)
class Known:
    """Names by what they name; `keys` are those of each section of settings. `source`: where the plugin's own code lies."""

    permissions: frozenset[str]
    roles: frozenset[str]
    names: Mapping[str, Collection[str]]
    keys: Mapping[str, Collection[str]]
    source: Path | None = None


#: Permissions and roles of core; the access room stands above this one and names them.
_of_access: list[Callable[[], tuple[Iterable[str], Iterable[str]]]] = [lambda: ((), ())]
_measures: dict[str, Measure] = {}


def set_access_names(tell: Callable[[], tuple[Iterable[str], Iterable[str]]]) -> None:
    """Let `tell` say which permissions and which roles core has."""
    _of_access[:] = [tell]


def core_measures() -> dict[str, Measure]:
    """Core's own measures by name; core.extension.measures adds them."""
    return _measures


def known_beside(plugin: Plugin, others: Iterable[Plugin], permissions: Iterable[str], module: str | None = None) -> Known:
    """What there is for a plugin that is loaded together with `others`; `module` is the one that its entry point names."""
    others = [other for other in others if other.name != plugin.name]
    allowed, roles = _of_access[0]()
    every = {*allowed, *permissions, *(p.code for one in (plugin, *others) for p in one.permissions)}
    schemas = {section.namespace: section.schema for section in sections()} | {
        other.name: other.settings for other in others if other.settings is not None}
    names = {"setting": set(schemas), "permission": every, "plugin": {other.name for other in others},
             "measure": {*_measures, *(m.name for other in others for m in other.measures)},
             "term": {*TERMS, *(key for other in others for key in other.terms)}}
    return Known(frozenset(every), frozenset(roles), names, {name: set(schema().fields) for name, schema in schemas.items()},
                 _source(plugin.package or module))


def _source(package: str | None) -> Path | None:
    if package is None or package not in modules_of(package):
        return None
    file = getattr(modules_of(package)[package], "__file__", None)
    return folder_of(package) or (Path(file) if file else None)
