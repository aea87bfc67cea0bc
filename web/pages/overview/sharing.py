"""What goes out to the province, as the tenant's administrator sees it: the setting, the table as it would go out, and all that has gone out."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template

from core.access.authorization import Target, authorize
from core.extension.settings import effective
from core.organizations import tree
from core.overview import catalogue, province
from core.overview.periods import Period, starting
from core.overview.suppression import LEAST
from core.tenancy import ProvinceRelease, today
from web.pages.overview.blueprint import pages
from web.tenant import actor

MANAGE = "settings.manage"


@pages.page("/province", access=MANAGE)
def sharing() -> str:
    """Exactly what leaves the tenant, and when; for those who administer all of it."""
    authorize(actor(), MANAGE, Target((tree.root().path,)))
    running = province.outgoing(starting("quarter", today()))
    preview = table(running.titles, [(line.name, line.values) for line in running.lines])
    return render_template("overview/sharing.html", on=effective(province.NAMESPACE)["province"], preview=preview, quarter=running.quarter,
                           gone=_gone(province.gone_out()), least=LEAST, late=province.LATE_DAYS)


def table(titles: Mapping[str, str], lines: Sequence[tuple[str, Mapping[str, int | None]]]) -> dict[str, Any]:
    """Columns and rows for the macro, in the overview's order; what is left out says so."""
    known = ordered(titles)
    return {"columns": [{"key": "name", "title": None}, *({"key": key, "title": title, "align": "end"} for key, title in known.items())],
            "rows": [{"name": name} | {key: values.get(key) for key in known} for name, values in lines]}


def ordered(titles: Mapping[str, str]) -> dict[str, str]:
    """Titles in the order of the overview, core's own in the reader's language, then the plugins' by key: JSON has kept neither."""
    own = {one.figure.key: f"{one.figure.title}（{one.figure.unit}）" for one in catalogue.core_figures()}
    places = {key: place for place, key in enumerate((*province.MEMBERS.keys, *province.RECORDS.keys))}
    return dict(sorted(((key, own.get(key, title)) for key, title in titles.items()), key=lambda item: (places.get(item[0], len(places)), item[0])))


def _gone(rows: Sequence[ProvinceRelease]) -> list[dict[str, Any]]:
    quarters: dict[Any, list[ProvinceRelease]] = {}
    for row in rows:
        quarters.setdefault(row.quarter, []).append(row)
    return [{"title": Period("quarter", quarter).title, "at": those[0].released_at,
             **table(those[0].figures["titles"], [(row.county_name, row.figures["values"]) for row in those])} for quarter, those in quarters.items()]
