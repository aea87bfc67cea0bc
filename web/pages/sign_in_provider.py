"""Setting up the tenant's own sign-in, and the links of other people's accounts to it."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from core import audit
from core.access import accounts
from core.access.openid import attempts, links, providers
from core.access.openid.providers import Provider
from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.i18n import _, _l
from core.tenancy import current_tenant
from web.forms import form_fields, load_form
from web.navigation import NavigationItem, register
from web.pages.single_sign_on import callback_address
from web.routing import Pages
from web.tenant import actor

PERMISSION, ACCOUNTS = "sign_in.manage", "accounts.manage"

pages = Pages("sign_in_provider", __name__)
register("manage", _l("管理"), NavigationItem(_l("统一身份认证"), "sign_in_provider.form", "login", permission=PERMISSION, order=12), order=90)


class ProviderForm(Schema):
    """Where the tenant's own people sign in."""

    issuer = fields.String(required=True, validate=validate.Length(8, 200), metadata={
        "title": _l("认证服务地址"), "help": _l("OpenID Connect 的 issuer，以 https:// 开头，须与认证服务自称的一字不差")})
    client_id = fields.String(required=True, validate=validate.Length(1, 200), metadata={"title": _l("客户端编号（client ID）"), "autocomplete": "off"})
    client_secret = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500), metadata={
        "title": _l("客户端密钥"), "widget": "password", "autocomplete": "off", "help": _l("加密保存，不再显示；不填则保留原来的")})
    label = fields.String(required=True, validate=validate.Length(2, 20), metadata={"title": _l("按钮文字"), "help": _l("如：用市政务统一身份登录")})
    claim = fields.String(load_default="sub", validate=validate.Regexp(r"[A-Za-z0-9_:./-]{1,60}\Z"), metadata={
        "title": _l("识别账号的字段"), "help": _l("一般是 sub；须是认证服务保证不变、不重复使用的")})
    factors = fields.String(load_default="", validate=validate.Length(max=200), metadata={
        "title": _l("哪些认证方式算第二因素"), "help": _l("认证服务 amr、acr 的取值，用空格分开，如：otp mfa；不填则都不算")})
    create_accounts = fields.Boolean(load_default=False, metadata={
        "title": _l("没有关联的人登录时自动建账号"), "help": _l("新账号没有任何权限，须另行授权；一般不打开")})
    enabled = fields.Boolean(load_default=False, metadata={"title": _l("启用"), "help": _l("启用时会先连接认证服务核对一次")})
    version = fields.Integer(load_default=0, metadata={"widget": "hidden"})


@pages.page("/sign-in", access=PERMISSION)
def form() -> str:
    """What is set up."""
    found = providers.provider()
    values = {} if found is None else {name: getattr(found, name) for name in ("issuer", "client_id", "label", "claim", "create_accounts", "enabled",
                                                                              "version")} | {"factors": " ".join(found.factors)}
    return _form(values)


@pages.page("/sign-in", access=PERMISSION, methods=("POST",))
def save() -> Response | tuple[str, int]:
    """Check and keep it."""
    try:
        values = load_form(ProviderForm(), request.form)
        providers.save(Provider(**{**values, "factors": tuple(values["factors"].split())}))
    except BaodaoError as error:
        return _form(request.form, error), error.status
    flash(_("已保存。"), "success")
    return redirect(url_for("sign_in_provider.form"), 303)


@pages.page("/accounts/<uuid:account_id>/openid", access=ACCOUNTS)
def account(account_id: uuid.UUID) -> str:
    """Whether an account is linked."""
    return _account(account_id)


@pages.page("/accounts/<uuid:account_id>/openid/invite", access=ACCOUNTS, methods=("POST",))
def invite(account_id: uuid.UUID) -> str:
    """A link to hand over, shown once, good for a day."""
    found = accounts.manageable(account_id, actor())
    if providers.door() is None or account_id == actor().account_id or not found.active:
        raise NotFound
    word = attempts.invite(account_id, by=actor().account_id)
    audit.record("account.sign_in_invited", "account", account_id)
    base = current_app.config["BAODAO"].base_url
    return _account(account_id, base + url_for("single_sign_on.invitation", slug=current_tenant().slug, word=word))


@pages.page("/accounts/<uuid:account_id>/openid/unlink", access=ACCOUNTS, methods=("POST",))
def unlink(account_id: uuid.UUID) -> Response:
    """The identity opens the account no longer."""
    accounts.manageable(account_id, actor())
    links.unlink(account_id, own=False)
    flash(_("已解除关联。"), "success")
    return redirect(url_for("sign_in_provider.account", account_id=account_id), 303)


def _account(account_id: uuid.UUID, invitation: str | None = None) -> str:
    return render_template("accounts/openid.html", found=accounts.manageable(account_id, actor()), label=providers.door(),
                           link=links.linked(account_id), invitation=invitation, own=account_id == actor().account_id)


def _form(values: Mapping[str, Any], error: BaodaoError | None = None) -> str:
    rows = form_fields(ProviderForm(), values, error.fields if isinstance(error, Invalid) else {})
    return render_template("accounts/provider.html", fields=rows, message=error.message if error else None, callback=callback_address(),
                           conflict=isinstance(error, Conflict))
