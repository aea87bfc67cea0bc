"""The service plan of a community (R49, D9): chosen by those above, looked at by period, printed for the notice board, taken as a workbook."""
from __future__ import annotations

import uuid
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from sqlalchemy import func, or_, select
from werkzeug.wrappers import Response

from core.api import (
    Forbidden,
    NotFound,
    Period,
    Target,
    _,
    acting,
    audit,
    authorize,
    grants_for,
    matter_kind,
    organization,
    period_starting,
    place_rows,
    requires,
    session,
    today,
)
from core.pages import file, workbook
from plugins.posts import papers, planning
from plugins.posts.pages.doing import GET, LONGEST, POST, Route
from plugins.posts.rights import READ
from plugins.posts.words import PERIOD_KINDS

FOUND = 50


@requires(READ)
def plan() -> str | Response:
    """The plan of one's own community; who has several chooses. Raises Forbidden for a unit's liaison."""
    grants = _grants()
    if len(grants) == 1 and grants[0].kind == "community":
        return redirect(url_for("posts.plan_of", community_id=grants[0].organization_id), 303)
    return _choice("")


@requires(READ)
def find_plan() -> str:
    """The communities of a name within reach."""
    return _choice(request.form.get("q", "").strip()[:LONGEST])


@requires(READ)
def plan_of(community_id: uuid.UUID) -> str:
    """What is planned in a period, by kind of service."""
    place, period = _place(community_id), _period()
    lines, more = planning.planned(community_id, period, planning.MOST)
    groups = [(kind, [{**line, "url": _address(line)} for line in part]) for kind, part in planning.by_kind(lines)]
    return render_template("posts/plan.html", place=place, period=period, groups=groups, more=more, lines=lines, tabs=_tabs(community_id, period),
                           following=period.next if period.next.since.year <= today().year + planning.AHEAD else None,
                           several=not all(grant.organization_id == community_id for grant in _grants()), most=planning.MOST)


@requires(READ)
def plan_paper(community_id: uuid.UUID) -> Response:
    """The plan on paper, with the place for the stamp."""
    place, period = _place(community_id), _period()
    return file(papers.plan(place, period), "pdf", period.code, inline=True)


@requires(READ)
def plan_export(community_id: uuid.UUID) -> Response:
    """The plan as a workbook, however long."""
    place, period = _place(community_id), _period()
    lines, _more = planning.planned(community_id, period)
    audit("posts.plan_exported", "organization", community_id, {"rows": len(lines), "period": period.code})
    return workbook(f"{place.name}{_('服务计划')} {period.code}", planning.columns(), lines, _("服务计划导出"))


def _grants() -> list[Any]:
    """What the person holds over places; a unit's liaison has no plan to look at. Raises Forbidden."""
    found = [grant for grant in grants_for(acting(), READ) if grant.kind != "unit"]
    if not found:
        raise Forbidden
    return found


def _choice(text: str) -> str:
    """The communities within reach, by where they lie: all where they are few, else those of a name or code."""
    places = place_rows("community")
    query = select(places.c.id, places.c.name, places.c.above).where(
        places.c.active, or_(*(places.c.path.bool_op("^@")(grant.path) for grant in _grants())))
    if text:
        query = query.where(or_(func.strpos(places.c.name, text) > 0, places.c.code.bool_op("^@")(text)))
    rows = session().execute(query.order_by(places.c.path).limit(FOUND + 1)).all()
    return render_template("posts/plan_choice.html", rows=rows[:FOUND], more=len(rows) > FOUND, text=text)


def _place(community_id: uuid.UUID) -> Any:
    """A community within reach. Raises NotFound, Forbidden."""
    place = organization(community_id)
    if place.kind != "community":
        raise NotFound
    authorize(acting(), READ, Target((place.path,)))
    return place


def _period() -> Period:
    return planning.chosen(request.args.get("period", ""))


def _tabs(community_id: uuid.UUID, period: Period) -> list[dict[str, Any]]:
    """The kinds of periods, each around the same days: today where the present period holds it."""
    day = today() if period.since <= today() <= period.until else period.since
    return [{"title": str(title), "active": kind == period.kind,
             "url": url_for("posts.plan_of", community_id=community_id, period=period_starting(kind, day).code)}
            for kind, title in PERIOD_KINDS.items()]


def _address(line: dict[str, Any]) -> str | None:
    """Where the plugin shows its matter."""
    kind = matter_kind(line["source"])
    return url_for(kind.show, matter_id=line["id"]) if kind is not None and kind.show in current_app.view_functions else None


ROUTES: tuple[Route, ...] = (
    ("/plan", "plan", plan, GET), ("/plan/find", "find_plan", find_plan, POST), ("/plan/<uuid:community_id>", "plan_of", plan_of, GET),
    ("/plan/<uuid:community_id>/plan.pdf", "plan_paper", plan_paper, GET),
    ("/plan/<uuid:community_id>/export", "plan_export", plan_export, GET))
