"""Signing in by the tenant's own provider, and linking one's account to it: there and back, in one browser, to our own pages only."""
from __future__ import annotations

import hmac
import uuid

from flask import current_app, flash, g, redirect, render_template, request, session as cookie, url_for
from werkzeug.wrappers import Response

from core.access.openid import attempts, links, providers
from core.access.openid.providers import Provider
from core.access.opening import open_login
from core.errors import BaodaoError, Invalid, NotFound
from core.i18n import _
from core.tenancy import current_tenant
from web.pages.login import refusal, remember, safe_target, source
from web.routing import PUBLIC_TENANT, Pages
from web.tenant import actor

KEY = "openid"

pages = Pages("single_sign_on", __name__)


@pages.page("/t/<slug>/openid", access=PUBLIC_TENANT, methods=("POST",))
def start(slug: str) -> str | tuple[str, int]:  # noqa: ARG001 - the frame has used it
    """Send the browser to the provider."""
    try:
        return _away(target=safe_target(request.form.get("next")) or "")
    except BaodaoError as error:
        return refusal(error)


@pages.page("/t/<slug>/openid/callback", access=PUBLIC_TENANT)
def callback(slug: str) -> Response | tuple[str, int]:  # noqa: ARG001
    """The only place to which a provider sends anybody back: a sign-in, or an account to link."""
    state = request.args.get("state", "")
    try:
        if not hmac.compare_digest(state.encode(), str(cookie.pop(KEY, "")).encode()) or not state:
            raise Invalid(_("这次登录不是在这个浏览器里开始的，请重新登录。"))
        if "code" not in request.args:
            raise Invalid(_("您在认证服务那边没有完成登录，请重试。"))
        found = _provider()
        back = attempts.end(found, callback_address(), state=state, code=request.args["code"])
        if back.account_id is not None:
            return _linked(found, back)
        entered = links.enter(found, back.identity)
    except BaodaoError as error:
        g.keep_changes = True  # the try is used up, and noted
        return refusal(error)
    remember(open_login(entered.account_id, second_factor=entered.second_factor, device=source().device))
    return redirect(safe_target(back.target) or url_for("home.index"), 303)


@pages.page("/t/<slug>/openid/invitation/<word>", access=PUBLIC_TENANT, methods=("GET", "POST"))
def invitation(slug: str, word: str) -> str | tuple[str, int]:  # noqa: ARG001
    """The page behind a link that an administrator has given: one press links the account."""
    if request.method == "GET":
        return render_template("login/invitation.html", label=_provider().label)
    try:
        account_id, by = attempts.accept(word)
        return _away(account_id=account_id, linked_by=by)
    except BaodaoError as error:
        return refusal(error)


@pages.page("/account/openid", access="account.self")
def own() -> str:
    """Whether one's account is linked."""
    return render_template("account/openid.html", label=providers.door(), link=links.linked(actor().account_id))


@pages.page("/account/openid", access="account.self", methods=("POST",))
def link_own() -> str:
    """Go to the provider to link one's own account."""
    return _away(account_id=actor().account_id, linked_by=actor().account_id)


@pages.page("/account/openid/unlink", access="account.self", methods=("POST",))
def unlink_own() -> Response:
    """Undo it."""
    links.unlink(actor().account_id, own=True)
    flash(_("已解除关联。"), "success")
    return redirect(url_for("single_sign_on.own"), 303)


def callback_address() -> str:
    """Our own address as it is registered with the provider; never taken from the request."""
    base: str = current_app.config["BAODAO"].base_url
    return base + url_for("single_sign_on.callback", slug=current_tenant().slug)


def _away(*, target: str = "", account_id: uuid.UUID | None = None, linked_by: uuid.UUID | None = None) -> str:
    """A page that goes on to the provider by itself: our policy lets no form lead to another site."""
    address, state = attempts.begin(_provider(), callback_address(), target=target, account_id=account_id,
                                    linked_by=linked_by)
    cookie[KEY] = state
    return render_template("login/away.html", address=address)


def _linked(found: Provider, back: attempts.Back) -> Response:
    """By its owner, who must still be signed in as that account, or by whoever holds an invitation."""
    invited = back.linked_by != back.account_id
    if back.account_id is None or (not invited and (g.get("actor") is None or actor().account_id != back.account_id)):
        raise Invalid(_("请先登录要关联的账号，再重新关联。"))
    links.link(found, back.identity, back.account_id, by=back.linked_by)
    flash(_("已关联，以后可以用统一身份登录。"), "success")
    if invited:
        return redirect(url_for("login.tenant", slug=current_tenant().slug), 303)
    return redirect(url_for("single_sign_on.own"), 303)


def _provider() -> Provider:
    found = providers.provider()
    if found is None or not found.enabled:
        raise NotFound
    return found
