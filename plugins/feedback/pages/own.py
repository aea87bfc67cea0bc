"""A member's copy: what the communities have told the unit about oneself, and nothing about anybody else (R43)."""
from __future__ import annotations

from flask import render_template

from core.api import organization_names, requires, settings
from core.pages import Route, after, following, own_member
from plugins.feedback import periods, queries
from plugins.feedback.words import REPORTED, hours, waived


@requires("feedback.self")
def mine() -> str:
    """One's own lines."""
    found = queries.own(own_member(), after())
    names = organization_names({one for row in found for one in (row.community_id, row.unit_id)})
    rows = [{**row._mapping, "community": names.get(row.community_id, "") or row.sender or "", "unit": names.get(row.unit_id, ""),
             "when": periods.words(row.period), "hours": hours(row.minutes), "waived": waived(row), "reported": REPORTED[row.report_state],
             "remark": row.remark if row.community_id and settings("feedback", row.community_id)["remarks_visible"] else None,
             "added": [(one["title"], row.parts.get(one["key"], 0)) for one in row.titles]} for row in found[:queries.PAGE]]
    return render_template("feedback/mine.html", rows=rows, following=following(found, queries.PAGE))


ROUTES: tuple[Route, ...] = (("/me", "mine", mine, "GET"),)
