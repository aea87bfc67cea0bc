"""Mounts the plugins' pages and API behind the same frame as core's: tenant, switched on, login, permission, CSRF."""
from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import structlog
from flask import Blueprint, Flask

from core.access.roles import permission
from core.errors import ConfigurationError, NotFound
from core.extension import registry
from core.extension.locating import located
from core.extension.manifest import Plugin
from core.spelling import did_you_mean
from web.plugin_pages import blueprint
from web.rendering import icons
from web.routing import Access, access_of, declare

log = structlog.get_logger(__name__)
_WIDE = ("before_request_funcs", "after_request_funcs", "teardown_request_funcs", "template_context_processors",
         "url_value_preprocessors", "url_default_functions")


def init_app(app: Flask) -> None:
    """Mount every loaded plugin's pages under /p/<name>: those that it declares, and those that it makes itself."""
    for plugin in list(registry.current().plugins.values()):
        if plugin.routes is not None or plugin.pages is not None or plugin.templates is not None or plugin.navigation:
            mount(app, plugin, partial(_pages, app, plugin))


def mount(app: Flask, plugin: Plugin, register: Callable[[], object]) -> None:
    """Let `register` add the plugin's routes; a plugin whose routes cannot be mounted is refused alone, and they stay closed."""
    before, wide = set(app.view_functions), _app_wide(app)
    try:
        register()
        _own(app, plugin.name, set(app.view_functions) - before)
        _stay_at_home(app, plugin.name, wide)
    except Exception as error:
        _restore(app, wide)
        log.exception("plugin_not_mounted", plugin=plugin.name)
        registry.current().refuse(plugin.name, f"页面不能挂载：{located(error, plugin.package)}")
        for endpoint in set(app.view_functions) - before:  # a route cannot be taken away again
            app.view_functions[endpoint] = _closed(plugin.name)


def _pages(app: Flask, plugin: Plugin) -> None:
    if plugin.routes is not None:
        app.register_blueprint(plugin.routes(), url_prefix=f"/p/{plugin.name}")
    if plugin.pages is not None or plugin.templates is not None:
        app.register_blueprint(blueprint(plugin), url_prefix=f"/p/{plugin.name}")
    own = [endpoint for endpoint in app.view_functions if endpoint.startswith(f"{plugin.name}.")]
    for entry in plugin.navigation:  # the menu stands on every page of the tenant
        if entry.endpoint not in app.view_functions:
            raise ConfigurationError(f"菜单的页面 {entry.endpoint} 不存在{did_you_mean(entry.endpoint, own)}")
        if entry.icon not in icons():
            hint = did_you_mean(entry.icon, icons()) or f"，可用的有：{'、'.join(sorted(icons()))}"
            raise ConfigurationError(f"没有名为 {entry.icon} 的图标{hint}")


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


def _stay_at_home(app: Flask, plugin: str, wide: dict[str, Any]) -> None:
    if _app_wide(app) != wide:
        raise ConfigurationError(f"插件 {plugin} 登记了对全站请求起作用的函数（before_app_request、app_errorhandler 等）。")


def _app_wide(app: Flask) -> dict[str, Any]:
    """What runs for requests of every tenant, also where the plugin is off."""
    found: dict[str, Any] = {name: list(getattr(app, name).get(None, ())) for name in _WIDE}
    return found | {"errors": {code: dict(handlers) for code, handlers in app.error_handler_spec[None].items() if handlers}}


def _restore(app: Flask, wide: dict[str, Any]) -> None:
    for name in _WIDE:
        getattr(app, name)[None] = list(wide[name])
    app.error_handler_spec[None].clear()
    for code, handlers in wide["errors"].items():
        app.error_handler_spec[None][code].update(handlers)


def _closed(plugin: str) -> Callable[..., str]:
    def view(**_path: object) -> str:
        raise NotFound
    return declare(view, Access(permission="account.self", plugin=plugin))
