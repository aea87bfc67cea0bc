"""Fills the layout's variables for the person at hand: menu, phone tabs, account, tenant and the links around them."""
from __future__ import annotations

from functools import cache

from flask import Flask, g, request, url_for

from core.access.roles import ADMINISTRATOR, AUDITOR, CITY, COMMUNITY, COUNTY, LIAISON, MEMBER, ROLES, SECURITY, STREET, SYSTEM
from core.extension.activation import enabled_plugins
from core.extension.registry import current
from core.i18n import _l
from core.tenancy import current_tenant, in_scope
from web.navigation import NavigationGroup, NavigationItem, build
from web.tenant import is_unfinished

RANK = (ADMINISTRATOR, CITY, COUNTY, STREET, COMMUNITY, LIAISON, SECURITY, SYSTEM, AUDITOR, MEMBER)


def init_app(app: Flask) -> None:
    """Add the context processor; it comes after the renderer's defaults and overrides them."""
    app.context_processor(_variables)


def main_role(roles: frozenset[str]) -> str | None:
    """The role by which a person is addressed: the widest one held."""
    return next((role for role in RANK if role in roles), None)


def _variables() -> dict[str, object]:
    values: dict[str, object] = {}
    if in_scope():
        tenant = current_tenant()
        values |= {"tenant": tenant, "sign_in_url": url_for("login.tenant", slug=tenant.slug),
                   "complaints_url": url_for("contact.index", slug=tenant.slug)}
    if g.get("operator"):
        values |= {"account": {"display_name": g.operator.username, "role_title": _l("运营人员")},
                   "sign_out_url": url_for("login.operator_sign_out"), "home_url": url_for("operator.index")}
    actor = g.get("actor")
    if actor is None or not in_scope():
        return values
    role = main_role(actor.roles())
    if is_unfinished(actor):
        return values | {"sign_out_url": url_for("login.sign_out"),
                         "account": {"display_name": actor.display_name, "role_title": ROLES[role].title if role else ""}}
    groups, tabs = build(allowed=actor.can, url_for=lambda endpoint: _address(endpoint, request.script_root), path=request.path, role=role, extra=_plugin_groups())
    return values | {
        "navigation": groups, "phone_tabs": tabs, "sign_out_url": url_for("login.sign_out"), "account_url": url_for("account.index"),
        "account": {"display_name": actor.display_name, "role_title": ROLES[role].title if role else ""}}


@cache
def _address(endpoint: str, _root: str) -> str:
    """A menu's address: some thirty are asked for on each page, and they do not change."""
    return url_for(endpoint)


#: Where the blocks of `NAVIGATION_GROUPS` stand in the menu, and what they are called; core's own are joined.
_GROUPS = {"service": (_l("服务"), 40), "exchange": (_l("单位与共建"), 45), "figures": (_l("统计"), 50), "honours": (_l("评价激励"), 60),
           "plugins": (_l("特色功能"), 70)}


def _plugin_groups() -> list[NavigationGroup]:
    on = [plugin for plugin in current().plugins.values() if plugin.name in enabled_plugins()]
    items: dict[str, list[NavigationItem]] = {}
    for entry in (entry for plugin in on for entry in plugin.navigation):
        items.setdefault(entry.group, []).append(
            NavigationItem(entry.title, entry.endpoint, entry.icon, permission=entry.permission, order=entry.order))
    if any(plugin.rule_kinds for plugin in on):
        items.setdefault("honours", []).extend((
            NavigationItem(_l("我的事项"), "deeds.own", "list-check", permission="deeds.self", order=180),
            NavigationItem(_l("事项登记"), "deeds.index", "list-check", permission="deeds.read", order=180),
            NavigationItem(_l("规则"), "rules.index", "adjustments", permission="rules.read", order=190)))
    return [NavigationGroup(key, title, order=order, items=tuple(items[key])) for key, (title, order) in _GROUPS.items() if key in items]
