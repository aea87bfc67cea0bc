"""The members' pages: rosters, one member, changes, export."""
from __future__ import annotations

from core.i18n import _l
from web.navigation import NavigationItem, register
from web.pages.members import changes, correcting, entering, exports, roster, show
from web.pages.members.blueprint import pages

__all__ = ["changes", "correcting", "entering", "exports", "pages", "roster", "show"]

ROSTER = NavigationItem(_l("党员名册"), "members.index", "users", permission="members.read", order=10, tab=2)
register("members", _l("党员"), ROSTER, order=20)
