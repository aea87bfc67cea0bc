"""All answers to one occasion on one page and as a workbook, and the counts that superiors see."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import Column, _, audit, requires, today
from core.pages import Route, after, following, workbook
from plugins.consultation import counting, gathering
from plugins.consultation.words import OPINION_TONES, OPINIONS


@requires("consultation.ask")
def occasion(occasion_id: uuid.UUID) -> str:
    """What every community said."""
    found = gathering.occasion(occasion_id)
    rows = gathering.gathered(occasion_id)
    audit("consultation.seen", "consultation_occasion", occasion_id, {"count": len(rows)})
    return render_template("consultation/occasion.html", row=found, rows=rows, totals=gathering.totals(rows), opinions=OPINIONS, tones=OPINION_TONES)


@requires("consultation.ask")
def export_occasion(occasion_id: uuid.UUID) -> Response:
    """The same as a workbook."""
    gathering.occasion(occasion_id)
    rows = gathering.gathered(occasion_id)
    audit("consultation.exported", "consultation_occasion", occasion_id, {"count": len(rows)})
    sheet = gathering.sheet(rows)
    return workbook(sheet.title, sheet.columns, sheet.rows, _("征求意见汇总"))


def _year() -> int:
    year = request.args.get("year", type=int) or today().year
    return year if 2000 <= year <= today().year else today().year


@requires("consultation.counts")
def counts() -> str:
    """Counts by community in a year; nothing else is shown to those above."""
    year, found = _year(), counting.listed(_year(), after())
    tabs = [{"title": _("%(year)s 年", year=one), "url": url_for("consultation.counts", year=one), "active": one == year}
            for one in range(today().year, today().year - 3, -1)]
    return render_template("consultation/counts.html", rows=found[:counting.PAGE], tabs=tabs, year=year,
                           following=following(found, counting.PAGE))


@requires("consultation.counts")
def export_counts() -> Response:
    """The counts as a workbook."""
    columns = [Column(one.key, str(one.title), 24 if one.key == "community" else 14, "text" if one.key == "community" else "integer")
               for one in counting.COLUMNS]
    rows = counting.all_of(_year())
    audit("consultation.counts_exported", "consultation_request", None)
    return workbook(_("征求意见件数"), columns, _cells(rows), _("征求意见件数"))


def _cells(rows: Any) -> Any:
    return ([row.name, *(int(row._mapping[name]) for name in counting.FIGURES)] for row in rows)


ROUTES: tuple[Route, ...] = (("/occasions/<uuid:occasion_id>", "occasion", occasion, "GET"),
                             ("/occasions/<uuid:occasion_id>/export", "export_occasion", export_occasion, "GET"),
                             ("/counts", "counts", counts, "GET"), ("/counts/export", "export_counts", export_counts, "GET"))
