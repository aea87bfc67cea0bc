"""The year of each member: the unit's list beside the norm, and the service record card to print."""
from __future__ import annotations

import io
import uuid

from flask import redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from core.access.authorization import authorize
from core.i18n import _
from core.members.queries import RosterFilter, roster
from core.members.reach import grants_for
from core.members.scope import target
from core.service.card import card_pdf
from core.service.rights import OWN, READ
from core.service.summary import member_years
from core.tenancy import today
from web.pages.records.blueprint import pages
from web.pages.records.own import own_member_id
from web.tenant import actor

FIRST = 2000


@pages.page("/card", access=OWN)
def card() -> Response:
    """My card for a year."""
    return _card(own_member_id())


@pages.page("/filed/members", access=READ, methods=("GET", "POST"))
def filed_members() -> str | Response:
    """Each member's year: how often, how long, beside the norm, which informs only. By name, never by number (R31).

    A name is looked for by POST, since it stands in no address.
    """
    text = request.form.get("text", "").strip()
    if request.method == "POST" and not text:
        return redirect(url_for("records.filed_members"), 303)
    grants = grants_for(actor(), READ)
    page = roster(RosterFilter(grants, text=text), after=request.values.get("after", type=uuid.UUID),
                  before=request.values.get("before", type=uuid.UUID))
    years = member_years([row.id for row in page.rows])
    rows = [{"name": row.name, "unit": row.unit, "year": years[row.id], "card": url_for("records.member_card", member_id=row.id)} for row in page.rows]
    return render_template("records/filed_members.html", rows=rows, page=page, text=text, this_year=today().year,
                           one_unit=len(grants) == 1 and grants[0].kind == "unit")


@pages.page("/filed/members/<uuid:member_id>/card", access=READ)
def member_card(member_id: uuid.UUID) -> Response:
    """A member's card for a year, for the unit and the officers who may see the member."""
    authorize(actor(), READ, target(member_id))
    return _card(member_id)


def _card(member_id: uuid.UUID) -> Response:
    year = request.args.get("year", today().year, type=int)
    year = year if FIRST <= year <= today().year else today().year
    content = card_pdf(member_id, year, printed_by=actor().display_name)
    return send_file(io.BytesIO(content), "application/pdf", download_name=_("服务纪实卡%(year)s.pdf", year=year))
