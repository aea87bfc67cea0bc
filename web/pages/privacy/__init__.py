"""The desk for people's wishes about their own data, and what goes when its time is over."""
from __future__ import annotations

from core.i18n import _l
from web.navigation import NavigationItem, register
from web.pages.privacy import desk, entering, keeping, residents
from web.pages.privacy.blueprint import DECIDE, pages

__all__ = ["desk", "entering", "keeping", "pages", "residents"]

register("manage", _l("管理"), NavigationItem(_l("个人信息申请"), "privacy.index", "user-check", permission=DECIDE, order=66),
         NavigationItem(_l("到期清理"), "privacy.retention", "calendar-due", permission=DECIDE, order=67),
         NavigationItem(_l("居民的个人信息"), "privacy.find_resident", "user-check", permission=residents.PERMISSION, order=68), order=90)
