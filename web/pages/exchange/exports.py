"""The lists as workbooks, under the filter at hand, that say who took them and what for."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

from flask import request, send_file
from werkzeug.wrappers import Response

from core import audit
from core.documents.spreadsheet import Column, Sheet, Watermark, write_workbook
from core.errors import Invalid
from core.exchange import queries, served
from core.exchange.queries import ListFilter
from core.exchange.served import ServedFilter
from core.i18n import _
from core.members.reach import grants_for
from core.tenancy import now
from core.tenancy.clock import LOCAL
from web.pages.exchange.blueprint import ARRIVAL_STATES, BASES, KINDS, OUTGOING_STATES, RECEIVE, SEND, arrived_name, chosen, identity, pages
from web.tenant import actor

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 20_000


@pages.page("/exchange/outgoing/export.xlsx", access=SEND, methods=("POST",))
def export_outgoing() -> Response:
    """What goes out, as listed."""
    wanted = ListFilter(grants_for(actor(), SEND), identity("partner"), chosen("kind", KINDS), chosen("state", OUTGOING_STATES),
                        request.form.get("name", "").strip()[:30])
    rows = _all(lambda: queries.outgoing(wanted, limit=MOST_ROWS))
    columns = [Column("name", _("党员"), 12), Column("kind", _("函件"), 16), Column("partner", _("发往"), 20), Column("day", _("时间"), 12, "date"),
               Column("state", _("状态"), 12), Column("reason", _("说明"), 40)]
    data = [(r.name or "", str(KINDS[r.kind]), r.partner, _day(r.created_at), str(OUTGOING_STATES[r.state]), r.reason or "") for r in rows]
    return _workbook([Sheet(_("发出的函件"), columns, data)], _("到外地的党员.xlsx"), len(rows))


@pages.page("/exchange/arrivals/export.xlsx", access=RECEIVE, methods=("POST",))
def export_arrivals() -> Response:
    """Certificates that have come in, as listed."""
    wanted = ListFilter(grants_for(actor(), RECEIVE), identity("partner"), state=chosen("state", ARRIVAL_STATES),
                        name=request.form.get("name", "").strip()[:30])
    found = _all(lambda: queries.arrivals(wanted, limit=MOST_ROWS))
    columns = [Column("name", _("姓名"), 12), Column("unit", _("单位"), 30), Column("partner", _("来自"), 20), Column("community", _("社区"), 20),
               Column("day", _("收到时间"), 12, "date"), Column("basis", _("关系"), 10), Column("moves_on", _("迁出日期"), 12, "date"),
               Column("state", _("状态"), 12), Column("reason", _("说明"), 40)]
    data = [(arrived_name(one), one.body["unit"]["name"] if one.body else "", one.row.partner, one.row.community or "", _day(one.row.received_at),
             str(BASES[one.body["basis"]]) if one.body else "", one.body["moves_on"] if one.body else None, str(ARRIVAL_STATES[one.row.state]),
             one.row.reason or "") for one in found]
    return _workbook([Sheet(_("外地来的党员"), columns, data)], _("外地来的党员.xlsx"), len(found))


@pages.page("/exchange/elsewhere/export.xlsx", access=SEND, methods=("POST",))
def export_elsewhere() -> Response:
    """What members do elsewhere: a sheet of report-ins and one of services."""
    wanted = ServedFilter(grants_for(actor(), SEND), identity("unit"), identity("partner"))
    reported, done = _all(lambda: served.receipts(wanted, limit=MOST_ROWS)), _all(lambda: served.records(wanted, limit=MOST_ROWS))
    who = [Column("name", _("姓名"), 12), Column("unit", _("单位"), 30), Column("partner", _("所在地方"), 20), Column("community", _("社区"), 20)]
    first = Sheet(_("在外地报到"), [*who, Column("basis", _("关系"), 10), Column("day", _("报到日期"), 12, "date"), Column("number", _("回执编号"), 24),
                               Column("state", _("状态"), 12)],
                  [(r.name, r.unit or "", r.partner, r.community, str(BASES[r.basis]), r.reported_on, r.number, _("已报到") if r.holds else _("对方已撤回"))
                   for r in reported])
    second = Sheet(_("在外地的服务"), [*who, Column("day", _("日期"), 12, "date"), Column("kind", _("类别"), 14), Column("title", _("内容"), 40),
                                 Column("hours", _("时长（小时）"), 12, "decimal"), Column("state", _("状态"), 14)],
                   [(r.name, r.unit or "", r.partner, r.community, r.happened_on, r.kind, r.title, round(r.minutes / 60, 2),
                     _("已由当地认定") if r.holds else _("当地已撤回")) for r in done])
    return _workbook([first, second], _("外地服务情况.xlsx"), len(reported) + len(done))


def _all(read: Callable[[], Sequence[Any]]) -> Sequence[Any]:
    """The rows, once the purpose is said. Raises Invalid without one, or beyond 20,000 rows."""
    if not request.form.get("why", "").strip():
        raise Invalid(_("请写明导出的用途，会印在表上。"))
    rows = read()
    if len(rows) > MOST_ROWS:
        raise Invalid(_("一次最多导出 20000 行。请先缩小范围。"))
    return rows


def _day(moment: Any) -> Any:
    return moment.astimezone(LOCAL).date()


def _workbook(sheets: Sequence[Sheet], name: str, rows: int) -> Response:
    target = BytesIO()
    write_workbook(target, list(sheets), Watermark(actor().display_name, now().astimezone(LOCAL), request.form["why"].strip()[:100]))
    audit.record("exchange.exported", "tenant", None, {"rows": rows})
    target.seek(0)
    return send_file(target, XLSX, as_attachment=True, download_name=name)
