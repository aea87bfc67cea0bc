"""Issues to coordinate: the ageing list for communities, offices and responsible units, and one issue with all that may be done about it."""
from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from flask import Response as FlaskResponse, render_template, request, url_for
from marshmallow import Schema

from core.api import Column, NotFound, _, _l, acting, allowed, audit, place_target, requires, root_organization, term
from core.pages import after, asked, following, me
from plugins.liaison import coordinating, queries, rights
from plugins.liaison.coordinating import IssueInput
from plugins.liaison.pages.doing import BOTH, GET, Route, answered, exported, issue_lines
from plugins.liaison.pages.forms import EntrustSchema, MaySaySchema, SaySchema, responsible
from plugins.liaison.words import SIDES, STATES, STEP_TONES, STEPS


class Act(NamedTuple):
    """One thing that may be done: who may, in which states, the form and the words."""

    permission: str
    states: tuple[str, ...]
    schema: type[Schema]
    title: Any
    done: Any


ACTS = {
    "step": Act(rights.HANDLE, ("open", "reported"), SaySchema, _l("登记进展"), _l("已登记。")),
    "entrust": Act(rights.ENTER, ("open",), EntrustSchema, _l("交办、改期限"), _l("已交办。")),
    "report": Act(rights.HANDLE, ("open",), SaySchema, _l("报告已解决"), _l("已报告，等社区确认。")),
    "escalate": Act(rights.ENTER, ("open",), SaySchema, _l("提请上一级协调"), _l("已提请上一级协调。")),
    "confirm": Act(rights.CONFIRM, ("open", "reported"), MaySaySchema, _l("确认已解决"), _l("已确认解决。")),
    "send_back": Act(rights.CONFIRM, ("reported", "solved"), SaySchema, _l("没有解决，继续协调"), _l("已退回，继续协调。")),
    "close": Act(rights.CONFIRM, ("open", "reported"), SaySchema, _l("撤销这个问题"), _l("已撤销。")),
}


def _tab() -> str:
    tab = request.values.get("tab", "")
    return tab if tab in queries.ISSUE_TABS else "open"


@requires("liaison.read")
def issues() -> str:
    """The list of one tab, the oldest on top."""
    tab = _tab()
    found = queries.issues(tab, after())
    titles = {**{state: str(word) for state, word in STATES.items()}, "late": _("已超过期限")}
    tabs = [{"title": titles[name], "url": url_for("liaison.issues", tab=name), "active": name == tab} for name in queries.ISSUE_TABS]
    return render_template("liaison/issues.html", rows=issue_lines(found[:queries.PAGE]), tabs=tabs, tab=tab, following=following(found, queries.PAGE),
                           officer=acting().can("liaison.enter"))


@requires("liaison.read")
def export_issues() -> FlaskResponse:
    """The list as a workbook."""
    columns = [Column("community", term("community"), 20), Column("title", _("问题"), 40), Column("raised_on", _("提出日期"), 12, "date"),
               Column("age", _("已有天数"), 10, "integer"), Column("from", _("谁提出"), 12), Column("responsible", _("责任单位"), 24),
               Column("holder", _("由谁协调"), 20), Column("deadline", _("期限"), 12, "date"), Column("word", _("状态"), 12),
               Column("ended_on", _("办结日期"), 12, "date")]
    audit("liaison.exported", "liaison_issue", None, {"what": _tab()})
    return exported(_("联系点协调问题"), columns, queries.all_issues(_tab()), issue_lines)


def may(issue_id: uuid.UUID, state: str) -> list[str]:
    """What the acting person may do about an issue in this state."""
    target = rights.issue_target(issue_id)
    own = target.member_id is not None and target.member_id == acting().member_id
    place = place_target(rights.issue_row(issue_id).community_id)
    return [name for name, act in ACTS.items() if state in act.states and not (own and act.permission == rights.CONFIRM)
            and allowed(acting(), act.permission, target if act.permission == rights.HANDLE else place)]


@requires("liaison.read")
def issue(liaison_issue_id: uuid.UUID) -> str:
    """The issue with its steps."""
    rights.require_issue(liaison_issue_id, rights.READ)
    row = issue_lines([queries.one_issue(liaison_issue_id)])[0]
    events = [{"when": one.done_on, "title": str(STEPS[one.kind]), "text": one.says, "who": str(SIDES[one.side]), "tone": STEP_TONES.get(one.kind)}
              for one in queries.steps(liaison_issue_id)]
    names = sorted(may(liaison_issue_id, row["state"]), key=lambda name: not (name == "confirm" and row["state"] == "reported"))  # what waits comes first
    acts = [{"title": ACTS[name].title, "url": url_for("liaison.act", liaison_issue_id=liaison_issue_id, act=name)} for name in names]
    return render_template("liaison/issue.html", row=row, events=events, acts=acts, officer=acting().can("liaison.enter"))


@requires("liaison.read")
def act(liaison_issue_id: uuid.UUID) -> Any:
    """Do one thing about it, which the address names; what the community takes back for good is asked once more."""
    name = request.args.get("act", "step")
    if (doing := ACTS.get(name)) is None:
        raise NotFound
    rights.require_issue(liaison_issue_id, doing.permission)
    row = queries.one_issue(liaison_issue_id)
    line, back = issue_lines([row])[0], url_for("liaison.issue", liaison_issue_id=liaison_issue_id)
    if name == "close" and request.method == "POST" and (question := asked(_("确定撤销这个问题吗？撤销后不再协调。"), _("撤销"), back)):
        return question
    values = {"version": row.version, "deadline": row.deadline, "responsible": line["responsible"]}
    return answered(doing.schema(), values, lambda data: perform(name, liaison_issue_id, data), title=str(doing.title), submit=_("提交"), back=back,
                    done=str(doing.done), lead=f"{line['community']}：{row.title}")


def perform(act: str, issue_id: uuid.UUID, data: dict[str, Any]) -> None:
    """Do what a form or a program has asked for. Raises Conflict, Invalid, NotFound."""
    version, side = data["version"], rights.side_of(rights.READ, issue_id)
    if act == "entrust":
        given = IssueInput("", deadline=data["deadline"], **responsible(data["responsible"], root_organization().path))  # type: ignore[arg-type]
        coordinating.entrust(issue_id, version, given, side=side, by=me())
    elif act in ("confirm", "send_back", "close"):
        getattr(coordinating, act)(issue_id, version, data["says"], by=me())
    else:
        does = {"step": coordinating.add_step, "report": coordinating.report, "escalate": coordinating.escalate}[act]
        does(issue_id, version, data["says"], side=side, by=me())


ROUTES: tuple[Route, ...] = (("/issues/", "issues", issues, GET), ("/issues/export", "export_issues", export_issues, GET),
                             ("/issues/<uuid:liaison_issue_id>", "issue", issue, GET),
                             ("/issues/<uuid:liaison_issue_id>/act", "act", act, BOTH))
