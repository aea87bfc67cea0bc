"""The province's view, for operators: what cities have let out, quarter by quarter, down to counties; nothing else is read."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from flask import g, redirect, render_template, request, send_file, url_for
from sqlalchemy import Row, select
from werkzeug.wrappers import Response

from core import audit
from core.documents.spreadsheet import Column, Sheet, Watermark, write_workbook
from core.errors import NotFound
from core.i18n import _
from core.overview.periods import Period, parse
from core.tenancy import ProvinceRelease, Tenant, now, session, today
from core.tenancy.clock import LOCAL
from web.pages.overview.sharing import ordered, table
from web.routing import OPERATOR, Pages

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Lines = list[tuple[str, Mapping[str, int | None]]]

pages = Pages("operator_province", __name__, url_prefix="/operator/province")


@pages.page("/", access=OPERATOR)
def index() -> str:
    """The cities of one quarter, by name, or the counties of one city."""
    quarters = _quarters()
    quarter, code = _chosen(quarters), request.args.get("tenant", "")
    rows = _rows(quarter) if quarter else []
    shown = table(_titles(rows), _counties(rows, code) if code else _cities(rows))
    if not code:
        for line, row in zip(shown["rows"], [None, *_wholes(rows)], strict=False):
            line["url"] = url_for("operator_province.index", quarter=quarter.code, tenant=row.code) if row is not None and quarter else None
    return render_template("operator/province.html", table=shown, quarter=quarter, code=code, city=next((r.name for r in rows if r.code == code), None),
                           quarters=[{"title": one.title, "active": one == quarter, "url": url_for("operator_province.index", quarter=one.code)}
                                     for one in quarters])


@pages.page("/export.xlsx", access=OPERATOR, methods=("POST",))
def export() -> Response:
    """A quarter's cities and counties as a workbook."""
    quarter = _chosen(_quarters())
    if quarter is None:
        return redirect(url_for("operator_province.index"), 303)  # there is nothing yet, as that page says
    rows = _rows(quarter)
    titles = _titles(rows)
    columns = [Column("city", _("市（州）"), 24), Column("county", _("县（市、区）"), 24), *(Column(key, title, 16, "integer") for key, title in titles.items())]
    data = [(row.name, row.county_name if row.county_code else _("合计"), *(row.figures["values"].get(key) for key in titles)) for row in rows]
    target = BytesIO()
    write_workbook(target, [Sheet(quarter.title, columns, data)], Watermark(g.operator.username, now().astimezone(LOCAL), _("省级汇总")))
    audit.record_operator("province.exported", "province", None, {"quarter": quarter.code})
    target.seek(0)
    return send_file(target, XLSX, as_attachment=True, download_name=_("省级汇总.xlsx"))


def _quarters() -> list[Period]:
    days: Sequence[dt.date] = session().scalars(select(ProvinceRelease.quarter).distinct().order_by(ProvinceRelease.quarter.desc())).all()
    return [Period("quarter", day) for day in days]


def _chosen(quarters: Sequence[Period]) -> Period | None:
    wanted = parse(request.values.get("quarter", ""), today())
    return wanted if wanted in quarters else (quarters[0] if quarters else None)


def _rows(quarter: Period) -> Sequence[Row[Any]]:
    return session().execute(select(Tenant.name, Tenant.code, ProvinceRelease.county_code, ProvinceRelease.county_name, ProvinceRelease.figures)
                             .join(Tenant, Tenant.id == ProvinceRelease.tenant_number).where(ProvinceRelease.quarter == quarter.since)
                             .order_by(Tenant.code, ProvinceRelease.county_code)).all()


def _titles(rows: Sequence[Row[Any]]) -> dict[str, str]:
    return ordered({key: title for row in reversed(rows) for key, title in row.figures["titles"].items()})


def _wholes(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    return [row for row in rows if not row.county_code]


def _cities(rows: Sequence[Row[Any]]) -> Lines:
    """Each city's total, and first the sum of those that are shown: of what is left out it tells nothing."""
    whole = _wholes(rows)
    if not whole:
        return []
    sums = {key: sum(numbers) if (numbers := [n for row in whole if (n := row.figures["values"].get(key)) is not None]) else None
            for key in _titles(rows)}
    return [(_("合计（只含列出的数字）"), sums), *((row.name, row.figures["values"]) for row in whole)]


def _counties(rows: Sequence[Row[Any]], code: str) -> Lines:
    found = [(row.county_name, row.figures["values"]) for row in rows if row.code == code]
    if not found:
        raise NotFound
    return found
