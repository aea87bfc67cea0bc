"""Service records: the member writes them down, the community verifies them, the unit has them on file."""
from __future__ import annotations

from core.access.roles import ADMINISTRATOR, CITY, COMMUNITY, COUNTY, LIAISON, STREET
from core.i18n import _l
from core.service.rights import OWN, READ, VERIFY
from web.navigation import NavigationItem, register
from web.pages.records import calling, cards, correcting, enter, filed, keying, own, work
from web.pages.records.blueprint import pages

__all__ = ["calling", "cards", "correcting", "enter", "filed", "keying", "own", "pages", "work"]

_PLACES = frozenset({ADMINISTRATOR, CITY, COUNTY, STREET, COMMUNITY})
register("service", _l("服务"),
         NavigationItem(_l("记一次服务"), "records.new", "plus", permission=OWN, order=10, tab=2),
         NavigationItem(_l("我的服务"), "records.index", "clipboard-list", permission=OWN, order=20, tab=3),
         NavigationItem(_l("服务查验"), "records.work", "clipboard-check", permission=READ, roles=_PLACES, order=30, tab=2),
         NavigationItem(_l("代党员记录"), "records.find_member", "edit", permission=VERIFY, order=40),
         NavigationItem(_l("服务备案"), "records.filed", "folder", permission=READ, roles=frozenset({LIAISON, COUNTY, ADMINISTRATOR, CITY}), order=50, tab=3),
         order=40)
