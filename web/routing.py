"""Routes with a declared door: a page that does not say who may enter stops the start of the application."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask

from core.access.doors import PERMISSION, PUBLIC_DOOR
from core.access.roles import permission as known_permission
from core.errors import ConfigurationError

API_PREFIX = "/api/"  # of programs; everything else is pages


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call a view: a permission, everybody, or the operator.

    `tenant_from_url`: a public page takes its tenant from the `slug` in its address. `plugin`: closed while that is off.
    `csrf`: False for signed calls of machines, which are asked for no form token and whose cookies are not read.
    """

    permission: str | None = None
    public: bool = False
    operator: bool = False
    tenant_from_url: bool = False
    plugin: str | None = None
    csrf: bool = True


PUBLIC = Access(public=True)
PUBLIC_TENANT = Access(public=True, tenant_from_url=True)
OPERATOR = Access(operator=True)
View = Callable[..., Any]


class Pages(Blueprint):
    """A blueprint whose every route declares its access."""

    def page(self, rule: str, *, access: Access | str, methods: tuple[str, ...] = ("GET",), plugin: str | None = None,
             **options: Any) -> Callable[[View], View]:
        """Add a view at `rule`. `access` is a permission's code, or PUBLIC, PUBLIC_TENANT, OPERATOR."""
        door = Access(permission=access, plugin=plugin) if isinstance(access, str) else access

        def register(view: View) -> View:
            declare(view, door)
            self.add_url_rule(rule, view_func=view, methods=list(methods), **options)
            return view
        return register


def declare(view: View, access: Access) -> View:
    """Note the access on a view (for views that are not added by `Pages.page`, such as the API's)."""
    target: Any = getattr(view, "__func__", view)  # a method, as flask-smorest's own view is, bears no attributes itself
    target.access = access
    return view


def access_of(app: Flask, endpoint: str) -> Access | None:
    """The declared access of an endpoint: by `declare` here, or by `requires` and `public` in a plugin."""
    view = app.view_functions[endpoint]
    if declared := getattr(view, "access", None):
        return declared
    if permission := getattr(view, PERMISSION, None):
        return Access(permission=permission)
    door = getattr(view, PUBLIC_DOOR, None)
    return Access(public=True, tenant_from_url=True, csrf=door.csrf) if door is not None else None


def check_access(app: Flask) -> None:
    """Raise ConfigurationError for the first route without a declared or with an unknown permission."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or rule.endpoint.endswith(".static"):
            continue
        access = access_of(app, rule.endpoint)
        if access is None:
            raise ConfigurationError(f"路由 {rule.rule}（{rule.endpoint}）没有声明权限，不能启动。")
        if access.permission is not None:
            known_permission(access.permission)
