"""The sections of settings that exist in this process: core's rooms and plugins register theirs by a marshmallow schema."""
from __future__ import annotations

from dataclasses import dataclass

from marshmallow import Schema, missing

from core.errors import ConfigurationError, NotFound
from core.i18n import LazyString, _


@dataclass(frozen=True, slots=True)
class Section:
    """One namespace of settings. `plugin`: belongs to a plugin and is closed where that is off.

    `local`: a county may lay down its own, which whoever reads them asks for by the place at hand.
    """

    namespace: str
    schema: type[Schema]
    title: str | LazyString
    plugin: bool = False
    local: bool = False


_sections: dict[str, Section] = {}


def register_settings(namespace: str, schema: type[Schema], title: str | LazyString, *, plugin: bool = False,
                      local: bool = False) -> Section:
    """Make a section known; each of its fields needs a load_default, which is the lowest level of inheritance.

    Raises ConfigurationError for a field without default or a namespace that is taken.
    """
    if bare := [name for name, field in schema().fields.items() if field.load_default is missing]:
        raise ConfigurationError(f"设置 {namespace} 的 {'、'.join(bare)} 没有默认值（load_default）。")
    section = Section(namespace, schema, title, plugin, local)
    known = _sections.setdefault(namespace, section)
    if known.schema is not schema:
        raise ConfigurationError(f"设置 {namespace} 已由 {known.schema.__module__} 登记。")
    return known


def withdraw_settings(namespace: str) -> None:
    """Forget a section, as when its plugin is refused after all."""
    _sections.pop(namespace, None)


def section(namespace: str) -> Section:
    """The section of that name. Raises NotFound."""
    try:
        return _sections[namespace]
    except KeyError:
        raise NotFound(_("没有名为 %(name)s 的设置。", name=namespace)) from None


def sections() -> list[Section]:
    """All sections, core's first, then by namespace."""
    return sorted(_sections.values(), key=lambda s: (s.plugin, s.namespace))
