"""The duty list of a day: the officer ticks who was there, the hours stand already, one form makes the records of all."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import BaodaoError, Conflict, Invalid, _, new_id, requires, session, today
from core.pages import day, me, ticket
from plugins.posts import queries, serving, times
from plugins.posts.pages import doing
from plugins.posts.pages.doing import BOTH, Route
from plugins.posts.rights import MANAGE, reached


@requires(MANAGE)
def duty(matter_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Show the list of a day, or write it down."""
    row = reached(matter_id, MANAGE)
    if request.method == "GET":
        return _page(row, _day(), new_id())
    form_id = ticket("form_id")
    try:
        with session().begin_nested():
            done = serving.duty(row, _chosen(), day("day") or today(), by=me(), form_id=form_id)
    except (Invalid, Conflict) as error:
        return _page(row, _day(), form_id, error), error.status
    flash(_("已登记 %(count)s 人的服务，并已查验通过。", count=done), "success")
    return redirect(url_for("posts.show", matter_id=matter_id), 303)


def _day() -> dt.date:
    """The day of the list; today where none, or none that can be, is named."""
    try:
        return min(day("day") or today(), today())
    except Invalid:
        return today()


def _chosen() -> dict[uuid.UUID, int]:
    """The claims that are ticked, each with its minutes. Raises Invalid."""
    found = {}
    for text in request.form.getlist("claim")[:queries.MOST_CLAIMS]:
        try:
            claim_id = uuid.UUID(text)
        except ValueError:
            raise Invalid(_("选择的内容有误，请刷新页面后重新勾选。")) from None
        minutes = doing.minutes(f"minutes-{claim_id}")
        if minutes is None:
            raise Invalid(_("请给勾选的每个人填写时长。"), {f"minutes-{claim_id}": [_("请填写")]})
        found[claim_id] = minutes
    return found


def _page(row: Any, day: dt.date, form_id: uuid.UUID, error: BaodaoError | None = None) -> str:
    holders = [one for one in queries.claims_of(row.id) if one.state == "held" and one.member_id is not None]
    already = serving.served_on([one.id for one in holders], day)
    offer, sent = serving.offered(row.times, row.minutes, day), request.form if error is not None else {}
    rows = [_line(one, offer.minutes, one.id in already, sent) for one in holders]
    return render_template("posts/duty.html", row=row, rows=rows, day=day, today=today(), form_id=form_id, when=times.said(row.times, row.times_words),
                           on_duty=offer.agreed, message=error.message if error else None)


def _line(one: Any, minutes: int, already: bool, sent: Mapping[str, Any]) -> dict[str, Any]:
    ticked = sent.getlist("claim") if hasattr(sent, "getlist") else []
    return {**one._mapping, "already": already, "ticked": str(one.id) in ticked, "value": sent.get(f"minutes-{one.id}", minutes)}


ROUTES: tuple[Route, ...] = (("/<uuid:matter_id>/duty", "duty", duty, BOTH),)
