"""A member's name, ID number, category, joining day and branch put right by who may import them."""
from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from core.access.authorization import authorize
from core.errors import BaodaoError, Conflict, Invalid
from core.i18n import _, _l
from core.members.queries import MemberView, member_view
from tenants.importing.correcting import PERMISSION, Correction, correct
from web.elsewhere import traced
from web.forms import form_fields, load_form
from web.pages.members.blueprint import pages
from web.pages.members.entering import PersonForm
from web.pages.members.show import unit_side
from web.tenant import actor


class CorrectionForm(PersonForm):
    """The facts as they shall be; the ID number only where it is another one, since the present one is not shown."""

    version = fields.Integer(required=True, metadata={"widget": "hidden"})
    id_number = fields.String(load_default=None, allow_none=True, metadata={
        "title": _l("新公民身份号码"), "autocomplete": "off", "help": _l("号码有误时填写完整的 18 位；留空则不改。性别随号码更正。")})

    class Meta:
        """The order on the page."""

        fields = ("version", "name", "id_number", "category", "joined_party_on", "branch")


@pages.page("/<uuid:member_id>/correct", access=PERMISSION, methods=("GET", "POST"))
def correct_member(member_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Correct what only an import could mend before; a member of a unit elsewhere is as good as absent."""
    member = member_view(member_id)
    authorize(actor(), PERMISSION, unit_side(member))
    if request.method == "GET":
        return _page(member, {name: getattr(member, name) for name in ("version", "name", "category", "joined_party_on", "branch")})
    try:
        data = load_form(CorrectionForm(), request.form)
        with traced():
            changed = correct(actor(), member_id, data["version"], Correction(
                data["name"], data["category"], data["id_number"], data["joined_party_on"], data["branch"]))
    except (Invalid, Conflict) as error:
        return _page(member, request.form, error), error.status
    flash(_("已更正。") if changed else _("与现在相同，没有变动。"), "success")
    return redirect(url_for("members.show", member_id=member_id), 303)


def _page(member: MemberView, values: Any, error: BaodaoError | None = None) -> str:
    errors = error.fields if isinstance(error, Invalid) else {}
    return render_template("members/correct.html", member=member, fields=form_fields(CorrectionForm(), values, errors),
                           message=error.message if error else None)
