"""The navigation's shape and its assembly from what each area registers, so that no list of all pages stands anywhere.

An area registers its items once, at import:

    from web.navigation import NavigationItem, register
    register("members", _l("党员"), NavigationItem(_l("党员名册"), "members.index", "users", permission="member.read"))

The layout receives `navigation` (groups) and `phone_tabs` (at most four items for the phone) from `build`; the application's
context processor calls it with the signed-in person's test and the items of the tenant's plugins.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from core.i18n import LazyString

MAX_TABS = 4


@dataclass(frozen=True)
class NavigationItem:
    """One link. `permission` None shows it to everyone who is signed in; `tab` > 0 puts it in the phone's bar in that order."""

    title: str | LazyString
    endpoint: str
    icon: str = "chevron-right"
    permission: str | None = None
    order: int = 50
    tab: int = 0
    roles: frozenset[str] | None = None
    url: str = ""
    active: bool = False


@dataclass(frozen=True)
class NavigationGroup:
    """A titled block of links."""

    key: str
    title: str | LazyString
    order: int = 50
    items: tuple[NavigationItem, ...] = field(default=())

    @property
    def active(self) -> bool:
        """Whether the present page belongs to the group."""
        return any(item.active for item in self.items)


_groups: dict[str, NavigationGroup] = {}


def register(key: str, title: str | LazyString, *items: NavigationItem, order: int = 50) -> None:
    """Add items to group `key`, making it if need be; registering the same endpoint again changes nothing."""
    group = _groups.get(key) or NavigationGroup(key, title, order)
    known = {item.endpoint for item in group.items}
    new = tuple(item for item in items if item.endpoint not in known)
    _groups[key] = replace(group, items=group.items + new)


def build(
    *,
    allowed: Callable[[str], bool],
    url_for: Callable[[str], str],
    path: str,
    role: str | None = None,
    extra: Iterable[NavigationGroup] = (),
) -> tuple[list[NavigationGroup], list[NavigationItem]]:
    """The groups and phone tabs of one person on one page.

    `allowed(permission)` says whether the person holds a permission anywhere; `url_for(endpoint)` makes the address;
    `path` is the present one: the item with the longest matching address is active; `extra` comes from plugins.
    """
    groups = _merged(extra)
    shown = [(group, _visible(group, allowed, url_for, role)) for group in groups]
    current = _longest_match((item.url for _group, items in shown for item in items), path)
    result = [
        replace(group, items=tuple(replace(item, active=True) if item.url == current else item for item in items))
        for group, items in shown
        if items
    ]
    tabs = sorted((item for group in result for item in group.items if item.tab), key=lambda item: item.tab)
    return result, tabs[:MAX_TABS]


def _merged(extra: Iterable[NavigationGroup]) -> list[NavigationGroup]:
    merged = dict(_groups)
    for group in extra:
        known = merged.get(group.key)
        merged[group.key] = replace(known, items=known.items + group.items) if known else group
    return sorted(merged.values(), key=lambda group: group.order)


def _visible(
    group: NavigationGroup, allowed: Callable[[str], bool], url_for: Callable[[str], str], role: str | None
) -> list[NavigationItem]:
    items = sorted(group.items, key=lambda item: item.order)
    return [
        replace(item, url=item.url or url_for(item.endpoint))
        for item in items
        if (item.permission is None or allowed(item.permission)) and (item.roles is None or role in item.roles)
    ]


def _longest_match(urls: Iterable[str], path: str) -> str | None:
    # The first page's address begins every other one, so it is marked on itself only.
    matching = [url for url in urls if path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))]
    return max(matching, key=len, default=None)
