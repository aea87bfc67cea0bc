"""One liaison community: why it was chosen, its visits and issues; visits written down, put right and joined; reasons; its end."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, url_for

from core.api import Invalid, _, acting, allowed, new_id, requires, root_organization, settings, today
from core.pages import me
from plugins.liaison import coordinating, pointing, queries, rights, visiting
from plugins.liaison.coordinating import IssueInput
from plugins.liaison.pages.assigning import figure_list
from plugins.liaison.pages.doing import BOTH, GET, Route, answered, issue_lines, point_lines
from plugins.liaison.pages.forms import ChangedVisitSchema, CorrectSchema, EndSchema, IssueSchema, JoinSchema, VisitSchema, responsible
from plugins.liaison.visiting import VisitInput
from plugins.liaison.words import SIDES, VISITS


@requires("liaison.read")
def show(point_id: uuid.UUID) -> str:
    """The point."""
    rights.require_point(point_id, rights.READ)
    row, target = queries.one_point(point_id), rights.point_target(point_id)
    return render_template("liaison/point.html", row=point_lines([row])[0], figures=figure_list(row.figures), visits=queries.visits([point_id]),
                           issues=issue_lines(queries.issues_of([point_id])), kinds=VISITS, sides=SIDES,
                           enters=allowed(acting(), rights.ENTER, target), assigns=allowed(acting(), rights.ASSIGN, target))


def visit_form(point_id: uuid.UUID, permission: str, back: str) -> Any:
    """The form for a visit, for the officer and for the cadre."""
    row = point_lines([queries.one_point(point_id)])[0]
    return answered(VisitSchema(), {"ticket": new_id(), "visited_on": today(), "kind": "research"}, lambda data: visiting.enter(
        data["ticket"], point_id, VisitInput(data["visited_on"], data["kind"], data["findings"]), side=rights.side_of(permission), by=me()),
        title=_("登记到联系点的情况"), submit=_("登记"), back=back, done=_("已登记。"), lead=_("%(name)s到%(community)s", name=row["name"],
                                                                             community=row["community"]))


@requires("liaison.enter")
def enter_visit(point_id: uuid.UUID) -> Any:
    """A visit, written down by an officer."""
    rights.require_point(point_id, rights.ENTER)
    return visit_form(point_id, rights.ENTER, url_for("liaison.show", point_id=point_id))


def issue_form(point_id: uuid.UUID, permission: str, back: str) -> Any:
    """The form for an issue, for the officer and for the cadre."""
    row = point_lines([queries.one_point(point_id)])[0]

    def do(data: dict[str, Any]) -> None:
        given = IssueInput(data["title"], data["detail"], deadline=data["deadline"], **responsible(data["responsible"], root_organization().path))  # type: ignore[arg-type]
        coordinating.raise_issue(data["ticket"], point_id, given, side=rights.side_of(permission), by=me())
    return answered(IssueSchema(), {"ticket": new_id()}, do, title=_("提出需要协调的问题"), submit=_("提出"), back=back, done=_("已提出。"),
                    lead=_("%(community)s。期限不填的，按 %(days)s 天计算。", community=row["community"], days=settings("liaison")["issue_days"]))


@requires("liaison.enter")
def enter_issue(point_id: uuid.UUID) -> Any:
    """An issue, written down by an officer."""
    rights.require_point(point_id, rights.ENTER)
    return issue_form(point_id, rights.ENTER, url_for("liaison.show", point_id=point_id))


@requires("liaison.enter")
def change_visit(visit_id: uuid.UUID) -> Any:
    """Put a visit right."""
    point_id = rights.point_of_visit(visit_id)
    rights.require_point(point_id, rights.ENTER)
    return answered(ChangedVisitSchema(), dict(queries.one_visit(visit_id)._mapping), lambda data: visiting.change(
        visit_id, data["version"], VisitInput(data["visited_on"], data["kind"], data["findings"])), title=_("修改到联系点的情况"),
        submit=_("保存"), back=url_for("liaison.show", point_id=point_id), done=_("已保存。"))


@requires("liaison.enter")
def join_visit(visit_id: uuid.UUID) -> Any:
    """Join a visit to a service record that is there already, or take that back."""
    point_id = rights.point_of_visit(visit_id)
    rights.require_point(point_id, rights.ENTER)
    records = [(identity, _("%(day)s　%(kind)s　%(minutes)s 分钟", day=day, kind=kind, minutes=minutes))
               for identity, day, kind, minutes in visiting.candidates(point_id)]

    def do(data: dict[str, Any]) -> None:
        if data["record_id"] is not None and data["record_id"] not in {one[0] for one in records}:
            raise Invalid(_("请从列出的服务记录中选择。"), {"record_id": [_("请选择")]})
        visiting.join(visit_id, data["version"], data["record_id"])
    return answered(JoinSchema(), dict(queries.one_visit(visit_id)._mapping), do, choices={"record_id": records}, title=_("关联服务记录"), submit=_("保存"),
                    back=url_for("liaison.show", point_id=point_id), done=_("已保存。"),
                    lead=_("服务已经记在服务纪实里的，在这里选出来，不用再写一遍。还没有查验和评价的，暂时选不到。"))


@requires("liaison.assign")
def correct(point_id: uuid.UUID) -> Any:
    """Other reasons."""
    rights.require_point(point_id, rights.ASSIGN)
    row = queries.one_point(point_id)
    reasons = [(one, one) for one in dict.fromkeys([*settings("liaison")["criteria"], *row.reasons])]
    return answered(CorrectSchema(), dict(row._mapping), lambda data: pointing.correct(point_id, data["version"], data["reasons"], data["note"]),
                    choices={"reasons": reasons},
                    title=_("修改理由"), submit=_("保存"), back=url_for("liaison.show", point_id=point_id), done=_("已保存。"))


@requires("liaison.assign")
def end(point_id: uuid.UUID) -> Any:
    """End it."""
    rights.require_point(point_id, rights.ASSIGN)
    row = point_lines([queries.one_point(point_id)])[0]
    return answered(EndSchema(), {"until": today(), "version": row["version"]}, lambda data: pointing.end(
        point_id, data["version"], data["until"], data["reason"]), title=_("结束联系点"), submit=_("结束"),
        back=url_for("liaison.show", point_id=point_id), done=_("已结束，没有解决的问题继续协调。"),
        lead=_("%(name)s联系%(community)s", name=row["name"], community=row["community"]))


ROUTES: tuple[Route, ...] = (("/points/<uuid:point_id>", "show", show, GET), ("/points/<uuid:point_id>/visit", "enter_visit", enter_visit, BOTH),
                             ("/points/<uuid:point_id>/issue", "enter_issue", enter_issue, BOTH),
                             ("/points/<uuid:point_id>/reasons", "correct", correct, BOTH), ("/points/<uuid:point_id>/end", "end", end, BOTH),
                             ("/visits/<uuid:visit_id>", "change_visit", change_visit, BOTH),
                             ("/visits/<uuid:visit_id>/record", "join_visit", join_visit, BOTH))
