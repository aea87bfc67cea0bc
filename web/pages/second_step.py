"""The second step of signing in: the code of one's app, a recovery code from paper, or a passkey; nothing else opens before it."""
from __future__ import annotations

from flask import g, redirect, render_template, request, session as cookie, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from core.access import factors, passkeys
from core.access.actor import HALF
from core.errors import Invalid, TooMany
from core.i18n import _l
from web.forms import form_fields, load_form
from web.pages.login import safe_target, step_up
from web.routing import Pages
from web.tenant import actor
from web.webauthn import CHALLENGE, has_domain, new_challenge, relying_party

pages = Pages("second_step", __name__, url_prefix="/second-step")
PERMISSION = "account.self"


class CodeForm(Schema):
    """A one-time code or a recovery code."""

    code = fields.String(required=True, validate=validate.Length(1, 20), metadata={
        "title": _l("验证码"), "autocomplete": "one-time-code", "inputmode": "text", "spellcheck": "false",
        "help": _l("手机验证器里现在显示的 6 位数字；手机不在身边时，输入一个恢复码")})


@pages.page("/", access=PERMISSION)
def show() -> str | Response:
    """The form; whoever has met both factors goes on."""
    return _form() if actor().stage == HALF else _on()


@pages.page("/", access=PERMISSION, methods=("POST",))
def check() -> str | Response | tuple[str, int]:
    """A code: right, it opens a whole login in place of the half one."""
    if actor().stage != HALF:
        return _on()
    try:
        factors.check(actor().account_id, load_form(CodeForm(), request.form)["code"])
    except (Invalid, TooMany) as error:
        g.keep_changes = True  # the counted try is to stay; nothing else was changed
        return _form(error), error.status
    step_up(second_factor=True)
    return _on()


@pages.page("/passkey", access=PERMISSION, methods=("POST",))
def passkey() -> str | Response | tuple[str, int]:
    """A passkey's answer to the challenge of the form."""
    if actor().stage != HALF:
        return _on()
    try:
        passkeys.verify(request.form.get("credential", ""), cookie.pop(CHALLENGE, ""), relying_party(), account_id=actor().account_id)
    except (Invalid, TooMany) as error:
        g.keep_changes = True
        return _form(error), error.status
    step_up(second_factor=True)
    return _on()


def _on() -> Response:
    return redirect(safe_target(request.values.get("next")) or url_for("home.index"), 303)


def _form(error: Invalid | TooMany | None = None) -> str:
    own = actor().account_id
    credentials = passkeys.credentials(own) if has_domain() else []
    options = passkeys.sign_in_options(new_challenge(), relying_party(), credentials) if credentials else None
    return render_template(
        "login/second_step.html", options=options, with_codes=factors.has_codes(own), target=safe_target(request.values.get("next")),
        fields=form_fields(CodeForm(), {}, error.fields if isinstance(error, Invalid) else {}), message=error.message if error else None)
