"""What is sent and what is not, place by place below one's own, in the order of the places: for those who help, not for a ranking."""
from __future__ import annotations

import uuid

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import NotFound, acting, organization, organizations_above, requires
from core.pages import Route
from plugins.feedback import missing, periods, rights

DEEPER = ("committee", "county", "street")


@requires("feedback.run")
def start() -> Response:
    """One's own place."""
    place = next((grant.organization_id for grant in acting().grants if grant.kind in (*DEEPER, "community")), None)
    if place is None:
        raise NotFound
    return redirect(url_for("feedback.overview", organization_id=place), 303)


@requires("feedback.run")
def overview(organization_id: uuid.UUID) -> str:
    """The places right below one."""
    rights.require_run(organization_id)
    place, key = organization(organization_id), request.args.get("period", "")
    period = periods.parse(key) if key else periods.usual()
    rows = [{**row._mapping, "url": url_for("feedback.overview", organization_id=row.id, period=period.key) if row.kind in DEEPER
             else url_for("feedback.index", period=period.key) if place.kind == "community" else ""}
            for row in missing.by_place(place.path, period.key)]
    reach = acting().paths("feedback.run")
    above = [(one.name, url_for("feedback.overview", organization_id=one.id, period=period.key)) for one in organizations_above(place.path)[:-1]
             if any(one.path.startswith(path) for path in reach)]
    return render_template("feedback/overview.html", place=place, rows=rows, above=above, period=period.key, when=periods.words(period.key),
                           offered={one.key: periods.words(one.key) for one in (*periods.offered(), period)}, due=missing.due_on(period))


ROUTES: tuple[Route, ...] = (("/overview", "start", start, "GET"), ("/places/<uuid:organization_id>", "overview", overview, "GET"))
