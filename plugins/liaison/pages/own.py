"""The cadre's own page, for the phone: the own liaison communities, when the next visit is due, and what became of the issues (R92)."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, url_for

from core.api import _, requires
from core.pages import me, own_member
from plugins.liaison import coordinating, queries, rights
from plugins.liaison.pages.doing import BOTH, GET, Route, answered, issue_lines, point_lines
from plugins.liaison.pages.forms import SaySchema
from plugins.liaison.pages.point import issue_form, visit_form
from plugins.liaison.words import VISITS


@requires("liaison.self")
def mine() -> str:
    """One's own points."""
    rows = point_lines(queries.own_points(own_member()))
    ids = [row["id"] for row in rows]
    visits: dict[uuid.UUID, list[Any]] = {}
    for one in queries.visits(ids):
        visits.setdefault(one.point_id, []).append(one)
    issues: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for line in issue_lines(queries.issues_of(ids)):
        issues.setdefault(line["point_id"], []).append(line)
    return render_template("liaison/mine.html", rows=rows, visits=visits, issues=issues, kinds=VISITS)


@requires("liaison.self")
def own_visit(point_id: uuid.UUID) -> Any:
    """A visit, written down by the cadre."""
    rights.require_point(point_id, rights.SELF)
    return visit_form(point_id, rights.SELF, url_for("liaison.mine"))


@requires("liaison.self")
def own_issue(point_id: uuid.UUID) -> Any:
    """An issue that was found on a visit."""
    rights.require_point(point_id, rights.SELF)
    return issue_form(point_id, rights.SELF, url_for("liaison.mine"))


@requires("liaison.self")
def own_step(liaison_issue_id: uuid.UUID) -> Any:
    """What the cadre has done about an issue."""
    rights.require_issue(liaison_issue_id, rights.SELF)
    row = queries.one_issue(liaison_issue_id)
    return answered(SaySchema(), {"version": row.version}, lambda data: coordinating.add_step(
        liaison_issue_id, data["version"], data["says"], side="cadre", by=me()), title=_("登记进展"), submit=_("提交"), back=url_for("liaison.mine"),
        done=_("已登记。"), lead=row.title)


ROUTES: tuple[Route, ...] = (("/me", "mine", mine, GET), ("/me/points/<uuid:point_id>/visit", "own_visit", own_visit, BOTH),
                             ("/me/points/<uuid:point_id>/issue", "own_issue", own_issue, BOTH),
                             ("/me/issues/<uuid:liaison_issue_id>/step", "own_step", own_step, BOTH))
