"""Mounts the plugins' pages and API behind the same frame as core's: tenant, switched on, login, permission, CSRF."""
from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import structlog
from flask import Blueprint, Flask

from core.errors import ConfigurationError
from core.extension import registry
from core.extension.manifest import Plugin
from web.routing import access_of, declare

log = structlog.get_logger(__name__)


def init_app(app: Flask) -> None:
    """Mount every loaded plugin's routes under /p/<name>; a plugin that cannot be mounted is refused alone."""
    for plugin in list(registry.current().plugins.values()):
        try:
            _mount(app, plugin)
        except Exception as error:
            log.exception("plugin_not_mounted", plugin=plugin.name)
            registry.current().refuse(plugin.name, f"页面不能挂载：{type(error).__name__}")


def _mount(app: Flask, plugin: Plugin) -> None:
    if plugin.routes is None:
        return
    blueprint: Blueprint = plugin.routes()
    before = set(app.view_functions)
    app.register_blueprint(blueprint, url_prefix=f"/p/{plugin.name}")
    own(app, plugin.name, set(app.view_functions) - before)


def own(app: Flask, plugin: str, endpoints: Iterable[str]) -> None:
    """Close these endpoints whenever the plugin is off for the request's tenant."""
    for endpoint in endpoints:
        access = access_of(app, endpoint)
        if access is None and not endpoint.endswith(".static"):
            raise ConfigurationError(f"插件 {plugin} 的页面 {endpoint} 没有声明权限。")
        if access is not None:
            declare(app.view_functions[endpoint], dataclasses.replace(access, plugin=plugin))
