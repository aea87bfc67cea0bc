"""The liaison register 联系点名册 (D17): the list within reach, what is due, its workbook and its printed form."""
from __future__ import annotations

from flask import Response as FlaskResponse, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import Column, PaperColumn, TablePaper, _, acting, audit, current_tenant, requires, table_pdf, term, today
from core.pages import after, following
from plugins.liaison import queries
from plugins.liaison.pages.doing import GET, POST, Route, exported, point_lines

LONGEST = 50


def _tab() -> str:
    tab = request.values.get("tab", "")
    return tab if tab in queries.POINT_TABS else "current"


@requires("liaison.read")
def index() -> str | Response:
    """The register of one tab; a liaison of a unit, which has no community, is led to the issues."""
    if acting().roles() == {"unit_liaison"} and "tab" not in request.args:
        return redirect(url_for("liaison.issues"), 303)
    return _list("")


@requires("liaison.read")
def search() -> str | Response:
    """The same for the beginning of a name; by form, since a name has no place in an address."""
    text = request.form.get("q", "").strip()[:LONGEST]
    return _list(text) if text else redirect(url_for("liaison.index", tab=_tab()), 303)


def _list(text: str) -> str:
    tab, counts = _tab(), queries.counts()
    found = queries.points(tab, after(), text)
    titles = {"current": _("现有联系点"), "due": _("近期该去和超过时间"), "ended": _("已结束")}
    tabs = [{"title": titles[name], "url": url_for("liaison.index", tab=name), "active": name == tab,
             "count": counts["due"] if name == "due" else None} for name in queries.POINT_TABS]
    return render_template("liaison/index.html", rows=point_lines(found[:queries.PAGE]), tabs=tabs, tab=tab, text=text, issues=counts["issues"],
                           following=following(found, queries.PAGE), assigns=acting().can("liaison.assign"))


def _columns() -> list[Column]:
    return [Column("name", _("领导干部"), 12), Column("post", _("职务"), 18), Column("office", _("所在单位"), 24), Column("community", term("community"), 20),
            Column("since", _("开始日期"), 12, "date"), Column("until", _("结束日期"), 12, "date"), Column("why", _("选择理由"), 40),
            Column("visited_on", _("最近一次"), 12, "date"), Column("due_on", _("下次不晚于"), 12, "date")]


@requires("liaison.read")
def export() -> FlaskResponse:
    """The register as a workbook."""
    audit("liaison.exported", "liaison_point", None, {"what": _tab()})
    return exported(_("联系点名册"), _columns(), queries.all_points(_tab()), point_lines)


@requires("liaison.read")
def paper() -> FlaskResponse:
    """The register as a PDF to be hung up or filed. Papers are Chinese, whatever language an officer reads."""
    rows = point_lines(queries.all_points(_tab()).fetchmany(queries.MOST))
    heads = (("领导干部", 1.0), ("职务", 1.5), ("所在单位", 1.9), ("联系社区", 1.6), ("联系时间", 1.6), ("选择理由", 3.2), ("最近一次", 1.2))
    cells = [[row["name"], row["post"], row["office"], row["community"], _span(row), row["why"], _day(row["visited_on"])] for row in rows]
    day = today()
    note = f"{acting().display_name} {day.year}年{day.month}月{day.day}日打印"
    content = table_pdf(TablePaper("党员领导干部联系点名册", [PaperColumn(title, share) for title, share in heads], cells,
                                   subtitle=f"{current_tenant().name}　共 {len(rows)} 个联系点", note=note, landscape=True))
    audit("liaison.printed", "liaison_point", None, {"count": len(rows)})
    return FlaskResponse(content, mimetype="application/pdf", headers={"Content-Disposition": 'inline; filename="liaison.pdf"'})


def _day(day: object) -> str:
    return day.isoformat() if hasattr(day, "isoformat") else "—"


def _span(row: dict[str, object]) -> str:
    return f"{_day(row['since'])} 至 {_day(row['until']) if row['until'] else '今'}"


ROUTES: tuple[Route, ...] = (("/", "index", index, GET), ("/search", "search", search, POST), ("/export", "export", export, GET),
                             ("/register.pdf", "paper", paper, GET))
