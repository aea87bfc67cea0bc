"""Long work as people see it: how far it is, what it made, and for the administrator a way to try again or call it off."""
from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.access.actor import Actor
from core.documents import storage
from core.errors import NotFound
from core.i18n import _, _l
from core.jobs import JobView, cancel, job_counts, job_view, recent_jobs, retry
from web.navigation import NavigationItem, register
from web.pages.files import may_fetch
from web.pages.login import safe_target
from web.queries import with_query
from web.routing import Pages
from web.tenant import actor

pages = Pages("jobs", __name__, url_prefix="/jobs")
register("manage", _l("管理"), NavigationItem(_l("后台任务"), "jobs.index", "list-check", permission="jobs.read", order=60), order=90)
PERMISSION, PAGE = "jobs.read", 50
STATES = {"due": _l("等待中"), "running": _l("进行中"), "done": _l("已完成"), "failed": _l("失败"), "cancelled": _l("已取消")}
COUNTS = {"count": _l("数量"), "rows": _l("行数"), "certificates": _l("报到证"), "new": _l("新增"), "changed": _l("更新"),
          "faults": _l("异常"), "accounts": _l("账号"), "places": _l("社区和单位"), "skipped": _l("跳过")}


class Result(NamedTuple):
    """What a finished job left: files to fetch, counts, and the sentence with which it declined."""

    files: list[dict[str, Any]]
    counts: list[tuple[str, int]]
    refused: str


@pages.page("/", access=PERMISSION)
def index() -> str:
    """The jobs, newest first: all of the tenant's for those who answer for the whole of it, one's own for the others."""
    whole = oversees(actor())
    status = request.args.get("status")
    status = status if status in STATES else None
    found = recent_jobs(PAGE + 1, _uuid(request.args.get("after")), created_by=None if whole else actor().account_id, status=status)
    counts = job_counts() if whole else {}
    tabs = [{"title": _("全部"), "url": url_for("jobs.index"), "active": status is None}]
    tabs += [{"title": str(title), "url": url_for("jobs.index", status=key), "active": status == key, "count": counts.get(key)}
             for key, title in STATES.items()]
    rows = [{"job": j, "label": j.label, "url": url_for("jobs.show", job_id=j.id), "created_at": j.created_at, "status": j.status,
             "message": j.message} for j in found[:PAGE]]
    return render_template("jobs/index.html", rows=rows, tabs=tabs, states=STATES, whole=whole,
                           next_url=with_query(after=found[PAGE - 1].id) if len(found) > PAGE else None)


@pages.page("/<uuid:job_id>", access="account.self")
def show(job_id: uuid.UUID) -> str:
    """One job. `next` in the address is where the reader goes on afterwards."""
    job = _visible(job_id)
    return render_template("jobs/show.html", job=job, states=STATES, result=_result(job), target=_target(),
                           poll_url=url_for("jobs.progress", job_id=job_id, next=_target()) if job.open else None)


@pages.page("/<uuid:job_id>/progress", access="account.self")
def progress(job_id: uuid.UUID) -> str | Response:
    """The progress bar alone, for htmx; when the work has ended the page is loaded anew."""
    job = _visible(job_id)
    if job.open:
        return render_template("jobs/_bar.html", job=job, states=STATES,
                               poll_url=url_for("jobs.progress", job_id=job_id, next=_target()))
    return Response("", headers={"HX-Redirect": url_for("jobs.show", job_id=job_id, next=_target())})


@pages.page("/<uuid:job_id>/retry", access="account.self", methods=("POST",))
def again(job_id: uuid.UUID) -> Response:
    """Let a failed job start over."""
    _visible(job_id)
    retry(job_id)
    flash(_("任务已重新排队。"), "success")
    return redirect(url_for("jobs.show", job_id=job_id, next=_target()), 303)


@pages.page("/<uuid:job_id>/cancel", access="account.self", methods=("POST",))
def call_off(job_id: uuid.UUID) -> Response:
    """Call a job off."""
    _visible(job_id)
    cancel(job_id)
    flash(_("任务已取消。"), "success")
    return redirect(url_for("jobs.show", job_id=job_id, next=_target()), 303)


def oversees(by: Actor) -> bool:
    """Whether somebody may see every job of the tenant: the permission held over the whole tree."""
    return any("/" not in path.rstrip("/") for path in by.paths(PERMISSION))


def _visible(job_id: uuid.UUID) -> JobView:
    job = job_view(job_id)
    if job.created_by != actor().account_id and not oversees(actor()):
        raise NotFound
    return job


def _target() -> str | None:
    return safe_target(request.values.get("next"))


def _result(job: JobView) -> Result:
    left = job.result or {}
    named = [left.get("file"), *(left.get("files") or [])]
    files = [fact for fact in (_file(file_id) for file_id in named) if fact]
    counts = [(str(title), left[key]) for key, title in COUNTS.items() if isinstance(left.get(key), int)]
    return Result(files, counts, str(left.get("refused") or ""))


def _file(file_id: object) -> dict[str, Any] | None:
    identity = _uuid(str(file_id)) if file_id else None
    if identity is None:
        return None
    try:
        fact = storage.fact(identity)
    except NotFound:
        return {"name": _("文件已过保存期，请重新生成。"), "url": None, "expires_at": None}
    if not may_fetch(fact):
        return None
    return {"name": fact.name, "url": url_for("files.download", file_id=identity), "expires_at": fact.expires_at, "size": fact.size}


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None
