"""Everybody's own account: who one is here, the password, the other logins, and tokens for programs."""
from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from core.access import accounts, logins, tokens
from core.access.actor import FULL
from core.access.opening import has_factor
from core.access.roles import ROLES, permissions
from core.errors import Invalid, TooMany
from core.extension.activation import is_enabled
from core.i18n import _, _l
from core.tenancy import current_tenant
from web.forms import FormField, form_fields, load_form
from web.pages.login import safe_target, step_up
from web.routing import Pages
from web.tenant import actor

pages = Pages("account", __name__, url_prefix="/account")
PERMISSION = "account.self"
TERMS = {30: _l("30 天"), 90: _l("90 天"), 180: _l("180 天"), 366: _l("一年")}


class PasswordForm(Schema):
    """A change of one's own password."""

    old_password = fields.String(required=True, validate=validate.Length(1, 128), metadata={
        "title": _l("现在的密码"), "widget": "password", "autocomplete": "current-password"})
    new_password = fields.String(required=True, metadata={
        "title": _l("新密码"), "widget": "password", "autocomplete": "new-password", "help": _l("至少 8 个字符，可用一句话；不要用生日或手机号")})
    again = fields.String(required=True, metadata={"title": _l("再输入一次新密码"), "widget": "password", "autocomplete": "new-password"})


class TokenForm(Schema):
    """A token for a program."""

    name = fields.String(required=True, validate=validate.Length(1, 50), metadata={
        "title": _l("名称"), "help": _l("写明给哪个程序用，例如“市级数据平台”")})
    days = fields.Integer(required=True, validate=validate.OneOf(tuple(TERMS)), metadata={
        "title": _l("有效期"), "widget": "select", "choices": list(TERMS.items())})
    scopes = fields.List(fields.String(), required=True, validate=validate.Length(min=1), metadata={
        "title": _l("允许做什么"), "help": _l("只选需要的；不会超出您本人的权限")})


@pages.page("/", access=PERMISSION)
def index() -> str:
    """One's roles, logins and tokens."""
    return _index()


@pages.page("/password", access=PERMISSION, methods=("GET", "POST"))
def password() -> str | Response | tuple[str, int]:
    """Change the password; every other login ends with it."""
    if request.method == "GET":
        return _password_form()
    try:
        values = load_form(PasswordForm(), request.form)
        _change(values)
    except (Invalid, TooMany) as error:
        g.keep_changes = True  # the counted wrong password is to stay; nothing else was changed
        return _password_form(error), error.status
    step_up(second_factor=actor().stage == FULL)
    flash(_("密码已修改，其他设备上的登录已全部退出。"), "success")
    return redirect(safe_target(request.form.get("next")) or url_for("account.index"), 303)


@pages.page("/tokens", access=PERMISSION, methods=("POST",))
def create_token() -> tuple[str, int]:
    """Make a token and show it, this once."""
    try:
        values = load_form(TokenForm(), request.form)
        made = tokens.create_token(actor(), values["name"], values["scopes"], values["days"])
    except Invalid as error:
        return _index(error), 422
    return render_template("account/token.html", token=made, name=values["name"]), 200


@pages.page("/tokens/<uuid:token_id>/revoke", access=PERMISSION, methods=("POST",))
def revoke_token(token_id: uuid.UUID) -> Response:
    """End a token at once."""
    tokens.revoke_token(actor().account_id, token_id)
    flash(_("令牌已作废，使用它的程序不能再访问。"), "success")
    return redirect(url_for("account.index"), 303)


def scope_titles() -> dict[str, str]:
    """What the signed-in person may let a program do, by permission code."""
    return {p.code: str(p.title) for p in permissions()
            if actor().can(p.code) and p.code != PERMISSION and (p.plugin is None or is_enabled(p.plugin))}


def check_twice(values: dict[str, str]) -> None:
    """Raise Invalid unless the new password was typed the same twice."""
    if values["new_password"] != values["again"]:
        raise Invalid(_("两次输入的新密码不一样，请重新输入。"), {"again": [_("与上面的新密码不一样")]})


def _change(values: dict[str, str]) -> None:
    check_twice(values)
    if values["new_password"] == values["old_password"]:
        raise Invalid(_("新密码与现在的密码相同，请换一个。"), {"new_password": [_("请换一个")]})
    try:
        accounts.change_password(actor().account_id, values["old_password"], values["new_password"])
    except Invalid as error:
        renamed = {{"password": "new_password"}.get(name, name): said for name, said in error.fields.items()}
        raise Invalid(error.message, renamed) from error


def _password_form(error: Invalid | TooMany | None = None) -> str:
    fields = form_fields(PasswordForm(), {}, error.fields if isinstance(error, Invalid) else {})
    return render_template("account/password.html", fields=fields,
                           message=error.message if error else None, forced=actor().must_change_password)


def _index(error: Invalid | None = None) -> str:
    own = actor()
    known = {p.code: str(p.title) for p in permissions()}
    rows = [{"row": t, "name": t.name, "scopes": _("、").join(known.get(s, s) for s in t.scopes)} for t in tokens.tokens(own.account_id)]
    grants = [(str(ROLES[grant.role].title), grant.name) for grant in own.grants]
    return render_template("account/index.html", grants=grants, logins=len(logins.live_logins(own)),
                           factor=has_factor(own.account_id), rows=rows,
                           fields=_token_fields(error), message=error.message if error else None, tenant_name=current_tenant().name,
                           username=accounts.username(own.account_id))


def _token_fields(error: Invalid | None) -> list[FormField]:
    return form_fields(TokenForm(), request.form if error else {"days": 90}, error.fields if error else {},
                       choices={"scopes": scope_titles().items()})
