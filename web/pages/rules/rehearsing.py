"""A rehearsal on screen: started with a period, its progress, then who gains, who loses and why; nothing of it is real."""
from __future__ import annotations

import uuid
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.documents import storage
from core.errors import Invalid, NotFound
from core.i18n import _, _l
from core.jobs import job_view
from core.members.reach import grants_for
from core.rules import outcomes, rehearsals
from core.rules.export import EXPORT, start_export
from core.rules.outcomes import Trial
from web.pages.files import hand_out
from web.pages.rules.blueprint import MANAGE, changeable, day_sent, pages
from web.pages.rules.reading import pack_page
from web.progress import own_job, progress_page
from web.queries import with_query
from web.tenant import actor

PAGE = 50
LONGEST = 50  # of what is looked for
TABS = {"": _l("全部"), "gain": _l("增加"), "lose": _l("减少"), "same": _l("不变")}


@pages.page("/packs/<uuid:pack_id>/rehearse", access=MANAGE, methods=("POST",))
def rehearse(pack_id: uuid.UUID) -> Response | tuple[str, int]:
    """Try the pack on a past period."""
    changeable(pack_id)
    try:
        rehearsal_id = rehearsals.rehearse(pack_id, day_sent("since"), day_sent("until"))
    except Invalid as error:
        return pack_page(pack_id, error), error.status
    return redirect(url_for("rules.rehearsal", rehearsal_id=rehearsal_id), 303)


@pages.page("/rehearsals/<uuid:rehearsal_id>", access=MANAGE)
def rehearsal(rehearsal_id: uuid.UUID) -> str | Response:
    """The progress, then the outcome."""
    tried = outcomes.trial(rehearsal_id)
    if tried.status != "done" and tried.job_id is not None:
        pack, _kind = changeable(tried.pack_id)
        return progress_page(job_view(tried.job_id), url_for("rules.rehearsal", rehearsal_id=rehearsal_id), "rules/trying.html",
                             pack=pack, trial=tried)
    if request.headers.get("HX-Request"):  # the bar asks a last time: the whole page is wanted now
        return Response("", headers={"HX-Redirect": url_for("rules.rehearsal", rehearsal_id=rehearsal_id)})
    return _outcome(tried, request.args.get("change", ""), "")


@pages.page("/rehearsals/<uuid:rehearsal_id>", access=MANAGE, methods=("POST",))
def search(rehearsal_id: uuid.UUID) -> str:
    """The same for the beginning of a name; by form, since a name has no place in an address."""
    return _outcome(outcomes.trial(rehearsal_id), request.form.get("change", ""), request.form.get("q", "").strip()[:LONGEST])


@pages.page("/rehearsals/<uuid:rehearsal_id>/export", access=MANAGE, methods=("POST",))
def export(rehearsal_id: uuid.UUID) -> Response:
    """The outcome as a workbook, by a job."""
    changeable(outcomes.trial(rehearsal_id).pack_id)
    return redirect(url_for("rules.exported", job_id=start_export(rehearsal_id)), 303)


@pages.page("/exports/<uuid:job_id>", access=MANAGE)
def exported(job_id: uuid.UUID) -> str | Response:
    """The progress, then the link. htmx asks for the bar only."""
    job = own_job(job_id, EXPORT)
    return progress_page(job, url_for("rules.exported", job_id=job_id), "rules/exported.html", found=job.result or {})


@pages.page("/exports/<uuid:job_id>/file", access=MANAGE)
def exported_file(job_id: uuid.UUID) -> Response:
    """The workbook."""
    file_id = (own_job(job_id, EXPORT).result or {}).get("file")
    if not file_id or storage.fact(uuid.UUID(file_id)).purpose != EXPORT:
        raise NotFound
    return hand_out(uuid.UUID(file_id))


def _outcome(tried: Trial, change: str, text: str) -> str:
    pack, kind = changeable(tried.pack_id)
    grants = grants_for(actor(), MANAGE)
    found = outcomes.rows(tried.id, grants, change=change, text=text, after=request.values.get("after", type=uuid.UUID), limit=PAGE + 1)
    shown = [{"member": r.member, "unit": r.unit, "before": kind.show(r.before, tried.document), "after": kind.show(r.after, tried.document),
              "why": kind.why(r.why, tried.document), "tone": "good" if r.after > r.before else "bad" if r.after < r.before else "neutral"}
             for r in found[:PAGE]]
    sums = outcomes.totals(tried.id, grants)
    counts = {name: sum(getattr(t, name) for t in sums) for name in ("gain", "lose", "same")}
    counties = [{**t._asdict(), "name": t.name or _("未填社区"), "before": kind.show(t.before, tried.document),
                 "after": kind.show(t.after, tried.document)} for t in sums]
    return render_template("rules/outcome.html", pack=pack, kind=kind, trial=tried, rows=shown, counties=counties, counts=counts, text=text,
                           change=change if change in TABS else "", tabs=_tabs(tried, change, counts),
                           following=found[PAGE - 1].id if len(found) > PAGE else None)


def _tabs(tried: Trial, change: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    return [{"title": title, "active": key == change, "count": counts.get(key, sum(counts.values())),
             "url": with_query(change=key or None, after=None) if request.method == "GET" else url_for(
                 "rules.rehearsal", rehearsal_id=tried.id, change=key or None)} for key, title in TABS.items()]
