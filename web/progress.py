"""The page of a job that somebody waits for: its progress, then what it made. Without a script the whole page is loaded anew."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response

from core.errors import NotFound
from core.jobs import JobView, job_view
from web.tenant import actor


def own_job(job_id: uuid.UUID, kind: str) -> JobView:
    """A job of this kind that the signed-in person asked for. Raises NotFound, alike for somebody else's."""
    job = job_view(job_id)
    if job.kind != kind or job.created_by != actor().account_id:
        raise NotFound
    return job


def progress_page(job: JobView, address: str, template: str, **values: Any) -> str | Response:
    """The page at `address` with `job`, `poll_url` while it runs, and `values`; htmx gets the bar only, and at the end the page."""
    poll_url = address if job.open else None
    if request.headers.get("HX-Request"):
        return render_template("jobs/_progress.html", job=job, poll_url=poll_url) if job.open else Response("", headers={"HX-Redirect": address})
    return render_template(template, job=job, poll_url=poll_url, **values)
