"""Signing in and out: choose the tenant, then the account; operators have a door of their own."""
from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, flash, g, redirect, render_template, request, session as cookie, url_for
from flask_login import login_user, logout_user
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.access import entry, factors, logins, operators
from core.access.actor import Actor
from core.access.openid.providers import door
from core.access.opening import open_login
from core.access.spraying import Source
from core.errors import BaodaoError, Invalid
from core.i18n import _, _l
from core.tenancy import Tenant, current_tenant, in_scope, unscoped
from web.devices import device_code
from web.forms import form_fields, load_form
from web.routing import PUBLIC, PUBLIC_TENANT, Pages
from web.tenant import SignedIn, actor

pages = Pages("login", __name__)


class SignInForm(Schema):
    """Name and password."""

    username = fields.String(required=True, validate=validate.Length(1, 64),
                             metadata={"title": _l("用户名"), "autocomplete": "username"})
    password = fields.String(required=True, validate=validate.Length(1, 128),
                             metadata={"title": _l("密码"), "widget": "password", "autocomplete": "current-password"})


@pages.page("/login", access=PUBLIC)
def choose() -> str | Response:
    """Which city or sector? With a single tenant, its door at once."""
    with unscoped() as opened:
        tenants = opened.execute(select(Tenant.slug, Tenant.name, Tenant.kind).where(Tenant.status == "active")
                                 .order_by(Tenant.kind, Tenant.code)).all()
    target = safe_target(request.args.get("next"))
    if len(tenants) == 1:
        return redirect(url_for("login.tenant", slug=tenants[0].slug, next=target))
    return render_template("login/choose.html", tenants=tenants, target=target)


@pages.page("/t/<slug>/login", access=PUBLIC_TENANT, methods=("GET", "POST"))
def tenant(slug: str) -> str | Response | tuple[str, int]:  # noqa: ARG001 - the frame has used it
    """The form, and the try."""
    target = safe_target(request.values.get("next"))
    if request.method == "GET":
        return _form("login/tenant.html", target=target)
    try:
        values = load_form(SignInForm(), request.form)
    except Invalid as error:
        return _form("login/tenant.html", error=error, target=target), 422
    outcome = logins.sign_in(values["username"], values["password"], source())
    if outcome.token is None:
        g.keep_changes = True  # the counted failure is to stay
        return _form("login/tenant.html", error=Invalid(outcome.message), target=target), 429 if outcome.retry_after else 422
    remember(outcome.token)
    return redirect(target or url_for("home.index"), 303)


def source() -> Source:
    """Where the request comes from; remote_addr is the client's, as far as BAODAO_TRUSTED_PROXIES lets proxies tell."""
    return Source(request.remote_addr, current_app.config["BAODAO"].sign_in_names, device_code(request.user_agent.string))


def step_up(*, second_factor: bool) -> None:
    """A new login in place of the one at hand, with another token: what was known of the old one is worth nothing."""
    own = actor()
    remember(open_login(own.account_id, second_factor=second_factor, device=device_code(request.user_agent.string), instead_of=own.login_id))


def remember(token: str) -> None:
    """Let the browser carry this login from now on."""
    found = entry.by_login(token)
    if found is not None:
        language = cookie.get("language")
        cookie.clear()  # a new session at login: nothing fixed beforehand survives
        if language:
            cookie["language"] = language
        cookie.permanent = True
        login_user(SignedIn(current_tenant().id, token, found))
        _tell_of_reset(found)
        if factors.is_offered(found):
            flash(_("建议您设置两步登录，账号更安全：在“我的账号”里点“两步登录”，大约三分钟。用不用由您自己决定。"), "info")


def _tell_of_reset(found: Actor) -> None:
    by = factors.reset_since_last_login(found.account_id)
    if by is not None:
        flash(_("您的两步登录已由%(name)s重设，原来的验证码、恢复码和通行密钥都已作废。不是您本人要求的，请马上告诉单位或社区。",
                name=by or _("系统管理员")), "warning")


@pages.page("/logout", access="account.self", methods=("POST",))
def sign_out() -> Response:
    """End the login on the server and in the browser, and have the browser forget the drafts of forms that scripts keep in it."""
    slug = current_tenant().slug
    logins.end_login(str(cookie.get("_user_id", "")).partition(".")[2])
    logout_user()
    cookie.clear()
    flash(_("您已退出登录。"), "success")
    answer = redirect(url_for("login.tenant", slug=slug), 303)
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


@pages.page("/operator/login", access=PUBLIC, methods=("GET", "POST"))
def operator() -> str | Response | tuple[str, int]:
    """The operators' door."""
    if request.method == "GET":
        return _form("login/operator.html")
    try:
        values = load_form(SignInForm(), request.form)
    except Invalid as error:
        return _form("login/operator.html", error=error), 422
    with unscoped():
        outcome = operators.sign_in(values["username"], values["password"])
    if outcome.token is None:
        return _form("login/operator.html", error=Invalid(outcome.message)), 429 if outcome.retry_after else 422
    cookie.clear()
    cookie["operator"] = outcome.token
    return redirect(url_for("operator.index"), 303)


@pages.page("/operator/logout", access=PUBLIC, methods=("POST",))
def operator_sign_out() -> Response:
    """End the operator's login."""
    if token := cookie.pop("operator", ""):
        with unscoped():
            operators.end_login(token)
    flash(_("您已退出登录。"), "success")
    return redirect(url_for("login.operator"), 303)


def refusal(error: BaodaoError) -> tuple[str, int]:
    """The tenant's sign-in page with a sentence, for a way in that came to nothing."""
    return _form("login/tenant.html", error=Invalid(error.message)), error.status


def _form(template: str, *, error: Invalid | None = None, target: str | None = None) -> str:
    values = {"username": request.form.get("username", "")}
    rows = form_fields(SignInForm(), values, error.fields if error else {})
    label = door() if in_scope() else None
    return render_template(template, fields=rows, message=error.message if error else None, target=target, openid_label=label)


def safe_target(address: str | None) -> str | None:
    """A path on this very site to go on to; anything else is dropped (no open redirect)."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")) or "\\" in address:
        return None
    parts = urlsplit(address)
    return address if not parts.scheme and not parts.netloc else None
