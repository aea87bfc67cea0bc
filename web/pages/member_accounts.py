"""Members' phone accounts, unit by unit: opened in batch as a list to be handed out, reset one by one at the desk."""
from __future__ import annotations

import uuid

from flask import current_app, flash, g, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from core.access.authorization import Target, authorize
from core.access.proving import has_password
from core.errors import Invalid, TooMany
from core.i18n import _, _l
from core.members import phone_accounts
from core.organizations import tree
from core.tenancy import current_tenant
from web.forms import form_fields, load_form
from web.navigation import NavigationItem, register
from web.pages.second_factor import ProofForm
from web.queries import with_query
from web.routing import Pages
from web.slips import slip_page
from web.tenant import actor

pages = Pages("member_accounts", __name__, url_prefix="/member-accounts")
PERMISSION, PAGE = phone_accounts.PERMISSION, 50
register("members", _l("党员"), NavigationItem(_l("党员手机账号"), "member_accounts.index", "device-mobile", permission=PERMISSION, order=70),
         order=20)


class ResetForm(ProofForm):
    """The liaison's own password, on the page that the first press opens."""

    step = fields.String(required=True, metadata={"widget": "hidden", "title": ""})


@pages.page("/", access=PERMISSION)
def index() -> str | Response:
    """Choose the unit; a liaison of one unit has chosen already."""
    units = [g for g in actor().grants if g.kind == "unit" and g.path in actor().paths(PERMISSION)]
    if len(units) == 1:
        return redirect(url_for("member_accounts.unit", unit_id=units[0].organization_id))
    return _choose("")


@pages.page("/find", access=PERMISSION, methods=("POST",))
def find() -> str:
    """Units by name."""
    return _choose(request.form.get("q", "").strip()[:40])


@pages.page("/<uuid:unit_id>", access=PERMISSION)
def unit(unit_id: uuid.UUID) -> str:
    """A unit's members with their accounts."""
    place = tree.get(unit_id)
    authorize(actor(), PERMISSION, Target((place.path,)))
    found = phone_accounts.of_unit(unit_id, after=request.args.get("after", type=uuid.UUID), limit=PAGE + 1)
    rows = [{**row._asdict(), "row": row} for row in found[:PAGE]]
    return render_template("accounts/members.html", unit=place, rows=rows,
                           next_url=with_query(after=found[PAGE - 1].member_id) if len(found) > PAGE else None)


@pages.page("/<uuid:unit_id>/open", access=PERMISSION, methods=("POST",))
def open_all(unit_id: uuid.UUID) -> Response:
    """Open the missing accounts; the list to print comes out of the job."""
    door = current_app.config["BAODAO"].base_url.rstrip("/") + url_for("start.form", slug=current_tenant().slug)
    job_id = phone_accounts.start(actor(), unit_id, renew=request.form.get("renew") == "true", address=door.partition("://")[2])
    return redirect(url_for("jobs.show", job_id=job_id, next=url_for("member_accounts.unit", unit_id=unit_id)), 303)


@pages.page("/members/<uuid:member_id>/reset", access=PERMISSION, methods=("POST",))
def reset(member_id: uuid.UUID) -> str:
    """A new slip for one member, shown once; the old password is void."""
    made = phone_accounts.reset(actor(), member_id)
    return slip_page(_("原密码已作废"), made.name, made.username, made.code, url_for("member_accounts.index"))


@pages.page("/members/<uuid:member_id>/second-factor/reset", access=PERMISSION, methods=("POST",))
def reset_factor(member_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """A lost phone: the second factor goes, after the liaison has seen who asks and given the own password, for which the first press asks."""
    name = phone_accounts.factor_name(actor(), member_id)
    if "step" not in request.form:
        return _sure(member_id, name)
    try:
        phone_accounts.reset_factor(actor(), member_id, load_form(ResetForm(), request.form)["old_password"])
    except (Invalid, TooMany) as error:
        g.keep_changes = True  # the counted try is to stay
        return _sure(member_id, name, error), error.status
    flash(_("两步登录已重设。对方下次用密码登录；要求两步登录的，会先请他重新设置。"), "success")
    return redirect(url_for("member_accounts.index"), 303)


def _sure(member_id: uuid.UUID, name: str, error: Invalid | TooMany | None = None) -> str:
    asked = [field for field in form_fields(ResetForm(), {"step": "sure"}, error.fields if isinstance(error, Invalid) else {})
             if field.name != "old_password" or has_password(actor().account_id)]
    return render_template("accounts/reset_factor.html", member_id=member_id, name=name, fields=asked, message=error.message if error else None)


def _choose(text: str) -> str:
    found = tree.search(actor().paths(PERMISSION), kinds=("unit",), text=text, limit=PAGE)
    rows = [{"name": u.name, "code": u.code, "url": url_for("member_accounts.unit", unit_id=u.id)} for u in found]
    return render_template("accounts/units.html", rows=rows, text=text, more=len(found) == PAGE)
