"""The door for somebody with a slip: username and one-time code from paper or link, then a password of one's own."""
from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from core.access import accounts, slips
from core.access.opening import open_login
from core.errors import Invalid, TooMany
from core.i18n import _, _l
from web.forms import form_fields, load_form
from web.pages.account import check_twice
from web.pages.login import remember, source
from web.routing import PUBLIC_TENANT, Pages

pages = Pages("start", __name__)


class StartForm(Schema):
    """What the slip says, and the new password twice."""

    username = fields.String(required=True, validate=validate.Length(1, 64), metadata={
        "title": _l("用户名"), "autocomplete": "username", "spellcheck": "false", "help": _l("纸条上的用户名")})
    code = fields.String(required=True, validate=validate.Length(1, 40), metadata={
        "title": _l("开通码"), "autocomplete": "off", "spellcheck": "false", "help": _l("纸条上的开通码，横线可以不输；只能用一次")})
    new_password = fields.String(required=True, metadata={
        "title": _l("新密码"), "widget": "password", "autocomplete": "new-password", "help": _l("至少 8 个字符，可用一句话；不要用生日或手机号")})
    again = fields.String(required=True, metadata={"title": _l("再输入一次新密码"), "widget": "password", "autocomplete": "new-password"})


@pages.page("/t/<slug>/start", access=PUBLIC_TENANT)
def form(slug: str) -> str:  # noqa: ARG001 - the frame has used it
    """The form; a link carries name and code behind the # sign, which no server and no log sees."""
    return _form()


@pages.page("/t/<slug>/start", access=PUBLIC_TENANT, methods=("POST",))
def begin(slug: str) -> str | Response | tuple[str, int]:  # noqa: ARG001 - the frame has used it
    """Set the password; the person is signed in."""
    try:
        values = load_form(StartForm(), request.form)
        check_twice(values)
        account_id = slips.redeem(values["username"], values["code"], values["new_password"], source())
    except (Invalid, TooMany) as error:
        g.keep_changes = True  # the counted try is to stay; nothing else was changed
        return _form(error), error.status
    remember(open_login(account_id, device=source().device))
    flash(_("密码已设好。以后请用用户名 %(name)s 和新密码登录。", name=accounts.username(account_id)), "success")
    return redirect(url_for("home.index"), 303)


def _form(error: Invalid | TooMany | None = None) -> str:
    said = error.fields if isinstance(error, Invalid) else {}
    renamed = {{"password": "new_password"}.get(name, name): texts for name, texts in said.items()}
    typed = {name: request.form.get(name, "") for name in ("username", "code")}
    return render_template("login/start.html", fields=form_fields(StartForm(), typed, renamed), message=error.message if error else None)
