"""The first page: what this person has to know and to do today, by role."""
from __future__ import annotations

import uuid
from typing import Any

from flask import current_app, render_template, url_for
from werkzeug.wrappers import Response

from core.access.actor import Actor
from core.access.roles import AUDITOR, COMMUNITY, LIAISON, MEMBER, SECURITY, SYSTEM
from core.approvals.queries import waiting_count
from core.exchange import movers, queries as exchanged, returned
from core.i18n import _, _l
from core.jobs.queries import recent_jobs
from core.members.reach import grants_for
from core.organizations.settings import required_types
from core.registration import coverage
from core.registration.coverage import CoverageRow
from core.service.claims.queries import of_member
from core.service.summary import member_year
from tenants import overview
from tenants.overview import Queue
from web.layout import main_role
from web.navigation import NavigationItem, register
from web.pages.claims.showing import shown
from web.pages.jobs import oversees
from web.rendering import date_zh
from web.routing import Pages
from web.tenant import actor

ACCESS = "account.self"
#: What those find on their first page who administer and do nothing else.
_DOORS = (("audit.read", _l("审计"), _l("您可以查看审计日志。"), "audit.index"),
          ("accounts.manage", _l("账号与授权"), _l("开通账号、授予和收回角色、重设密码。"), "accounts.index"),
          ("settings.manage", _l("设置"), _l("修改各项设置、启用和停用功能插件。"), "settings.index"),
          ("organizations.manage", _l("组织机构"), _l("维护组织和单位。"), "organizations.index"))
SHOWN_JOBS, SHOWN_CLAIMS = 5, 3

pages = Pages("home", __name__)
register("home", _l("工作台"), NavigationItem(_l("首页"), "home.index", "home", order=1, tab=1), order=1)


@pages.page("/", access=ACCESS)
def index() -> str | Response:
    """The page of the widest role held."""
    person = actor()
    role = main_role(person.roles())
    if role == MEMBER and person.member_id is not None:
        return _member(person.member_id)
    if role == LIAISON:
        return _liaison(person)
    if role == COMMUNITY:
        return _community(person)
    if role is None or role in (AUDITOR, MEMBER, SECURITY, SYSTEM):
        doors = [(title, text, url_for(endpoint)) for permission, title, text, endpoint in _DOORS if person.can(permission)]
        return render_template("home/plain.html", doors=doors if role != MEMBER else [], waiting_approvals=_to_confirm(person))
    return _officer(person)


def _to_confirm(person: Actor) -> int:
    """How many requests wait for this person as the second one (security rule 12)."""
    return waiting_count(person) if person.can("approvals.read") else 0


def link(endpoint: str, **values: Any) -> str | None:
    """The address of a page, or None where this installation has no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None


def _officer(person: Actor) -> str:
    grants = grants_for(person, "members.read")
    figures = overview.figures(grants)
    first = grants[0]
    places = overview.coverage_below(first) if figures.members else []
    required = coverage.total(tuple(g.path for g in grants), unit_types=required_types()) if figures.members else (0, 0)
    jobs = recent_jobs(SHOWN_JOBS, created_by=None if oversees(person) else person.account_id, telling=True) if person.can("jobs.read") else []
    return render_template("home/officer.html", figures=figures, place=first.name, kind=first.kind, jobs=jobs, chart_data=_chart(places), required=required,
                           steps=_first_steps(person, figures), links=_links(), movers_url=link("exchange.new_here"),
                           movers=movers.movers_count(grants_for(person, "members.write")) if person.can("members.write") else 0,
                           returned=len(returned.returned(grants_for(person, "exchange.send"))) if person.can("exchange.send") else 0,
                           returned_url=link("exchange.outgoing"),
                           waiting_approvals=_to_confirm(person))


def _chart(places: list[CoverageRow]) -> dict[str, Any] | None:
    if not places:
        return None
    return {"kind": "bar", "categories": [p.name for p in places], "unit": "%",
            "series": [{"name": _("报到率"), "values": [round(100 * (p.rate or 0), 1) for p in places]}]}


def _first_steps(person: Actor, figures: overview.Figures) -> list[dict[str, Any]]:
    """What an installation without data needs next; empty once members have begun to report in."""
    if figures.reported or figures.submitted:
        return []
    steps = [(not figures.members, _("导入花名册"), _("把单位和党员的 Excel 表一次导入，导入前会先检查每一行。"),
              "imports.index", "members.import"),
             (True, _("制发报到证"), _("为单位成批制发报到证，可一次打印。"), "certificates.issue", "certificates.issue"),
             (True, _("开通经办人账号"), _("为区县、街道、社区和单位的经办人开通账号。"), "accounts.index", "accounts.manage")]
    return [{"title": title, "text": text, "url": link(endpoint)} for wanted, title, text, endpoint, permission in steps
            if wanted and person.can(permission)]


def _links() -> dict[str, str | None]:
    return {"members": link("members.index"), "units": link("units.index"), "organizations": link("organizations.index"), "report_ins": link("registration.index"),
            "obligations": link("obligations.index"), "coverage": link("coverage.index"), "register": link("registration.unit_register"),
            "records": link("records.work"),
            "certificates": link("certificates.index"), "jobs": link("jobs.index")}


def _community(person: Actor) -> str:
    grants = grants_for(person, "registration.confirm")
    day = overview.community_day(grants)
    links = _links()
    arrivals = Queue(exchanged.waiting_count(grants_for(person, "exchange.receive")), [])
    queues = [
        _queue(_("待确认报到"), day.to_confirm, links["report_ins"], _("核对姓名和住址后确认，系统自动出具回执。"),
               "user-check", "registration.show", "report_in_id"),
        *([_queue(_("外地来的党员"), arrivals, link("exchange.arrivals"), _("对方单位已签发介绍信，请核对后接收。"), "login", "exchange.arrival", "id")]
          if arrivals.count else []),
        _queue(_("待查验服务"), day.to_verify, links["records"], _("核实时间、地点和时长。"),
               "clipboard-check", "records.decide", "record_id"),
        _queue(_("待登记评价"), day.to_evaluate, links["records"], _("发给服务对象评价码，或录入纸质评价。"),
               "thumb-up", "records.decide", "record_id"),
        _queue(_("更正申请"), day.corrections, link("records.corrections"), _("党员申请更正已查验的记录，请核实后答复。"),
               "edit", "records.decide", "record_id"),
        _queue(_("待回访"), day.callbacks, link("records.callbacks"), _("随机抽中的记录，请问一问服务对象。"),
               "phone", "records.decide", "record_id"),
        *([_queue(_("认领逾期"), day.late_claims, link("claims.work"), _("可问问党员有什么困难，帮助办结；确实做不了的，可代为退出。"),
                  "list-check", "claims.show", "claim_id")] if day.late_claims.count else []),
        _queue(_("逾期未报到"), day.overdue, links["obligations"], _("可与单位联络员联系，了解原因。"),
               "calendar-due", "members.show", "member_id")]
    return render_template("home/community.html", place=_("、").join(g.name for g in grants), queues=queues, reported=day.reported,
                           members_url=links["members"], waiting_approvals=_to_confirm(person), scan_url=link("registration.scan") or links["report_ins"])


def _queue(title: str, queue: Queue, url: str | None, text: str, icon: str, endpoint: str, key: str) -> dict[str, Any]:
    rows = [{"name": r.name, "day": r.day, "text": getattr(r, "title", None) or getattr(r, "reason_code", None) or "",
             "url": link(endpoint, **{key: getattr(r, key, r.id)})} for r in queue.rows]
    return {"title": title, "count": queue.count, "rows": rows, "url": url, "text": text, "icon": icon, "more": queue.count > len(rows)}


def _liaison(person: Actor) -> str:
    grants = grants_for(person, "members.read")
    day = overview.unit_day(grants)
    overdue = _queue(_("逾期未报到"), day.overdue, link("obligations.index"), _("请了解原因并登记，提醒本人尽快报到。"), "calendar-due",
                     "obligations.show", "obligation_id")
    return render_template("home/liaison.html", place=_("、").join(g.name for g in grants), day=day, overdue=overdue, links=_links(),
                           wishes=exchanged.wishes_count(grants_for(person, "exchange.send")), wishes_url=link("exchange.outgoing"))


def _member(member_id: uuid.UUID) -> str:
    state, claims = overview.own_state(member_id), of_member(member_id, live=True, limit=SHOWN_CLAIMS)
    return render_template("home/member.html", state=state, claims=shown(claims.rows, "own"), claims_url=link("claims.index"),
                           step=_next_step(state), year=member_year(member_id),
                           certificate_url=link("registration.mine"), records_url=link("records.index"))


def _next_step(state: overview.OwnState) -> dict[str, Any]:
    """The one thing to do next, in a sentence."""
    waiting = [r for r in state.report_ins if r.status == "submitted"]
    returned = [r for r in state.report_ins if r.status == "returned"]
    if waiting:
        text = _("您已向%(name)s提交报到，社区确认后会出具回执。", name=waiting[0].community)
        return {"title": _("等待社区确认"), "text": text, "tone": "info"}
    if state.obligations:
        duty = state.obligations[0]
        where = duty.community or _("居住地或工作地社区")
        title = _("请尽快报到") if duty.overdue else _("请到社区报到")
        text = _("请到%(where)s报到，截止 %(day)s。", where=where, day=date_zh(duty.due_on))
        if returned:
            text += _("上次提交被退回：%(note)s", note=returned[0].note or _("请向社区了解原因"))
        return {"title": title, "text": text, "tone": "warning", "url": link("registration.report"), "action": _("去报到")}
    if not state.report_ins:
        return {"title": _("还没有报到任务"), "text": _("单位登记您的居住地或工作地后，这里会告诉您到哪里报到。"), "tone": "info"}
    return {"title": _("已报到"), "text": _("可以记录您在社区参加的服务，社区查验、服务对象评价后计入。"), "tone": "success",
            "url": link("records.new"), "action": _("记录一次服务")}
