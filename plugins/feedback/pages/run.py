"""The one press: packs for all pairs of a community, a street, a county or the city, and how far it has come."""
from __future__ import annotations

import uuid

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import Invalid, NotFound, _, acting, job_view, organization_names, requires, search_organizations
from core.pages import Route, attempt, me, said
from plugins.feedback import periods, queries, rights, running

KINDS = ("committee", "county", "street", "community")


@requires("feedback.run")
def make() -> str:
    """The form: for which place and period; below it the latest presses."""
    rows = queries.runs()
    names = organization_names({row.organization_id for row in rows})
    shown = [{"id": row.id, "place": names.get(row.organization_id, ""), "when": periods.words(row.period), "started_at": row.started_at,
              "url": url_for("feedback.run", run_id=row.id)} for row in rows]
    return render_template("feedback/make.html", places=_places(), offered={one.key: periods.words(one.key) for one in periods.offered()},
                           usual=request.args.get("period") or periods.usual().key, rows=shown, found=_found(), text=request.args.get("place", ""),
                           wider=any(grant.kind in KINDS[:3] for grant in acting().grants))


def _places() -> list[tuple[uuid.UUID, str]]:
    return list({grant.organization_id: grant.name for grant in acting().grants if grant.kind in KINDS}.items())


def _found() -> list[tuple[uuid.UUID, str]]:
    """Places below one's own whose name was asked for; a place's name is nobody's secret."""
    text = request.args.get("place", "").strip()[:50]
    if not text:
        return []
    return [(row.id, row.name) for row in search_organizations(acting().paths("feedback.run"), kinds=KINDS[1:], text=text, limit=12)]


@requires("feedback.run")
def begin() -> Response:
    """Press."""
    organization_id = request.form.get("organization_id", type=uuid.UUID)
    if organization_id is None:
        raise NotFound
    rights.require_run(organization_id)
    period = periods.parse(said("period"))
    made: list[uuid.UUID] = []

    def do() -> None:
        if period.key not in {one.key for one in periods.offered(organization_id)} | {one.key for one in periods.offered()}:
            raise Invalid(_("请选择本期或上一期。"), {"period": [_("请重新选择")]})
        made.append(running.begin(organization_id, period, again=said("again") == "1", by=me()))
    answer = attempt(do, _("已开始生成，可以离开本页，稍后再来看。"), url_for("feedback.make"))
    if made:
        answer.location = url_for("feedback.run", run_id=made[0])
    return answer


@requires("feedback.run")
def show(run_id: uuid.UUID) -> str:
    """How far a press has come."""
    return render_template("feedback/run.html", **_state(run_id))


@requires("feedback.run")
def progress(run_id: uuid.UUID) -> str:
    """The part of that page that a script loads again."""
    return render_template("feedback/_progress.html", **_state(run_id))


def _state(run_id: uuid.UUID) -> dict[str, object]:
    row = queries.one_run(run_id)
    rights.require_run(row.organization_id)
    job = job_view(row.job_id) if row.job_id else None
    return {"row": row, "job": job, "place": organization_names([row.organization_id]).get(row.organization_id, ""),
            "when": periods.words(row.period)}


ROUTES: tuple[Route, ...] = (("/make", "make", make, "GET"), ("/make", "begin", begin, "POST"), ("/runs/<uuid:run_id>", "run", show, "GET"),
                             ("/runs/<uuid:run_id>/progress", "progress", progress, "GET"))
