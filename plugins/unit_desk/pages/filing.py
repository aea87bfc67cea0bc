"""Filing record cards at the unit's desk: a period, who is ready, all at one press, the list on paper and as a table."""
from __future__ import annotations

from typing import Any

from flask import Response as FlaskResponse, render_template, request

from core.api import Column, _, audit, requires, session, today
from core.pages import Route, after, attempt, chosen, following, me
from plugins.unit_desk import filing
from plugins.unit_desk.desks import Desk, page
from plugins.unit_desk.pages.doing import PAGE, at, at_desk, exported, in_hours, tab_of, tabs_at, work_desk
from plugins.unit_desk.periods import Period, filing_period, filing_periods
from plugins.unit_desk.words import FILING_TONES, FILINGS


def _period() -> Period:
    """The period of the address, one of those that a unit may file; else the present one."""
    start = request.values.get("from", "")
    return next((one for one in filing_periods() if one.starts_on.isoformat() == start), filing_period())


@requires("unit_desk.read")
def filing_list() -> Any:
    """Members by where their cards of a period stand."""
    return at_desk("unit_desk.filing_list", _list)


def _list(where: Desk) -> str:
    tab, period = tab_of(filing.TABS), _period()
    rows, counts, start = page(where, filing.listed(where, period, tab), after(), PAGE), filing.counts(where, period), period.starts_on.isoformat()
    periods = [{"title": one.title, "start": one.starts_on.isoformat(), "active": one == period} for one in filing_periods()]
    return render_template("unit_desk/filing.html", desk=where, rows=rows[:PAGE], tab=tab, following=following(rows, PAGE),
                           counts=counts, period=period, start=start,
                           periods=periods, tabs=tabs_at("unit_desk.filing_list", where, FILINGS, tab, counts, **{"from": start}),
                           words=FILINGS, tones=FILING_TONES, manages=where.managed(), today=today())


@requires("unit_desk.manage")
def file_cards() -> Any:
    """Take all that are ready to the files, or those ticked."""
    where, period = work_desk(), _period()
    ticked = None if request.form.get("all") else chosen("member")
    return attempt(lambda: filing.file(where, period, ticked, by=me()), _("已备案。"),
                   at("unit_desk.filing_list", where, tab="filed", **{"from": period.starts_on.isoformat()}))


@requires("unit_desk.read")
def export_filing() -> Any:
    """Everybody of the desk with where the card stands."""
    return at_desk("unit_desk.filing_list", _export)


def _export(where: Desk) -> FlaskResponse:
    period = _period()
    columns = [Column("name", _("姓名"), 12), Column("unit", _("单位"), 28), Column("state", _("备案情况"), 18), Column("records", _("已查验记录"), 12, "integer"),
               Column("hours", _("服务时长（小时）"), 14, "decimal"), Column("filed_on", _("备案日期"), 12, "date")]
    lines: list[tuple[Any, ...]] = []
    for tab in filing.TABS:
        found, query = filing.listed(where, period, tab)
        lines += [(row.name, row.unit_name, str(FILINGS[tab]), row.records, in_hours(row.minutes), row.filed_on)
                  for row in session().execute(query.order_by(found.c.sort_key, found.c.id))]
    audit("unit_desk.exported", "organization", where.id, {"what": "filing", "rows": len(lines)})
    return exported(_("纪实卡备案"), columns, lines)


ROUTES: tuple[Route, ...] = (("/filing/", "filing_list", filing_list, "GET"), ("/filing/file", "file_cards", file_cards, "POST"),
                             ("/filing/export", "export_filing", export_filing, "GET"))
