"""Acts that wait for a second person: what is asked for and why, confirmed, refused or taken back (security rule 12)."""
from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import Row
from werkzeug.wrappers import Response

from core import approvals
from core.access.authorization import Target, allowed
from core.approvals import queries
from core.approvals.kinds import kinds
from core.approvals.models import WAITING
from core.errors import BaodaoError, Invalid
from core.i18n import _, _l
from core.tenancy import now
from tenants import hierarchy, loosening  # noqa: F401  makes their kinds known
from web.navigation import NavigationItem, register
from web.queries import with_query
from web.routing import Pages
from web.tenant import actor

PERMISSION = "approvals.read"
STATES = {"waiting": _l("等第二人确认"), "done": _l("已确认并办理"), "refused": _l("已退回"), "withdrawn": _l("已撤回"), "expired": _l("已过期")}
TONES = {"waiting": "warn", "done": "good", "refused": "bad", "withdrawn": "neutral", "expired": "neutral"}
LISTS = {"waiting": queries.waiting, "asked": queries.asked, "decided": queries.decided}

pages = Pages("approvals", __name__, url_prefix="/approvals")
register("manage", _l("管理"), NavigationItem(_l("两人办理"), "approvals.index", "users", permission=PERMISSION, order=5), order=90)


@pages.page("/", access=PERMISSION)
def index() -> str:
    """What waits for this person; what one has asked for; what came to an end."""
    wanted = request.args.get("list", "waiting")
    wanted = wanted if wanted in LISTS else "waiting"
    found = LISTS[wanted](actor(), request.args.get("after", type=uuid.UUID))
    more = len(found) > queries.PAGE
    rows = [_line(row) for row in found[:queries.PAGE]]
    titles = {"waiting": _("等我确认"), "asked": _("我提出的"), "decided": _("已办结的")}
    tabs = [{"title": title, "url": url_for("approvals.index", list=key), "active": key == wanted,
             "count": queries.waiting_count(actor()) if key == "waiting" else None} for key, title in titles.items()]
    return render_template("approvals/index.html", rows=rows, tabs=tabs, wanted=wanted,
                           next_url=with_query(after=found[queries.PAGE - 1].id) if more else None)


@pages.page("/<uuid:approval_id>", access=PERMISSION)
def show(approval_id: uuid.UUID) -> str:
    """Exactly what will happen, who asked and why, and the two answers."""
    return _show(approval_id)


@pages.page("/<uuid:approval_id>/confirm", access=PERMISSION, methods=("POST",))
def confirm(approval_id: uuid.UUID) -> Response | tuple[str, int]:
    """Carry it out. Without the tick that it was read, the page says so."""
    queries.one(approval_id, actor())
    if request.form.get("read") != "yes":
        return _show(approval_id, Invalid(_("请先核对上面的内容，再勾选“我已核对”。"), {"read": [_("请勾选")]})), 422
    return _answered(approval_id, lambda: approvals.confirm(approval_id, by=actor()), _("已确认，已照申请办理。"))


@pages.page("/<uuid:approval_id>/refuse", access=PERMISSION, methods=("POST",))
def refuse(approval_id: uuid.UUID) -> Response | tuple[str, int]:
    """Say no, and why."""
    queries.one(approval_id, actor())
    return _answered(approval_id, lambda: approvals.refuse(approval_id, request.form.get("answer", ""), by=actor()), _("已退回，没有办理。"))


@pages.page("/<uuid:approval_id>/withdraw", access=PERMISSION, methods=("POST",))
def withdraw(approval_id: uuid.UUID) -> Response | tuple[str, int]:
    """Take one's own request back."""
    queries.one(approval_id, actor())
    return _answered(approval_id, lambda: approvals.withdraw(approval_id, by=actor()), _("已撤回，没有办理。"))


def _answered(approval_id: uuid.UUID, work: Any, said: str) -> Response | tuple[str, int]:
    """What was asked for may be refused by the act itself: the page says why, and nothing has happened."""
    try:
        work()
    except BaodaoError as error:
        if error.status in (403, 404):
            raise
        return _show(approval_id, error), error.status
    flash(said, "success")
    return redirect(url_for("approvals.show", approval_id=approval_id), 303)


def _show(approval_id: uuid.UUID, error: BaodaoError | None = None) -> str:
    row = queries.one(approval_id, actor())
    known = kinds().get(row.kind)
    own = row.asked_by == actor().account_id
    open_ = row.status == WAITING and row.expires_at > now() and known is not None
    may = open_ and not own and known is not None and allowed(actor(), known.permission, Target((row.path,)))
    others = approvals.confirmers(row.kind, row.path, row.asked_by) if open_ and own else []
    facts = _facts(row)
    return render_template("approvals/show.html", row=_line(row), facts=facts, own=own, open=open_, may=may, others=others,
                           fingerprint=bytes(row.content_hash).hex()[:16], file_url=_file(row) if own and row.status == "done" else None,
                           message=error.message if error else None,
                           errors=error.fields if isinstance(error, Invalid) else {}, answer=request.form.get("answer", ""))


def _facts(row: Row[Any]) -> Sequence[tuple[str, str]]:
    """What will happen, in words; while the plugin is off, or what it is about is gone, that."""
    known = kinds().get(row.kind)
    if known is None:
        return [(_("内容"), _("这类事项所属的功能没有启用"))]
    try:
        return known.describe(json.loads(row.content))
    except BaodaoError as error:
        return [(_("内容"), error.message)]


def _file(row: Row[Any]) -> str | None:
    """Where the asker finds what was made, for exports."""
    job = (row.outcome or {}).get("job")
    where = {"members.export": "members.exported", "reports.full": "reports.made"}.get(row.kind)
    return url_for(where, job_id=job) if job and where else None


def _line(row: Row[Any]) -> dict[str, Any]:
    known = kinds().get(row.kind)
    state = "expired" if row.status == WAITING and row.expires_at <= now() else row.status
    return {"id": row.id, "title": str(known.title) if known else row.kind, "reason": row.reason, "asker": row.asker or "", "asked_at": row.asked_at,
            "expires_at": row.expires_at, "state": str(STATES[state]), "tone": TONES[state], "decider": row.decider, "decided_at": row.decided_at,
            "answer": row.answer, "status": state, "url": url_for("approvals.show", approval_id=row.id)}
