"""The unit's desk: what communities have fed back, what waits for an answer, and words from communities of other tenants."""
from __future__ import annotations

import uuid

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import _, acting, authorize, place_target, requires, settings
from core.pages import Route, after, attempt, following
from plugins.feedback import missing, queries, thread
from plugins.feedback.pages.doing import lines


@requires("feedback.answer")
def unit() -> str:
    """The list of one tab."""
    tab = request.args.get("tab", "open")
    tab = tab if tab in queries.UNIT_TABS else "open"
    found, counts = queries.of_units(tab, after()), queries.unit_counts()
    titles = {"open": _("待阅和待答复"), "answered": _("已答复"), "archived": _("已归档")}
    tabs = [{"title": title, "url": url_for("feedback.unit", tab=name), "active": name == tab,
             "count": counts["open"] if name == "open" else None} for name, title in titles.items()]
    return render_template("feedback/unit.html", rows=lines(found[:queries.PAGE], unit=True), tabs=tabs, tab=tab, words=counts["words"],
                           following=following(found, queries.PAGE), late=missing.late_answers(), days=settings("feedback")["answer_days"])


@requires("feedback.answer")
def outside(unit_id: uuid.UUID) -> str:
    """Words that came to a unit from communities of other tenants."""
    authorize(acting(), "feedback.answer", place_target(unit_id))
    return render_template("feedback/outside.html", rows=queries.from_outside(unit_id), unit_id=unit_id)


@requires("feedback.answer")
def outside_noted(unit_id: uuid.UUID) -> Response:
    """They have been read."""
    authorize(acting(), "feedback.answer", place_target(unit_id))
    return attempt(lambda: thread.take_note(None, unit_id, "unit"), _("已记下已阅。"), url_for("feedback.outside", unit_id=unit_id))


ROUTES: tuple[Route, ...] = (("/unit", "unit", unit, "GET"), ("/unit/<uuid:unit_id>/outside", "outside", outside, "GET"),
                             ("/unit/<uuid:unit_id>/outside", "outside_noted", outside_noted, "POST"))
