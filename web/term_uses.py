"""Finds where the domain's words stand, by reading the templates, so that whoever renames one sees how far it reaches."""
from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from flask import Flask

from core.extension.registry import current
from core.i18n import LazyString, _l

_TERM = re.compile(r"""\bterm\(["'](\w+)["']\)""")
#: The areas of the service by their folder of templates.
AREAS: Mapping[str, LazyString] = {
    "home": _l("首页"), "me": _l("本人资料"), "members": _l("党员名册"), "organizations": _l("组织"), "units": _l("单位"),
    "accounts": _l("账号"), "certificates": _l("报到证"), "registration": _l("报到"), "obligations": _l("报到时限"),
    "coverage": _l("报到率"), "records": _l("服务纪实"), "evaluation": _l("服务评价"), "imports": _l("导入花名册"), "login": _l("登录"),
}
#: Words that stand in tables which are written without a template.
TABLES: Mapping[str, LazyString] = {"unit": _l("服务备案表"), "community": _l("服务备案表")}


def uses(app: Flask, key: str) -> list[str]:
    """The areas in which the word stands, plugins' by their titles."""
    folders = sorted(_folders(app).get(key, ()), key=lambda f: list(AREAS).index(f) if f in AREAS else len(AREAS))
    found = [str(AREAS[f]) if f in AREAS else str(current().plugins[f].title) for f in folders if f in AREAS or f in current().plugins]
    return [*found, str(TABLES[key])] if key in TABLES else found


def owner(key: str) -> str | None:
    """The name of the plugin that brought the word; None for the service's own."""
    return next((p.name for p in current().plugins.values() if key in p.terms), None)


@cache
def _folders(app: Flask) -> dict[str, set[str]]:
    """By word, the folders whose templates have it; read once in a process."""
    found: dict[str, set[str]] = {}
    for name in app.jinja_env.list_templates():
        if "/" not in name or app.jinja_env.loader is None:
            continue
        source, _path, _fresh = app.jinja_env.loader.get_source(app.jinja_env, name)
        for key in _TERM.findall(source):
            found.setdefault(key, set()).add(name.split("/")[0])
    return found
