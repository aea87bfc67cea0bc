"""The start page of a unit and its members: who has reported in, who is overdue and why, what waits today."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Response as FlaskResponse, render_template, url_for

from core.api import Column, Target, _, acting, allowed, audit, authorize, organization_names, requires, session, today
from core.pages import Route, after, following
from plugins.unit_desk import filing, lookups, overview, requesting, years
from plugins.unit_desk.desks import MANAGE, READ, Desk, page
from plugins.unit_desk.pages.doing import MOST, PAGE, at, at_desk, exported, tab_of, tabs_at
from plugins.unit_desk.periods import filing_period, lookup_period
from plugins.unit_desk.words import FILINGS, REPORT_IN_TONES, REPORT_INS, REQUEST_TONES, REQUESTS


@requires("unit_desk.read")
def index() -> Any:
    """What waits for the unit today, each one press away."""
    return at_desk("unit_desk.index", _index)


def _index(where: Desk) -> str:
    figures, manages = overview.figures(where), where.managed()
    items = _report_in_items(where, figures) + (_work_items(where, figures) if manages else [])
    figure_cards = [
        {"title": _("党员"), "value": figures.members, "unit": _("人"), "url": at("unit_desk.members", where)},
        {"title": _("已报到"), "value": figures.reported, "unit": _("人"), "tone": "good", "url": at("unit_desk.members", where, tab="reported")},
        {"title": _("逾期未报到"), "value": figures.overdue, "unit": _("人"), "tone": "bad" if figures.overdue else None,
         "url": at("unit_desk.members", where, tab="overdue")},
        {"title": _("本期还没了解"), "value": figures.to_look_up, "unit": _("人"), "tone": "warn" if figures.to_look_up else None,
         "url": at("unit_desk.lookup_list", where)}]
    return render_template("unit_desk/index.html", desk=where, figures=figure_cards, items=[item for item in items if item["count"]], manages=manages,
                           missed=lookups.missed(where), lookup_period=lookup_period(), today=today())


def _report_in_items(where: Desk, figures: overview.Figures) -> list[dict[str, Any]]:
    return [_item(_("逾期未报到，还没有登记原因"), figures.without_reason, at("unit_desk.members", where, tab="overdue"),
                  _("了解原因，提醒本人尽快报到"), "calendar-due", 10),
            _item(_("还没有报到"), figures.missing, at("unit_desk.members", where, tab="missing"), _("收到纸质回执的，请登记"), "receipt", 20)]


def _work_items(where: Desk, figures: overview.Figures) -> list[dict[str, Any]]:
    asked, cards, period = overview.requests(where), overview.cards(where), lookup_period()
    left = overview.days_left(period.ends_on)
    late = _("其中 %(count)s 项已过期限", count=asked["late"]) if asked["late"] else _("可以打印通知单，或记下提醒")
    found = [
        _item(_("答复要看一看"), asked["answered"], at("unit_desk.request_list", where, tab="answered"), _("党员已经答复，看过后办结"), "message", 30),
        _item(_("要求还没有答复"), asked["open"], at("unit_desk.request_list", where), late, "send", 40),
        _item(_("正在帮助解决的困难"), overview.open_cases(where), at("unit_desk.case_list", where), _("写明进展，解决了就办结"), "heart-handshake", 50),
        _item(_("表现还没有了解"), figures.to_look_up, at("unit_desk.lookup_list", where), _("本期还有 %(count)s 天", count=left), "eye", 70),
        _item(_("纪实卡可以备案"), cards["ready"], at("unit_desk.filing_list", where), _("服务记录已由社区查验"), "id", 80)]
    plugins = [_item(item.title, item.count, url_for(item.endpoint), "", "puzzle", 60) for item in overview.of_plugins(where)]
    return sorted(found + plugins, key=lambda item: item["order"])


def _item(title: str, count: int, url: str, text: str, icon: str, order: int) -> dict[str, Any]:
    return {"title": title, "count": count, "url": url, "text": text, "icon": icon, "order": order}


@requires("unit_desk.read")
def members() -> Any:
    """The members of the desk by report-in state."""
    return at_desk("unit_desk.members", _members)


def _members(where: Desk) -> str:
    tab = tab_of(overview.TABS)
    rows = page(where, overview.listed(where, tab), after(), PAGE)
    titles = {"all": _("全部"), **{name: str(REPORT_INS[name]) for name in overview.TABS[1:]}}
    return render_template("unit_desk/members.html", desk=where, rows=_lines(rows[:PAGE]), tab=tab, following=following(rows, PAGE), tones=REPORT_IN_TONES,
                           words=REPORT_INS, tabs=tabs_at("unit_desk.members", where, titles, tab), manages=where.managed(),
                           may=allowed(acting(), "obligations.manage", Target((where.path,))))


def _lines(rows: list[Any]) -> list[dict[str, Any]]:
    names = organization_names(row.community_id for row in rows)
    return [{**row._mapping, "state": overview.state_of(row), "community": names.get(row.community_id, ""),
             "late": max(0, -overview.days_left(row.due_on)) if row.due_on else 0} for row in rows]


@requires("unit_desk.manage")
def report_in_slips() -> Any:
    """A slip for each member who has not reported in, to be handed to those without a phone; 500 at most."""
    return at_desk("unit_desk.report_in_slips", _slips, MANAGE)


def _slips(where: Desk) -> str:
    rows = [row for tab in ("overdue", "missing") for row in page(where, overview.listed(where, tab), None, MOST)][:MOST]
    return render_template("unit_desk/report_in_slips.html", desk=where, rows=rows, today=today())


@requires("unit_desk.read")
def export_members() -> Any:
    """The list of a tab as a table."""
    return at_desk("unit_desk.members", _export)


def _export(where: Desk) -> FlaskResponse:
    found, query = overview.listed(where, tab_of(overview.TABS))
    rows = session().execute(query.order_by(found.c.sort_key, found.c.id)).all()
    columns = [Column("name", _("姓名"), 12), Column("unit", _("单位"), 28), Column("state", _("状态"), 14), Column("community", _("社区"), 20),
               Column("due_on", _("截止日期"), 12, "date"), Column("late", _("逾期天数"), 10, "integer"), Column("reason", _("未报到原因"), 20)]
    audit("unit_desk.exported", "organization", where.id, {"what": "members", "rows": len(rows)})
    return exported(_("单位党员报到情况"), columns, ((line["name"], line["unit_name"], str(REPORT_INS[line["state"]]), line["community"], line["due_on"],
                                              line["late"] or None, line["reason_code"]) for line in _lines(list(rows))))


@requires("unit_desk.read")
def year(member_id: uuid.UUID) -> str:
    """A member's year on one page."""
    person = years.person(member_id)
    authorize(acting(), READ, Target((person.unit_path,)))
    where = Desk(person.unit_id, "unit", person.unit_name, person.unit_path, whole=False, below=False)
    manages = allowed(acting(), MANAGE, Target((person.unit_path,)))
    return render_template("unit_desk/year.html", desk=where, person=person, found=years.year_of(member_id), year=today().year, manages=manages,
                           lookups=lookups.of_member(member_id, where) if manages else [], today=today(), period=lookup_period(),
                           requests=requesting.of_member(member_id, limit=5) if manages else [], filings=filing.of_member(member_id),
                           request_words=REQUESTS, request_tones=REQUEST_TONES, filing_period=filing_period(), filing_words=FILINGS)


ROUTES: tuple[Route, ...] = (("/", "index", index, "GET"), ("/members", "members", members, "GET"),
                             ("/members/slips", "report_in_slips", report_in_slips, "GET"),
                             ("/members/export", "export_members", export_members, "GET"), ("/members/<uuid:member_id>", "year", year, "GET"))
