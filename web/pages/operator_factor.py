"""The second step of those who run the installation: set up once, then asked for at each sign-in."""
from __future__ import annotations

from urllib.parse import quote

from flask import g, redirect, render_template, request, session as cookie, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from core.access import one_time_codes, operator_factors, operators
from core.access.actor import HALF
from core.documents import qr
from core.errors import Conflict, Invalid, TooMany
from core.i18n import _
from web.forms import form_fields, load_form
from web.pages.second_step import CodeForm
from web.routing import OPERATOR, Pages

pages = Pages("operator_factor", __name__, url_prefix="/operator")


@pages.page("/second-step", access=OPERATOR, methods=("GET", "POST"))
def step() -> str | Response | tuple[str, int]:
    """The code of one's app or a recovery code; right, it opens a whole login in place of the half one."""
    if g.operator.stage != HALF:
        return redirect(url_for("operator.index"), 303)
    if request.method == "GET":
        return _step_form()
    try:
        operator_factors.check(g.operator.id, load_form(CodeForm(), request.form)["code"])
    except (Invalid, TooMany) as error:
        g.keep_changes = True  # the counted try is to stay
        return _step_form(error), error.status
    _step_up()
    return redirect(url_for("operator.index"), 303)


@pages.page("/second-factor", access=OPERATOR, methods=("GET", "POST"))
def setup() -> str | tuple[str, int]:
    """Set codes up; once they are in use, renew the recovery codes here with a code."""
    if request.method == "GET":
        return _setup_form()
    ready = operator_factors.has_codes(g.operator.id)
    try:
        code = load_form(CodeForm(), request.form)["code"]
        if ready:
            operator_factors.check(g.operator.id, code)
            made = operator_factors.renew_recovery_codes(g.operator.id)
        else:
            made = operator_factors.confirm(g.operator.id, code)
    except (Invalid, TooMany, Conflict) as error:
        g.keep_changes = True
        return _setup_form(error), error.status
    _step_up()
    text = "\r\n".join((g.operator.username, *made, ""))
    return render_template("account/recovery_codes.html", title=_("新的恢复码") if ready else _("两步登录已经设好"), codes=made,
                           username=g.operator.username, download=f"data:text/plain;charset=utf-8,{quote(text)}", next_url=url_for("operator.index"))


def _step_up() -> None:
    """A new login in place of every other one of this operator."""
    operators.end_logins(g.operator.id)
    token = operators.open_login(g.operator.id, second_factor=True)
    cookie.clear()
    cookie["operator"] = token


def _fields(error: Invalid | TooMany | Conflict | None) -> dict[str, object]:
    return {"fields": form_fields(CodeForm(), {}, error.fields if isinstance(error, Invalid) else {}), "message": error.message if error else None}


def _step_form(error: Invalid | TooMany | None = None) -> str:
    return render_template("operator/second_step.html", **_fields(error))


def _setup_form(error: Invalid | TooMany | Conflict | None = None) -> str:
    if operator_factors.has_codes(g.operator.id):
        return render_template("operator/second_factor.html", left=operator_factors.recovery_codes_left(g.operator.id), **_fields(error))
    secret = operator_factors.propose(g.operator.id)
    address = one_time_codes.address(secret, g.operator.username, _("报到运营"))
    return render_template(
        "account/second_factor_setup.html", code=Markup(qr.svg(address)), address=address, key=one_time_codes.spaced(secret),  # noqa: S704 - an SVG made here
        action=url_for("operator_factor.setup"), operator_page=True, **_fields(error))
