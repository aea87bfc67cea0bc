"""The service menu 服务菜单: offers of members and units, chosen by residents (R68, R69, R76)."""
from __future__ import annotations

from core.api import Plugin, _l

plugin = Plugin(name="menu", title=_l("服务菜单"),
                description=_l("党员和单位提供服务，居民点单，双方约定，日历订阅。"), version="1.0.0", package=__name__)
