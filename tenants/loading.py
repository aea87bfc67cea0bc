"""Loads the plugins into a process and makes their permissions known; the web, the workers and the CLI all begin here."""
from __future__ import annotations

from core.access.roles import define, permissions
from core.errors import ConfigurationError
from core.extension import registry
from core.extension.holding import held_back
from core.extension.manifest import Plugin


def load_plugins() -> None:
    """Load every installed plugin once; one whose permissions do not fit is refused alone."""
    current = registry.current()
    if not current.plugins and not current.refused:
        current.load([p.code for p in permissions()])
    for plugin in list(current.plugins.values()):
        adopt(plugin)
    held_back()  # look at their tables now, not in somebody's request


def adopt(plugin: Plugin) -> None:
    """Define a plugin's permissions; refuse the plugin when one names an unknown role or is taken."""
    try:
        for permission in plugin.permissions:
            define(permission.code, permission.title, permission.roles, plugin=plugin.name)
    except ConfigurationError as error:
        registry.current().refuse(plugin.name, error.message)
