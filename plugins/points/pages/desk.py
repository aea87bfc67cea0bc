"""The redemption desk, the corrections that wait for a second person, and the lists for the notice board."""
from __future__ import annotations

import datetime as dt
import uuid

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import NotFound, _, acting, authorize, member_target, requires
from core.pages import after, attempt, following
from plugins.points import corrections, desk_queries, notices, redemption
from plugins.points.fields import shown
from plugins.points.pages.showing import GET, PAGE, POST


@requires("points.redeem")
def desk() -> str:
    """Who waits for what, the oldest first."""
    found = desk_queries.waiting(acting().paths("points.redeem"), after())
    rows = [{"id": r.id, "name": r.name, "unit_name": r.unit_name, "title": r.title, "cost": shown(r.cost), "for_other": r.for_other,
             "asked_at": r.asked_at} for r in found[:PAGE]]
    return render_template("points/desk.html", rows=rows, following=following(found, PAGE))


@requires("points.redeem")
def hand_over(request_id: uuid.UUID) -> Response:
    """The member has got it."""
    authorize(acting(), "points.redeem", member_target(desk_queries.member_of(request_id)))
    return attempt(lambda: redemption.hand_over(request_id, by=acting().account_id), _("已登记领取。"), url_for("points.desk"))


@requires("points.redeem")
def cancel(request_id: uuid.UUID) -> Response:
    """It is called off; the points go back."""
    authorize(acting(), "points.redeem", member_target(desk_queries.member_of(request_id)))
    return attempt(lambda: redemption.cancel(request_id, by=acting().account_id), _("已经取消，积分已退回。"), url_for("points.desk"))


@requires("points.correct")
def waiting_corrections() -> str:
    """What waits for a second person."""
    rows = [{"id": r.id, "name": r.name, "points": f"{r.points / 100:+g}", "reason": r.reason, "own": r.proposed_by == acting().account_id,
             "created_at": r.created_at} for r in corrections.waiting(acting().paths("points.correct"))]
    return render_template("points/corrections.html", rows=rows)


@requires("points.read")
def notice_list() -> str:
    """The lists that were made ready."""
    return render_template("points/notices.html", rows=notices.listed())


@requires("points.read")
def notice_sheet() -> str:
    """One list of the officer's reach, to be printed and put up."""
    try:
        since, until = (dt.date.fromisoformat(request.args.get(name, "")) for name in ("since", "until"))
    except ValueError:
        raise NotFound from None
    found = notices.notice(since, until)
    rows = [{"name": notices.masked(r.name) if found.masked else r.name, "unit_name": r.unit_name, "points": shown(r.points),
             "balance": shown(r.balance)} for r in notices.lines(found, acting().paths("points.read"))]
    return render_template("points/notice.html", notice=found, rows=rows)


ROUTES = (("/desk", desk, GET), ("/requests/<uuid:request_id>/hand-over", hand_over, POST), ("/requests/<uuid:request_id>/cancel", cancel, POST),
          ("/corrections", waiting_corrections, GET), ("/notices", notice_list, GET), ("/notices/sheet", notice_sheet, GET))
