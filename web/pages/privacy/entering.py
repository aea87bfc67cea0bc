"""A wish on paper: the form to print for a member without a phone, and its entry by unit or community."""
from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.errors import BaodaoError, Conflict, Invalid
from core.i18n import _
from core.members import consents, data_requests
from core.members.data_requests import DAYS, KIND_TITLES
from core.members.holds import is_held
from core.members.queries import MemberView
from core.members.reach import grants_for
from web.pages.members.show import find
from web.pages.privacy.blueprint import DECIDE, ENTER, HOLD_TITLES, pages
from web.tenant import actor

SIDES = {"unit": "unit", "sector": "unit", "community": "community", "street": "community"}


@pages.page("/members/<uuid:member_id>", access=ENTER)
def member(member_id: uuid.UUID) -> str:
    """What may be entered for a member, with the form to print."""
    return _page(find(member_id, ENTER))


@pages.page("/members/<uuid:member_id>", access=ENTER, methods=("POST",))
def enter(member_id: uuid.UUID) -> Response | tuple[str, int]:
    """Enter what the signed paper says."""
    found = find(member_id, ENTER)
    try:
        data_requests.ask(member_id, request.form.get("kind", ""), _side(), request.form.get("says", ""), by=actor().account_id)
    except (Invalid, Conflict) as error:
        return _page(found, error), error.status
    flash(_("已登记，%(days)s 天内由县（市、区）或市（州）经办人答复。", days=DAYS), "success")
    return redirect(url_for("members.show", member_id=member_id), 303)


@pages.page("/members/<uuid:member_id>/consents", access=ENTER, methods=("POST",))
def consent(member_id: uuid.UUID) -> Response | tuple[str, int]:
    """Enter what the paper says to one purpose; it holds at once."""
    found = find(member_id, ENTER)
    try:
        consents.say(member_id, request.form.get("purpose", ""), given=request.form.get("given") == "yes", channel=_side(), by=actor().account_id)
    except Invalid as error:
        return _page(found, error), error.status
    flash(_("已登记，立即生效。"), "success")
    return redirect(url_for("privacy.member", member_id=member_id), 303)


@pages.page("/members/<uuid:member_id>/paper", access=ENTER)
def paper(member_id: uuid.UUID) -> str:
    """The form to print, sign and hand in."""
    return render_template("privacy/paper.html", member=find(member_id, ENTER), kinds=KIND_TITLES, consents=consents.standing(member_id), days=DAYS)


def _side() -> str:
    """Through whom it comes: the kind of place that the entering person looks after."""
    return next((SIDES[grant.kind] for grant in grants_for(actor(), ENTER) if grant.kind in SIDES), "committee")


def _page(found: MemberView, error: BaodaoError | None = None) -> str:
    return render_template("privacy/member.html", member=found, kinds=KIND_TITLES, days=DAYS, values=request.form,
                           consents=consents.standing(found.id), held=is_held(found.id), may_hold=actor().can(DECIDE), holds=HOLD_TITLES,
                           message=error.message if error else None,
                           errors=error.fields if isinstance(error, Invalid) else {})
