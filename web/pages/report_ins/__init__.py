"""Reporting in: the community's desk and list, the unit's register, and the member's own page on the phone."""
from __future__ import annotations

from core.access.roles import ADMINISTRATOR, CITY, COMMUNITY, COUNTY, LIAISON, STREET
from core.i18n import _l
from web.navigation import NavigationItem, register
from web.pages.report_ins import desk, officer, own, unit
from web.pages.report_ins.blueprint import CONFIRM, READ, SELF, pages

__all__ = ["desk", "officer", "own", "pages", "unit"]

register("registration", _l("报到"),
         NavigationItem(_l("受理报到"), "registration.scan", "scan", permission=CONFIRM, order=1, tab=2),
         NavigationItem(_l("报到列表"), "registration.index", "user-check", permission=READ, order=2, tab=3,
                        roles=frozenset({ADMINISTRATOR, CITY, COUNTY, STREET, COMMUNITY})),
         NavigationItem(_l("单位台账"), "registration.unit_register", "clipboard-list", permission=READ, order=3, tab=3,
                        roles=frozenset({ADMINISTRATOR, CITY, COUNTY, LIAISON})),
         NavigationItem(_l("我的报到"), "registration.report", "map-pin", permission=SELF, order=4, tab=2),
         order=30)
