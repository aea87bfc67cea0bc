"""What the pages of the unit's desk share: whose desk it is, its addresses and tabs, its workbooks."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import Response, render_template, request, url_for

from core.api import Column, NotFound, _, acting, search_organizations
from core.pages import workbook
from plugins.unit_desk import desks
from plugins.unit_desk.desks import KINDS, MANAGE, READ, Desk

PAGE, MOST = 50, 500


def here(permission: str) -> Desk | None:
    """The desk that the address names, or the only one; None where one is to be chosen first. Raises NotFound, Forbidden."""
    return desks.desk(request.values.get("unit", type=uuid.UUID), permission, whole=request.values.get("whole") == "1")


def at_desk(endpoint: str, show: Callable[[Desk], Any], permission: str = READ) -> Any:
    """The page for the desk of the address; where none is chosen yet, the choice of one that leads back to `endpoint`."""
    where = here(permission)
    if where is not None:
        return show(where)
    text = request.args.get("q", "").strip()[:50]
    found = search_organizations(acting().paths(permission), kinds=KINDS, text=text, limit=PAGE)
    rows = [{"name": row.name, "kind": row.kind, "url": url_for(endpoint, unit=row.id)} for row in found]
    return render_template("unit_desk/choose.html", rows=rows, text=text)


def work_desk() -> Desk:
    """The desk at which the liaison works: the one of the form, over which the right to manage is held. Raises NotFound, Forbidden."""
    where = here(MANAGE)
    if where is None:
        raise NotFound
    return where


def at(endpoint: str, where: Desk, **values: Any) -> str:
    """The address of a page at this desk."""
    return url_for(endpoint, **where.args, **values)


def tab_of(tabs: Sequence[str]) -> str:
    """The tab of the address, else the first."""
    tab = request.values.get("tab", "")
    return tab if tab in tabs else tabs[0]


def tabs_at(endpoint: str, where: Desk, titles: dict[str, Any], tab: str, counts: dict[str, int] | None = None, **values: Any) -> list[dict[str, Any]]:
    """The tabs of a list at a desk."""
    return [{"title": title, "url": at(endpoint, where, tab=name, **values), "active": name == tab, "count": (counts or {}).get(name)}
            for name, title in titles.items()]


def in_hours(minutes: int | None) -> float | None:
    """Minutes as hours for a workbook; nothing where nothing was served."""
    return round(minutes / 60, 1) if minutes is not None else None


def exported(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> Response:
    """A list of the desk to take away."""
    return workbook(title, columns, rows, _("单位工作台导出"))
