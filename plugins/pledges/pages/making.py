"""Entering pledges for members from the paper form, several at one press; the same part serves a member's own page."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import Row
from werkzeug.wrappers import Response

from core.api import Conflict, Forbidden, Invalid, NotFound, _, is_enabled, organization_names, requires, today
from core.pages import Route, after, attempt, chosen, day, following, me, refused, said
from plugins.pledges import making, queries, rights
from plugins.pledges.making import PledgeInput


@requires("pledges.read")
def make() -> str:
    """Claims on which nothing is promised yet."""
    return _page()


def _page(error: Invalid | Conflict | None = None) -> str:
    found = queries.reached_unpledged(after())
    return render_template("pledges/make.html", rows=proposals(found[:queries.PAGE]), following=following(found, queries.PAGE), today=today(),
                           error=refused(error) if error else None)


@requires("pledges.read")
def make_many() -> Response:
    """Enter those that were ticked, all or none."""
    return attempt(lambda: make_ticked(_may), _("已登记承诺。"), url_for("pledges.make"), _page)


def _may(claim_id: uuid.UUID) -> bool:
    try:
        rights.require_making(claim_id)
    except (NotFound, Forbidden):
        return False
    return True


def make_ticked(may: Callable[[uuid.UUID], bool]) -> None:
    """Make what was ticked and may be pledged on, with the words and the deadline beside it.

    Raises Invalid when nothing was ticked, and what the first one that is wrong says.
    """
    given = [PledgeInput(claim_id, said(f"text-{claim_id}"), day(f"deadline-{claim_id}")) for claim_id in chosen("claim") if may(claim_id)]
    if not given:
        raise Invalid(_("请先勾选要作出承诺的认领。"))
    making.make_many(given, by=me())


def proposals(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Claims with the words and the deadline that are proposed, or those that were typed before the form was refused."""
    names = organization_names({row.community_id for row in rows} | {row.unit_id for row in rows if row.member_id is None})
    again = set(request.form.getlist("claim"))
    return [{"id": row.id, "title": row.title, "community": names.get(row.community_id, ""), "due_on": row.due_on, "claimed_on": row.claimed_on,
             "who": row.name if row.member_id is not None else names.get(row.unit_id, ""), "unit": row.unit_name or "",
             "text": said(f"text-{row.id}") or making.usual_text(row.title, row.place),
             "deadline": said(f"deadline-{row.id}") or making.usual_deadline(row.due_on).isoformat(), "ticked": str(row.id) in again}
            for row in rows if is_enabled(row.source)]


ROUTES: tuple[Route, ...] = (("/make", "make", make, "GET"), ("/make", "make_many", make_many, "POST"))
