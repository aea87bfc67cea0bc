"""A page without a login: whoever has a slip with a code reads what it stands for."""
from __future__ import annotations

from flask import Blueprint, render_template, request

from core.api import NotFound, TooMany, admit, find_code, forgive, public, visitor
from tally import counting

SLIP = "tally.slip"  # what `issue_code(SLIP, member_id)` was asked for when the slip was printed


def public_routes() -> Blueprint:
    """The pages below /t/<slug>/p/tally."""
    pages = Blueprint("tally_public", __name__)
    pages.add_url_rule("/", "look", look, methods=["GET", "POST"])
    return pages


@public
def look(slug: str) -> str | tuple[str, int]:
    """The code is sent in a form, so that it stands in no address and in no log."""
    if request.method == "GET":
        return render_template("tally/look.html", slug=slug)
    try:
        admit(SLIP, visitor())
        member_id = find_code(SLIP, request.form.get("code", ""))
    except (NotFound, TooMany) as error:
        return render_template("tally/look.html", slug=slug, message=error.message, code=request.form.get("code", "")), 422
    forgive(SLIP, visitor())
    return render_template("tally/look.html", slug=slug, rows=counting.by_kind(member_id))
