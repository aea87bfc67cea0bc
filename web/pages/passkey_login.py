"""Signing in with a passkey alone: the device asks for finger, face or PIN, and that is both factors at once."""
from __future__ import annotations

from flask import g, redirect, render_template, request, session as cookie, url_for
from werkzeug.wrappers import Response

from core import audit
from core.access import passkeys
from core.access.opening import open_login
from core.errors import Invalid, TooMany
from web.pages.login import remember, safe_target, source
from web.routing import PUBLIC_TENANT, Pages
from web.webauthn import CHALLENGE, has_domain, new_challenge, relying_party

pages = Pages("passkey_login", __name__)


@pages.page("/t/<slug>/login/passkey", access=PUBLIC_TENANT)
def door(slug: str) -> str:  # noqa: ARG001 - the frame has used it
    """The button that asks the browser for a passkey."""
    return _form()


@pages.page("/t/<slug>/login/passkey", access=PUBLIC_TENANT, methods=("POST",))
def enter(slug: str) -> str | Response | tuple[str, int]:  # noqa: ARG001 - the frame has used it
    """The browser's answer."""
    try:
        account_id = passkeys.verify(request.form.get("credential", ""), cookie.pop(CHALLENGE, ""), relying_party())
    except (Invalid, TooMany) as error:
        g.keep_changes = True
        return _form(error.message), error.status
    audit.record("login.opened", "account", account_id)
    remember(open_login(account_id, second_factor=True, device=source().device))
    return redirect(safe_target(request.form.get("next")) or url_for("home.index"), 303)


def _form(message: str | None = None) -> str:
    options = passkeys.sign_in_options(new_challenge(), relying_party())
    return render_template("login/passkey.html", options=options, message=message, with_passkeys=has_domain(),
                           target=safe_target(request.values.get("next")))
