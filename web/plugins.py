"""Mounts the plugins' pages and API behind the same frame as core's: tenant, switched on, login, permission, CSRF."""
from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import structlog
from flask import Blueprint, Flask

from core.access.doors import PERMISSION, PUBLIC_DOOR
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
Own = Callable[[Flask, str, Iterable[str]], None]


def init_app(app: Flask) -> None:
    """Mount every loaded plugin's pages under /p/<name>, declared or made by itself, and its public ones under /t/<slug>/p/<name>."""
    for plugin in list(registry.current().plugins.values()):
        if plugin.routes is not None or plugin.pages is not None or plugin.templates is not None or plugin.navigation:
            mount(app, plugin, partial(_pages, app, plugin))
        if plugin.public_routes is not None and plugin.name in registry.current().plugins:
            mount(app, plugin, partial(_public_pages, app, plugin), _open_to_all)


def mount(app: Flask, plugin: Plugin, register: Callable[[], object], own: Own | None = None) -> None:
    """Let `register` add the plugin's routes; a plugin whose routes cannot be mounted is refused alone, and they stay closed."""
    before, wide = set(app.view_functions), _app_wide(app)
    try:
        register()
        (own or _own)(app, plugin.name, set(app.view_functions) - before)
        _stay_at_home(app, plugin.name, wide)
    except Exception as error:
        _restore(app, wide)
        log.exception("plugin_not_mounted", plugin=plugin.name)
        registry.current().refuse(plugin.name, f"页面不能挂载：{located(error, plugin.package)}")
        for endpoint in set(app.view_functions) - before:  # a route cannot be taken away again
            app.view_functions[endpoint] = _closed(plugin.name, public=own is not None)


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


def _public_pages(app: Flask, plugin: Plugin) -> None:
    assert plugin.public_routes is not None  # noqa: S101  asked by the caller
    app.register_blueprint(plugin.public_routes(), url_prefix=f"/t/<slug>/p/{plugin.name}")


def _own(app: Flask, plugin: str, endpoints: Iterable[str]) -> None:
    """Close these endpoints whenever the plugin is off for the request's tenant."""
    for endpoint in endpoints:
        if getattr(app.view_functions[endpoint], "__func__", None) is Blueprint.send_static_file:
            continue
        if getattr(app.view_functions[endpoint], PUBLIC_DOOR, None) is not None:
            raise ConfigurationError(f"插件 {plugin} 的页面 {endpoint} 标了 @public，请放进清单的 public_routes。")
        access = access_of(app, endpoint)
        if access is None or access.permission is None or endpoint.endswith(".static"):  # for that name the frame opens no scope
            raise ConfigurationError(f"插件 {plugin} 的页面 {endpoint} 没有声明权限。")
        permission(access.permission)
        declare(app.view_functions[endpoint], dataclasses.replace(access, plugin=plugin))


def _open_to_all(app: Flask, plugin: str, endpoints: Iterable[str]) -> None:
    """Open these endpoints to everybody in the tenants where the plugin works, and nowhere else."""
    for endpoint in endpoints:
        if fault := _public_fault(app, plugin, endpoint):
            raise ConfigurationError(f"插件 {plugin} 的公开页面 {endpoint} {fault}。")
        access = access_of(app, endpoint)
        assert access is not None  # noqa: S101  marked
        declare(app.view_functions[endpoint], dataclasses.replace(access, plugin=plugin))


def _public_fault(app: Flask, plugin: str, endpoint: str) -> str | None:
    view, place = app.view_functions[endpoint], f"/t/<slug>/p/{plugin}/"
    if endpoint.endswith(".static"):
        return "不能叫 static，其蓝图也不能自带 static 目录：请放在 routes 的蓝图中"
    if not endpoint.startswith((f"{plugin}.", f"{plugin}_")):
        return f"的蓝图名应以插件名开头，如 {plugin}_public"
    if getattr(view, PERMISSION, None) is not None:
        return "要求权限：请去掉 @requires，或移到清单的 routes 中"
    if getattr(view, PUBLIC_DOOR, None) is None:
        return "没有标 @public"
    strays = any(not rule.rule.startswith(place) for rule in app.url_map.iter_rules(endpoint))
    return f"的地址应在 {place} 之下" if strays else None


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


def _closed(plugin: str, *, public: bool) -> Callable[..., str]:
    def view(**_path: object) -> str:
        raise NotFound
    return declare(view, Access(public=True) if public else Access(permission="account.self", plugin=plugin))
