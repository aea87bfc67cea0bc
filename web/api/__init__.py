"""The API, version 1: the same services as the pages, for programs with a personal access token."""
from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import partial

from flask import Flask
from flask_smorest import Blueprint

from core.extension import registry
from web.api import parsing, repeating
from web.api.base import PROBLEM, BaodaoApi, Problem
from web.plugins import mount
from web.routing import PUBLIC, declare

PREFIX = "/api/v1"


def init_app(app: Flask) -> None:
    """Mount every area of this folder, then the plugins' parts, and the OpenAPI document at /api/v1/openapi.json."""
    app.config.update(API_TITLE="Baodao", API_VERSION="v1", OPENAPI_VERSION="3.1.0", OPENAPI_URL_PREFIX=PREFIX,
                      OPENAPI_JSON_PATH="openapi.json", API_SPEC_OPTIONS=_OPTIONS)
    api = BaodaoApi(app, spec_kwargs={"extra_plugins": [repeating.Documented()]})
    api.spec.components.parameter(repeating.PARAMETER, "header", repeating.parameter())
    api.spec.components.response(PROBLEM, {"description": "What went wrong and what to do (RFC 9457)",
                                           "content": {"application/problem+json": {"schema": Problem}}})
    parsing.init_app()
    repeating.init_app(app)
    document = "api-docs.openapi_json"
    app.view_functions[document] = declare(partial(app.view_functions[document]), PUBLIC)
    for found in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{found.name}")
        if hasattr(module, "blueprint"):
            api.register_blueprint(module.blueprint)
    for plugin in list(registry.current().plugins.values()):
        if plugin.api_routes is not None:
            mount(app, plugin, partial(_part, api, plugin.name, plugin.api_routes))


def _part(api: BaodaoApi, name: str, routes: Callable[[], Blueprint]) -> None:
    api.register_blueprint(routes(), url_prefix=f"{PREFIX}/p/{name}")


_OPTIONS = {
    "info": {"description": "在职党员到社区报到服务。每个请求须带个人访问令牌：Authorization: Bearer bdt_…",
             "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}},
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    "security": [{"token": []}],
}
