"""Mounts the plugins' pages and API behind the same frame as core's: tenant, switched on, login, permission, CSRF."""
from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from functools import partial

import structlog
from flask import Blueprint, Flask

from core.access.roles import permission
from core.errors import ConfigurationError, NotFound
from core.extension import registry
from core.extension.manifest import Plugin
from web.routing import Access, access_of, declare

log = structlog.get_logger(__name__)


def init_app(app: Flask) -> None:
    """Mount every loaded plugin's pages under /p/<name>."""
    for plugin in list(registry.current().plugins.values()):
        if plugin.routes is not None:
            mount(app, plugin, partial(_pages, app, plugin.name, plugin.routes))


def mount(app: Flask, plugin: Plugin, register: Callable[[], object]) -> None:
    """Let `register` add the plugin's routes; a plugin whose routes cannot be mounted is refused alone, and they stay closed."""
    before = set(app.view_functions)
    try:
        register()
        _own(app, plugin.name, set(app.view_functions) - before)
    except Exception as error:
        log.exception("plugin_not_mounted", plugin=plugin.name)
        registry.current().refuse(plugin.name, f"页面不能挂载：{type(error).__name__}")
        for endpoint in set(app.view_functions) - before:  # a route cannot be taken away again
            app.view_functions[endpoint] = _closed(plugin.name)


def _pages(app: Flask, name: str, routes: Callable[[], Blueprint]) -> None:
    app.register_blueprint(routes(), url_prefix=f"/p/{name}")


def _own(app: Flask, plugin: str, endpoints: Iterable[str]) -> None:
    """Close these endpoints whenever the plugin is off for the request's tenant."""
    for endpoint in endpoints:
        if getattr(app.view_functions[endpoint], "__func__", None) is Blueprint.send_static_file:
            continue
        access = access_of(app, endpoint)
        if access is None or access.permission is None or endpoint.endswith(".static"):  # for that name the frame opens no scope
            raise ConfigurationError(f"插件 {plugin} 的页面 {endpoint} 没有声明权限。")
        permission(access.permission)
        declare(app.view_functions[endpoint], dataclasses.replace(access, plugin=plugin))


def _closed(plugin: str) -> Callable[..., str]:
    def view(**_path: object) -> str:
        raise NotFound
    return declare(view, Access(permission="account.self", plugin=plugin))
