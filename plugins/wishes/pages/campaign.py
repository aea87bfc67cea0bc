"""The page of the campaign "聚力圆梦、爱暖民心" (R59): totals of a period by kind and group, to print; nobody is ranked."""
from __future__ import annotations

import datetime as dt
from typing import Any

from flask import render_template, request

from core.api import _, requires, today
from core.pages import Route
from plugins.wishes import campaign as counting, words
from plugins.wishes.pages.doing import shown


@requires("wishes.read")
def campaign() -> str:
    """The totals; without days, those of the year so far."""
    since, until = _day("since", dt.date(today().year, 1, 1)), _day("until", today())
    found = counting.totals(since, until)
    titles = words.groups(None)
    return render_template(
        "wishes/campaign.html", since=since, until=until, total=found.all,
        by_kind=[_row(words.KINDS[key], found.by_kind[key]) for key in words.KINDS if key in found.by_kind],
        by_group=[_row(titles.get(key, key) or _("其他居民"), found.by_group[key])
                  for key in sorted(found.by_group, key=lambda key: (key not in titles, list(titles).index(key) if key in titles else 0, key))],
        **shown())


def _row(title: Any, counts: Any) -> dict[str, Any]:
    return {"title": str(title), **counts}


def _day(name: str, default: dt.date) -> dt.date:
    try:
        return dt.date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return default


ROUTES: tuple[Route, ...] = (("/campaign", "campaign", campaign, "GET"),)
