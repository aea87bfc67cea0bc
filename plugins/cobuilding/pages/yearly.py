"""The yearly list per unit and per community: on the page, as a workbook, and on paper."""
from __future__ import annotations

import datetime as dt
import io
import uuid
from typing import Any

from flask import Response as FlaskResponse, render_template, request, send_file, url_for

from core.api import (
    Column,
    Sheet,
    Watermark,
    _,
    acting,
    audit,
    authorize,
    now,
    organization,
    place_target,
    requires,
    session,
    term,
    today,
    write_workbook,
)
from plugins.cobuilding import papers, queries, rights
from plugins.cobuilding.models import CobuildingAgreement
from plugins.cobuilding.pages.doing import GET, Route, agreement_lines

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST = 1000


def _year() -> int:
    year = request.args.get("year", type=int)
    return year if year is not None and 2000 <= year <= today().year + 1 else today().year


def _rows(year: int) -> list[dict[str, Any]]:
    """The agreements of a year within reach, of one unit or community where the address names one. Raises NotFound, Forbidden."""
    places = [queries.reach()]
    if (place := request.args.get("organization_id", type=uuid.UUID)) is not None:
        authorize(acting(), rights.READ, place_target(place))
        places.append((CobuildingAgreement.unit_id == place) | (CobuildingAgreement.community_id == place))
    query = queries.yearly(dt.date(year, 1, 1), dt.date(year, 12, 31), places)
    return agreement_lines(session().execute(query.limit(MOST)).all())


def _title(year: int) -> str:
    place = request.args.get("organization_id", type=uuid.UUID)
    return f"{organization(place).name if place else ''}{year} 年共驻共建清单"


@requires("cobuilding.read")
def yearly() -> str:
    """The list with its sums."""
    year = _year()
    rows, place = _rows(year), request.args.get("organization_id", type=uuid.UUID)
    sums = [(_("协议（份）"), len(rows)), (_("约定金额（元）"), sum(row["amount"] or 0 for row in rows)),
            (_("到位金额（元）"), sum(row["done_amount"] for row in rows)), (_("履行次数"), sum(row["times"] for row in rows))]
    years = [{"title": _("%(year)s 年", year=one), "url": url_for("cobuilding.yearly", year=one, organization_id=place), "active": one == year}
             for one in (today().year, today().year - 1, today().year - 2)]
    return render_template("cobuilding/yearly.html", rows=rows, year=year, tabs=years, place=place, name=organization(place).name if place else "",
                           sums=[{"title": title, "value": f"{value:,}"} for title, value in sums])


@requires("cobuilding.read")
def export() -> FlaskResponse:
    """The list as a workbook."""
    year = _year()
    columns = [Column("unit", term("unit"), 24), Column("community", term("community"), 20), Column("kind_word", _("资源种类"), 10),
               Column("title", _("共建内容"), 36), Column("since", _("开始日期"), 12, "date"), Column("until", _("结束日期"), 12, "date"),
               Column("amount", _("约定金额（元）"), 14, "integer"), Column("hours", _("约定时数"), 10, "integer"), Column("times", _("履行次数"), 10, "integer"),
               Column("done_amount", _("到位金额（元）"), 14, "integer"), Column("done_hours", _("履行时数"), 10, "integer"), Column("word", _("状态"), 10)]
    content = io.BytesIO()
    cells = [[row[column.key] for column in columns] for row in _rows(year)]
    write_workbook(content, [Sheet(_("%(year)s 年", year=year), columns, cells)], Watermark(acting().display_name, now(), _("共驻共建清单导出")))
    content.seek(0)
    audit("cobuilding.exported", "cobuilding_agreement", None, {"year": year, "count": len(cells)})
    return send_file(content, _XLSX, as_attachment=True, download_name=f"{_title(year)}.xlsx")


@requires("cobuilding.read")
def yearly_paper() -> FlaskResponse:
    """The list on paper."""
    year = _year()
    rows = _rows(year)
    audit("cobuilding.printed", "cobuilding_agreement", None, {"year": year, "count": len(rows)})
    return FlaskResponse(papers.yearly_pdf(rows, _title(year), acting().display_name), mimetype="application/pdf",
                         headers={"Content-Disposition": 'inline; filename="cobuilding.pdf"'})


ROUTES: tuple[Route, ...] = (("/yearly", "yearly", yearly, GET), ("/yearly/export", "export", export, GET), ("/yearly.pdf", "yearly_paper", yearly_paper, GET))
