"""Members who fit a post, with the reasons in words: a proposal to ask them, never an assignment and never a ranking."""
from __future__ import annotations

import uuid

from flask import render_template

from core.api import Conflict, _, requires, settings
from plugins.posts import matching, reasons, times
from plugins.posts.pages.doing import GET, Route
from plugins.posts.rights import MANAGE, reached


@requires(MANAGE)
def fitting(matter_id: uuid.UUID) -> str:
    """Twenty at most; whoever carries a fair load already is left in peace."""
    row = reached(matter_id, MANAGE)
    if row.state != "open":
        raise Conflict(_("这个岗位已经关闭，不能再推荐。"))
    rows = [{"id": one.row.id, "name": one.row.name, "unit": one.row.unit_name, "reasons": reasons.said(one.fit)} for one in matching.for_post(row)]
    return render_template("posts/fitting.html", row=row, rows=rows, when=times.said(row.times, row.times_words),
                           fair_load=settings("posts", row.community_id)["fair_load"])


ROUTES: tuple[Route, ...] = (("/<uuid:matter_id>/fitting", "fitting", fitting, GET),)
