"""What members took on: the member's own list, the community's list, and the two work registers of one entry (R20, R30, R55)."""
from __future__ import annotations

from core.access.roles import ADMINISTRATOR, CITY, COMMUNITY, COUNTY, LIAISON, STREET
from core.i18n import _l
from core.service.claims.rights import OWN, READ
from web.navigation import NavigationItem, register as register_items
from web.pages.claims import acting, joining, own, register, work
from web.pages.claims.blueprint import pages

__all__ = ["acting", "joining", "own", "pages", "register", "work"]

_PLACES = frozenset({ADMINISTRATOR, CITY, COUNTY, STREET, COMMUNITY})
register_items("service", _l("服务"),
               NavigationItem(_l("我的认领"), "claims.index", "list-check", permission=OWN, order=15),
               NavigationItem(_l("认领办理"), "claims.work", "list-check", permission=READ, roles=_PLACES, order=25),
               NavigationItem(_l("工作台账"), "claims.register", "file-spreadsheet", permission=READ, roles=_PLACES | {LIAISON}, order=60),
               order=40)
